import './name-field.css';
import { useEffect, useId, useRef } from 'preact/hooks';
import { mayChangeEmoji } from '../../domain/access.ts';
import { problemFrom } from '../shared/api.ts';
import { Icon } from '../shared/icon.tsx';
import { notify } from '../shared/notices.tsx';
import { session } from '../shared/session-state.ts';
import { useStore } from '../shared/store.ts';
import { knownNames } from './known-names.ts';
import { change, forgetLatest, type Item, replacePicture, sheet, type Verdict, verdictOf } from './sheet-state.ts';

/** The name that a file is to get, checked while it is typed. */
export function NameField({ item, onEnter }: { item: Item; onEnter(): void }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const isLatest = useStore(sheet, ({ latest }) => latest === item.id);
  // What others in the sheet are called matters, and what is known by now.
  useStore(knownNames, (names) => names);
  const verdict = useStore(sheet, () => verdictOf(item));
  useEffect(() => {
    if (!isLatest) return;
    input.current?.focus();
    input.current?.select();
    forgetLatest();
  }, [isLatest]);
  const take = (written: string) => {
    change(item.id, { written });
    input.current?.focus();
  };
  const goOn = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    const fields = [...document.querySelectorAll<HTMLInputElement>('.name-field input')];
    const next = input.current && fields[fields.indexOf(input.current) + 1];
    if (next) {
      next.focus();
      next.select();
    } else onEnter();
  };
  const isBad = verdict !== null && verdict.is !== 'fine' && verdict.is !== 'checking';
  return (
    <div class="name-field">
      <label for={id} class="visually-hidden">
        Name for {item.file.name}
      </label>
      <input
        ref={input}
        id={id}
        class="input"
        value={item.written}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-invalid={isBad}
        aria-describedby={`${id}-verdict`}
        onInput={({ currentTarget }) => change(item.id, { written: currentTarget.value })}
        onKeyDown={goOn}
      />
      <div id={`${id}-verdict`} class="verdict" aria-live="polite">
        {verdict && <Words item={item} verdict={verdict} onTake={take} />}
      </div>
    </div>
  );
}

interface WordsProps {
  item: Item;
  verdict: Verdict;
  onTake(name: string): void;
}

function Words({ item, verdict, onTake }: WordsProps) {
  const use = (name: string) => (
    <button type="button" class="button compact" onClick={() => onTake(name)}>
      Use {name}
    </button>
  );
  switch (verdict.is) {
    case 'checking':
      return <p class="hint">Checking :{verdict.name}: …</p>;
    case 'fine':
      return (
        <p class="hint good">
          <Icon name="check" /> :{verdict.name}: is free
        </p>
      );
    case 'broken':
      return (
        <>
          <p class="hint bad">{verdict.message}</p>
          {use(verdict.fix)}
        </>
      );
    case 'twice':
      return (
        <>
          <p class="hint bad">Another file here is called :{verdict.name}: too.</p>
          {use(verdict.fix)}
        </>
      );
    case 'taken': {
      const { name, by, fix } = verdict;
      return (
        <>
          <p class="hint bad">
            {by === null
              ? `:${name}: is taken; its picture is being made.`
              : by.name === name
                ? `There is a :${name}: already.`
                : `:${name}: is another name of :${by.name}:.`}
          </p>
          {fix && use(fix)}
          {by && mayChangeEmoji(session.value.who, by) && <ReplaceButton id={item.id} name={by.name} />}
        </>
      );
    }
  }
}

function ReplaceButton({ id, name }: { id: number; name: string }) {
  const replace = () => replacePicture(id, name).catch((error) => notify(problemFrom(error).detail));
  return (
    <button type="button" class="button compact" onClick={() => void replace()}>
      Replace the picture of :{name}:
    </button>
  );
}
