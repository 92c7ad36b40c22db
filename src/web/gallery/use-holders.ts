import { useEffect, useState } from 'preact/hooks';
import { bodyOf, emojiApi } from '../shared/api.ts';
import type { ListedEmoji } from './emoji-api.ts';

const PAUSE_MS = 200;

/** Who has a name: `former` had it before, and is found by it until somebody takes it. */
export type Holder = { has: 'nobody' } | { has: 'name' | 'former'; emoji: string };

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
        const { found } = await bodyOf(emojiApi['emojis:batchGet'].$post({ json: { names: asked.split('\n') } }));
        if (!isWanted) return;
        const told = asked.split('\n').map((name): [string, Holder] => [name, holderOf(name, found[name])]);
        setHolders((before) => new Map([...before, ...told]));
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

function holderOf(name: string, emoji: ListedEmoji | undefined): Holder {
  if (emoji === undefined) return { has: 'nobody' };
  const isPresent = emoji.name === name || emoji.aliases.includes(name);
  return { has: isPresent ? 'name' : 'former', emoji: emoji.name };
}
