import './filters.css';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { ListedEmoji } from '../shared/emojis.ts';
import type { SetParameters } from '../shared/url-state.ts';
import type { ListQuery } from './emoji-api.ts';

interface Props {
  query: ListQuery;
  /** Those that are listed, which tell the tags there are. */
  emojis: ListedEmoji[];
  onChange: SetParameters;
}

const MOTIONS = [
  ['', 'All'],
  ['true', 'Animated'],
  ['false', 'Still'],
] as const;

/** Which of the emoji, and in which order. */
export function Filters({ query, emojis, onChange }: Props) {
  const isSearching = query.q !== undefined;
  return (
    <div class="filters">
      <fieldset class="segmented">
        <legend class="visually-hidden">Show</legend>
        {MOTIONS.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="animated"
              checked={(query.animated ?? '') === value}
              onChange={() => onChange({ animated: value }, 'push')}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <div class="sort">
        <label class="visually-hidden" for="sort">
          Order
        </label>
        <select
          id="sort"
          class="select"
          disabled={isSearching}
          aria-describedby={isSearching ? 'sort-reason' : undefined}
          value={isSearching ? 'match' : (query.sort ?? 'name')}
          onChange={({ currentTarget: { value } }) => onChange({ sort: value === 'newest' ? value : null }, 'push')}
        >
          {isSearching && <option value="match">Best match first</option>}
          <option value="name">By name</option>
          <option value="newest">Newest first</option>
        </select>
        {isSearching && (
          <span id="sort-reason" class="hint">
            A search has an order of its own.
          </span>
        )}
      </div>
      <Tags chosen={query.tag ?? null} emojis={emojis} onChoose={(tag) => onChange({ tag }, 'push')} />
    </div>
  );
}

/** So many are shown before one asks for all. */
const MOST_TAGS = 12;

interface TagsProps {
  chosen: string | null;
  emojis: ListedEmoji[];
  onChoose(tag: string | null): void;
}

function Tags({ chosen, emojis, onChoose }: TagsProps) {
  const [isOpen, setOpen] = useState(false);
  const tags = useTags(emojis);
  const first = isOpen ? tags : tags.slice(0, MOST_TAGS);
  const shown = chosen === null || first.includes(chosen) ? first : [chosen, ...first];
  if (shown.length === 0) return null;
  return (
    <fieldset class="tags">
      <legend class="visually-hidden">Tags</legend>
      {shown.map((tag) => (
        <button
          key={tag}
          type="button"
          class="chip tag"
          aria-pressed={tag === chosen}
          onClick={() => onChoose(tag === chosen ? null : tag)}
        >
          {tag}
        </button>
      ))}
      {tags.length > MOST_TAGS && (
        <button type="button" class="chip tag more" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Fewer tags' : `All ${tags.length} tags`}
        </button>
      )}
    </fieldset>
  );
}

/** The tags of all emoji that were listed since the page was opened, the most frequent first. */
function useTags(emojis: ListedEmoji[]): string[] {
  const most = useRef(new Map<string, number>());
  return useMemo(() => {
    const counts = new Map<string, number>();
    for (const { tags } of emojis) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    // A filter leaves out others, which are still to be chosen.
    for (const [tag, count] of counts) most.current.set(tag, Math.max(count, most.current.get(tag) ?? 0));
    return [...most.current].sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1)).map(([tag]) => tag);
  }, [emojis]);
}
