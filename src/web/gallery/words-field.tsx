import './words-field.css';
import { useId, useRef, useState } from 'preact/hooks';
import { Icon } from '../shared/icon.tsx';

interface Props {
  label: string;
  /** What one of the words is, such as `tag`. */
  what: string;
  words: string[];
  hint: string;
  /** What is wrong with them; null where nothing is. */
  problem: string | null;
  /** @returns the word as it is kept, or what is wrong with it */
  read(written: string): { ok: true; name: string } | { ok: false; message: string };
  onChange(words: string[]): void;
}

const SEPARATORS = /[\s,]+/;

/** A list of words: Enter, a comma or a space adds the one that is written, Backspace takes the last one away. */
export function WordsField({ label, what, words, hint, problem, read, onChange }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  const wrong = refused ?? problem;

  const add = (written: string) => {
    const added = [...words];
    const left: string[] = [];
    let message: string | null = null;
    for (const word of written.split(SEPARATORS).filter((part) => part !== '')) {
      const parsed = read(word);
      if (!parsed.ok) {
        left.push(word);
        message ??= parsed.message;
      } else if (!added.includes(parsed.name)) added.push(parsed.name);
    }
    setText(left.join(' '));
    setRefused(message);
    if (added.length > words.length) onChange(added);
  };

  const remove = (word: string) => {
    onChange(words.filter((other) => other !== word));
    input.current?.focus();
  };

  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="input words">
        {words.map((word) => (
          <span key={word} class="chip">
            {word}
            <button type="button" aria-label={`Remove the ${what} ${word}`} onClick={() => remove(word)}>
              <Icon name="close" />
            </button>
          </span>
        ))}
        <input
          ref={input}
          id={id}
          value={text}
          autoComplete="off"
          autoCapitalize="off"
          spellcheck={false}
          aria-invalid={wrong !== null}
          aria-describedby={`${id}-hint`}
          onInput={({ currentTarget: { value } }) => {
            setRefused(null);
            if (/[\s,]$/.test(value)) add(value);
            else setText(value);
          }}
          onPaste={(event) => {
            const pasted = event.clipboardData?.getData('text') ?? '';
            if (!SEPARATORS.test(pasted.trim())) return;
            event.preventDefault();
            add(pasted);
          }}
          onKeyDown={(event) => {
            if (event.isComposing) return;
            if (event.key === 'Enter' && text.trim() !== '') {
              event.preventDefault();
              add(text);
            } else if (event.key === 'Backspace' && text === '') onChange(words.slice(0, -1));
          }}
          onBlur={() => add(text)}
        />
      </div>
      <p id={`${id}-hint`} class={wrong === null ? 'hint' : 'hint bad'} role={wrong === null ? undefined : 'alert'}>
        {wrong ?? hint}
      </p>
    </div>
  );
}
