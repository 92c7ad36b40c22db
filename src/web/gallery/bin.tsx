import './bin.css';
import { useId, useState } from 'preact/hooks';
import { bodyOf, emojiApi, problemFrom } from '../shared/api.ts';
import { ago, clock } from '../shared/format.ts';
import { Icon } from '../shared/icon.tsx';
import { notify } from '../shared/notices.tsx';
import { useAsking } from '../shared/use-asking.ts';
import { usePages } from '../shared/use-pages.ts';
import type { DeletedEmoji } from './emoji-api.ts';
import { restoreAndTell } from './emoji-life.ts';
import { checkName } from './name-check.ts';
import type { Freshness } from './use-freshness.ts';
import { useHolders } from './use-holders.ts';

interface Props {
  freshness: Freshness;
  onOpen(name: string): void;
}

/** Emoji that were deleted, and can be restored. */
export function Bin({ freshness: { generation, check }, onOpen }: Props) {
  // What changes any emoji may change this.
  const { items, problem, more } = usePages<DeletedEmoji>(
    (cursor) => bodyOf(emojiApi.bin.$get({ query: { limit: '100', ...(cursor && { cursor }) } })),
    String(generation),
  );

  return (
    <>
      {problem && (
        <p class="note bad" role="alert">
          {problem.detail}
        </p>
      )}
      {items?.length === 0 && (
        <div class="nothing">
          <h2>The bin is empty</h2>
          <p class="soft">What is deleted stays here for 30 days, and can be restored.</p>
        </div>
      )}
      <ul class="bin card" hidden={!items?.length}>
        {items?.map((emoji) => (
          <Deleted
            key={emoji.id}
            emoji={emoji}
            onRestored={(name) => {
              void check();
              onOpen(name);
            }}
          />
        ))}
      </ul>
      {more && (
        <button type="button" class="button" onClick={more}>
          Show more
        </button>
      )}
    </>
  );
}

/** One that was deleted. Where somebody else has its name by now, another one is asked for. */
function Deleted({ emoji, onRestored }: { emoji: DeletedEmoji; onRestored(name: string): void }) {
  const [taken, setTaken] = useState<string | null>(null);
  const { ask } = useAsking();
  const { name, aliases, deleted_at, restore_until } = emoji;

  const restore = (as?: string) =>
    ask(async () => {
      try {
        onRestored(await restoreAndTell(emoji, as));
      } catch (error) {
        const { code, detail } = problemFrom(error);
        if (code === 'name_taken') setTaken(as ?? name);
        else notify(detail);
      }
    });

  return (
    <li>
      <div class="what">
        <p>
          <strong>:{name}:</strong> {aliases.length > 0 && <span class="soft">also {aliases.join(', ')}</span>}
        </p>
        <p class="small soft">
          Deleted <time dateTime={deleted_at}>{ago(deleted_at)}</time>; can be restored until{' '}
          <time dateTime={restore_until}>{clock(restore_until)}</time>
        </p>
      </div>
      {taken === null ? (
        <button type="button" class="button" aria-label={`Restore :${name}:`} onClick={() => void restore()}>
          <Icon name="undo" />
          Restore
        </button>
      ) : (
        <RestoreAs key={taken} taken={taken} onRestore={(as) => void restore(as)} onCancel={() => setTaken(null)} />
      )}
    </li>
  );
}

interface RestoreAsProps {
  taken: string;
  onRestore(name: string): void;
  onCancel(): void;
}

function RestoreAs({ taken, onRestore, onCancel }: RestoreAsProps) {
  const id = useId();
  const [written, setWritten] = useState(taken);
  const first = checkName(written, [], new Map());
  const holders = useHolders(first.name === null ? [] : [first.name]);
  const checked = checkName(written, [], holders);
  return (
    <form
      class="restore-as"
      onSubmit={(event) => {
        event.preventDefault();
        if (checked.name !== null && checked.tone !== 'bad') onRestore(checked.name);
      }}
    >
      <div class="field">
        <label for={id}>Restore it as</label>
        <input
          ref={(input) => input?.focus()}
          id={id}
          class="input"
          value={written}
          autoComplete="off"
          autoCapitalize="off"
          spellcheck={false}
          aria-invalid={checked.tone === 'bad'}
          aria-describedby={`${id}-hint`}
          onInput={({ currentTarget }) => setWritten(currentTarget.value)}
        />
        <p id={`${id}-hint`} class={`hint ${checked.tone}`} role="status">
          {checked.text}
        </p>
      </div>
      <button type="submit" class="button primary" disabled={checked.tone !== 'good'}>
        Restore
      </button>
      <button type="button" class="button" onClick={onCancel}>
        Cancel
      </button>
    </form>
  );
}
