import './nothing-found.css';
import { parseNamePart } from '../../domain/emoji-name.ts';
import { useSession } from '../shared/session-state.ts';
import type { SetParameters } from '../shared/url-state.ts';
import type { ListQuery } from './emoji-api.ts';

interface Props {
  query: ListQuery;
  onChange: SetParameters;
}

/** What there is to do where no emoji are. */
export function NothingFound({ query, onChange }: Props) {
  const { who } = useSession();
  const { q, tag, animated } = query;
  if (q === undefined && tag === undefined && animated === undefined) {
    return (
      <div class="nothing">
        <img src="/icon.svg" alt="" width="72" height="72" />
        <h2>No emoji yet</h2>
        {who.scopes.has('emoji:write') && (
          <p class="soft">
            Add the first one: drop a picture here, or paste one. Any will do, also an animated one. It is made to fit.
          </p>
        )}
      </div>
    );
  }
  const kind = animated === undefined ? '' : animated === 'true' ? 'animated ' : 'still ';
  return (
    <div class="nothing">
      <h2>
        No {kind}emoji {q !== undefined && <>for “{q}”</>} {tag !== undefined && <>with the tag “{tag}”</>}
      </h2>
      {q !== undefined && <p class="soft">{advice(q)}</p>}
      <div class="ways">
        {q !== undefined && (
          <button type="button" class="button" onClick={() => onChange({ q: null })}>
            Clear the search
          </button>
        )}
        {tag !== undefined && (
          <button type="button" class="button" onClick={() => onChange({ tag: null })}>
            With any tag
          </button>
        )}
        {animated !== undefined && (
          <button type="button" class="button" onClick={() => onChange({ animated: null })}>
            Animated and still
          </button>
        )}
      </div>
    </div>
  );
}

function advice(q: string): string {
  if (parseNamePart(q) !== null) return 'Names, aliases and tags are searched. Try a part of the word.';
  return 'Names and tags have letters, digits, “_”, “-” and “+” only: no name can have all of this in it.';
}
