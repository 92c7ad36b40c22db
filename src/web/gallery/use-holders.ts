import { useEffect, useState } from 'preact/hooks';
import { untilAnswered } from '../shared/connection.ts';
import { type Holder, lookUp } from '../shared/emojis.ts';

const PAUSE_MS = 200;

/**
 * Who has these names, by name; one is missing as long as that is not known.
 *
 * @param names canonical, 100 at most
 */
export function useHolders(names: string[]): Map<string, Holder> {
  const [holders, setHolders] = useState(() => new Map<string, Holder>());
  const asked = names.filter((name) => !holders.has(name)).join('\n');
  useEffect(() => {
    if (asked === '') return;
    let isWanted = true;
    const timer = setTimeout(async () => {
      try {
        const told = await untilAnswered(() => lookUp(asked.split('\n')));
        if (isWanted) setHolders((before) => new Map([...before, ...told]));
      } catch {
        // Saving tells it as well.
      }
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [asked]);
  return holders;
}
