import './publishing.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { PLATFORMS } from '../../domain/platforms/table.ts';
import { Reason } from '../adding/reason.tsx';
import { problemFrom } from '../shared/api.ts';
import type { EmojiInfo } from '../shared/emojis.ts';
import { ago, clock } from '../shared/format.ts';
import { useSession } from '../shared/session-state.ts';
import { useStore } from '../shared/store.ts';
import { usePages } from '../shared/use-pages.ts';
import { fetchNames, fetchPublications, fetchTargets, type Publication, type Target } from './publishing-api.ts';
import { keyOf, publish, publishings } from './publishing-state.ts';

/** Publishes an emoji, and tells where it is. Asked for when it is opened. */
export function PublishTo({ info }: { info: EmojiInfo }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="platforms" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Publish to …</summary>
      {isOpen && <Places emoji={info} />}
    </details>
  );
}

type Named = Pick<EmojiInfo, 'id' | 'name'>;

function Places({ emoji }: { emoji: Named }) {
  const { who } = useSession();
  const { items: targets, problem, more } = usePages<Target>(fetchTargets, '');
  const [publications, setPublications] = useState<Publication[] | null>(null);
  const [names, setNames] = useState<Map<string, string> | null>(null);
  const [unknown, setUnknown] = useState<string | null>(null);
  const said = problem?.detail ?? unknown;

  const fail = (error: unknown) => setUnknown(problemFrom(error).detail);
  const look = () => void fetchPublications(emoji.name).then(setPublications, fail);
  useEffect(() => void fetchNames(emoji.name).then(setNames, fail), [emoji.name]);
  // What was done since may be there, too.
  const ends = useStore(publishings, (all) => [...all.values()].filter(({ at }) => at === 'done').length);
  useEffect(look, [emoji.name, ends]);

  if (said !== null) return <p class="hint bad">{said}</p>;
  if (targets === null || publications === null || names === null) return <p class="soft">Looking …</p>;
  if (targets.length === 0) {
    return (
      <p class="soft">
        There is nowhere to publish to yet.{' '}
        {who.scopes.has('token:admin') ? (
          <a href="/access">Add a target</a>
        ) : (
          'Whoever runs this service can add a target.'
        )}
      </p>
    );
  }
  return (
    <>
      <ul>
        {targets.map((target) => (
          <Place
            key={target.name}
            emoji={emoji}
            target={target}
            called={names.get(target.platform) ?? emoji.name}
            publications={publications.filter(({ target: name }) => name === target.name)}
          />
        ))}
      </ul>
      {more && (
        <button type="button" class="button compact" onClick={more}>
          Show more
        </button>
      )}
    </>
  );
}

interface PlaceProps {
  emoji: Named;
  target: Target;
  /** What it will be called there, unless somebody says otherwise. */
  called: string;
  /** Under different names, where the emoji was renamed since. */
  publications: Publication[];
}

function Place({ emoji, target: { name: target, platform }, called, publications }: PlaceProps) {
  const { title } = PLATFORMS[platform];
  const now = useStore(publishings, (all) => all.get(keyOf(emoji.id, target)) ?? null);
  const isSeen = useSeen();
  const isThere = publications.some(({ name }) => name === called);
  const isUnderWay = now?.at === 'under way';
  const verb = isThere ? 'Publish again' : 'Publish';
  const start = ({ as = null, replace = false }: { as?: string | null; replace?: boolean } = {}) =>
    void publish({ emoji, target, as, replace, isSeen });
  return (
    <li>
      <div>
        <strong>{target}</strong> <span class="soft">{title}</span>{' '}
        {isThere && <span class="outcome works">Published</span>}
        {publications.map(({ name, published_at }) => (
          <p key={name} class="soft">
            There as {name}, since{' '}
            <time dateTime={published_at} title={clock(published_at)}>
              {ago(published_at)}
            </time>
            .
          </p>
        ))}
        {!isThere && <p class="soft">It will be called {called} there.</p>}
        <div role="status">{isUnderWay && <p>{now.words} …</p>}</div>
        {now?.at === 'failed' && <Reason failure={now.failure} />}
        {now?.at === 'failed' && now.canRename && (
          <OtherName called={called} target={target} onPublish={(as) => start({ as })} />
        )}
      </div>
      <div class="buttons">
        {now?.at === 'failed' && now.canReplace && (
          <button
            type="button"
            class="button compact danger"
            aria-label={`Replace it there: ${target}`}
            onClick={() => start({ replace: true })}
          >
            Replace it there
          </button>
        )}
        <button
          type="button"
          class="button compact"
          aria-disabled={isUnderWay}
          aria-label={`${verb} to ${target}`}
          onClick={() => !isUnderWay && start()}
        >
          {verb}
        </button>
      </div>
    </li>
  );
}

interface OtherNameProps {
  /** What did not work. */
  called: string;
  target: string;
  onPublish(name: string): void;
}

function OtherName({ called, target, onPublish }: OtherNameProps) {
  const [written, setWritten] = useState(`${called}_2`);
  return (
    <form
      class="other-name"
      onSubmit={(event) => {
        event.preventDefault();
        onPublish(written.trim());
      }}
    >
      <input
        class="input"
        required
        aria-label={`Another name in ${target}`}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={written}
        onInput={({ currentTarget }) => setWritten(currentTarget.value)}
      />
      <button type="submit" class="button compact">
        Publish under this name
      </button>
    </form>
  );
}

/** Tells, also to what goes on after it, whether a component is there. */
function useSeen(): () => boolean {
  const isSeen = useRef(true);
  useEffect(() => {
    isSeen.current = true;
    return () => {
      isSeen.current = false;
    };
  }, []);
  return () => isSeen.current;
}
