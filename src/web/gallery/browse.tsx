import './browse.css';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { SetParameters } from '../shared/url-state.ts';
import type { ListQuery } from './emoji-api.ts';
import { Filters } from './filters.tsx';
import { Grid } from './grid.tsx';
import { NothingFound } from './nothing-found.tsx';
import { SearchField } from './search-field.tsx';
import { useEmojiList } from './use-emoji-list.ts';
import type { Freshness } from './use-freshness.ts';
import type { Settings } from './use-settings.ts';
import { ViewMenu } from './view-menu.tsx';

interface Props {
  parameters: URLSearchParams;
  setParameters: SetParameters;
  settings: Settings;
  changeSettings(change: Partial<Settings>): void;
  freshness: Freshness;
  onOpen(name: string): void;
}

/** All emoji: to search, to filter and to choose from. */
export function Browse({ parameters, setParameters, settings, changeSettings, freshness, onOpen }: Props) {
  const query = queryOf(parameters);
  const list = useEmojiList(query, freshness);
  const { emojis, isStale, isWhole, problem } = list;
  const search = useCallback((q: string) => setParameters({ q }), [setParameters]);
  const box = useRef<HTMLDivElement>(null);
  const isEmpty = !isStale && isWhole && emojis.length === 0;
  return (
    <div ref={box} class="browse">
      <div class="search-bar">
        <SearchField
          value={query.q ?? ''}
          onSearch={search}
          onLeave={() => box.current?.querySelector<HTMLElement>('.tile [tabindex="0"]')?.focus()}
        />
        <ViewMenu settings={settings} onChange={changeSettings} />
      </div>
      <Filters query={query} emojis={emojis} generation={freshness.generation} onChange={setParameters} />
      <Count count={emojis.length} isWhole={isWhole} isStale={isStale} />
      {list.key === null && problem === null && <Skeleton />}
      {isEmpty && <NothingFound query={query} onChange={setParameters} />}
      {emojis.length > 0 && <Grid key={list.key} list={list} settings={settings} onOpen={onOpen} />}
      {problem && (
        <div class="note bad" role="alert">
          <p>{problem.detail}</p>
          <button type="button" class="button compact" onClick={list.retry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}

/** What the address asks for. */
export function queryOf(parameters: URLSearchParams): ListQuery {
  const q = parameters.get('q');
  const tag = parameters.get('tag');
  const animated = parameters.get('animated');
  return {
    ...(q && { q }),
    ...(tag && { tag }),
    ...((animated === 'true' || animated === 'false') && { animated }),
    // What is searched for has an order of its own.
    ...(!q && parameters.get('sort') === 'newest' && { sort: 'newest' as const }),
  };
}

/** Says how many there are, once they are there. */
function Count({ count, isWhole, isStale }: { count: number; isWhole: boolean; isStale: boolean }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (isStale) return;
    // While more are loaded as one scrolls, nobody wants to hear of it.
    if (isWhole) setSaid(`${count.toLocaleString('en')} emoji`);
    else setSaid(count < 100 ? 'Looking for more …' : 'More than 100 emoji');
  }, [count, isWhole, isStale]);
  return (
    <p role="status" class="count small soft">
      {said}
    </p>
  );
}

/** What is there before the first emoji are. */
function Skeleton() {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: 24 }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  );
}
