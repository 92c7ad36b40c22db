import './filters.css';
import { useState } from 'preact/hooks';
import type { ListedEmoji } from '../shared/emojis.ts';
import type { SetParameters } from '../shared/url-state.ts';
import type { ListQuery } from './emoji-api.ts';
import { useTags } from './use-tags.ts';

interface Props {
  query: ListQuery;
  /** Those that are listed, which tell what tags are frequent. */
  emojis: ListedEmoji[];
  /** Another one when there may be other tags. */
  generation: number;
  onChange: SetParameters;
}

const MOTIONS = [
  ['', 'All'],
  ['true', 'Animated'],
  ['false', 'Still'],
] as const;

/** Which of the emoji, and in which order. */
export function Filters({ query, emojis, generation, onChange }: Props) {
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
      <Tags
        chosen={query.tag ?? null}
        tags={useTags(emojis, generation)}
        onChoose={(tag) => onChange({ tag }, 'push')}
      />
    </div>
  );
}

/** So many are shown before one asks for all. */
const MOST_TAGS = 12;

interface TagsProps {
  chosen: string | null;
  tags: string[];
  onChoose(tag: string | null): void;
}

function Tags({ chosen, tags, onChoose }: TagsProps) {
  const [isOpen, setOpen] = useState(false);
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
