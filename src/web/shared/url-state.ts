import { useEffect, useState } from 'preact/hooks';

const CHANGED = 'urlchange';

/**
 * What the address says after its `?`: a page can be linked to, and gone back from, as it is seen.
 *
 * @returns the parameters, and a function that sets some: those that are null or empty go
 */
export function useUrlState(): [URLSearchParams, SetParameters] {
  const [search, setSearch] = useState(location.search);
  useEffect(() => {
    const read = () => setSearch(location.search);
    for (const event of ['popstate', CHANGED]) addEventListener(event, read);
    return () => {
      for (const event of ['popstate', CHANGED]) removeEventListener(event, read);
    };
  }, []);
  return [new URLSearchParams(search), setParameters];
}

/** @param how `push` where going back should undo it */
export type SetParameters = (changes: Record<string, string | null>, how?: 'push' | 'replace') => void;

export const setParameters: SetParameters = (changes, how = 'replace') => {
  const url = addressWith(changes);
  if (url === location.href) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', url);
  dispatchEvent(new Event(CHANGED));
};

/** The address of this page with some parameters changed. */
export function addressWith(changes: Record<string, string | null>): string {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  return url.href;
}
