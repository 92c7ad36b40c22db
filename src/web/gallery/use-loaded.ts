import { useEffect, useState } from 'preact/hooks';
import { notify } from '../shared/notices.tsx';

/** What is loaded when it is first needed; null where it is not needed, or not there yet. @param load always the same */
export function useLoaded<Part>(load: (() => Promise<Part>) | null): Part | null {
  const [loaded, setLoaded] = useState<{ part: Part } | null>(null);
  useEffect(() => {
    if (load === null || loaded !== null) return;
    load().then(
      (part) => setLoaded({ part }),
      () => notify('A part of this page could not be loaded. Look at your connection, then reload the page.'),
    );
  }, [load, loaded]);
  return load && (loaded?.part ?? null);
}
