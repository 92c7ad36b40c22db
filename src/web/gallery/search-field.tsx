import './search-field.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../shared/icon.tsx';

/** Between the last key and the question. */
const PAUSE_MS = 100;

interface Props {
  /** What is searched for now. */
  value: string;
  onSearch(text: string): void;
  /** Asks for the first of what was found. */
  onLeave(): void;
}

/** Searches as one types; `/` leads to it from anywhere. */
export function SearchField({ value, onSearch, onLeave }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const asked = useRef(value);

  // Going back, or a link, may have changed what is searched for.
  useEffect(() => {
    if (value === asked.current) return;
    asked.current = value;
    setText(value);
  }, [value]);

  useEffect(() => {
    const wanted = text.trim();
    if (wanted === asked.current) return;
    const timer = setTimeout(() => {
      asked.current = wanted;
      onSearch(wanted);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, onSearch]);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
      event.preventDefault();
      input.current?.select();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);

  return (
    <search class="search">
      <Icon name="search" />
      <input
        ref={input}
        class="input"
        type="search"
        aria-label="Search emoji"
        aria-keyshortcuts="/"
        placeholder="Search emoji"
        autoComplete="off"
        autoCapitalize="off"
        spellcheck={false}
        enterkeyhint="search"
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === 'Escape') setText('');
          else if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
          else onLeave();
          event.preventDefault();
        }}
      />
      <kbd>/</kbd>
    </search>
  );
}

/** Whether keys mean something else there. */
function isBusy(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, dialog') !== null;
}
