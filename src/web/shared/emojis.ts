import type { InferResponseType } from 'hono/client';
import { bodyOf, emojiApi } from './api.ts';

/** An emoji as lists have it. */
export type ListedEmoji = InferResponseType<typeof emojiApi.emojis.$get, 200>['data'][number];

/** The client puts a name into an address as it is. */
export const byName = (name: string) => ({ name: encodeURIComponent(name) });

/** By its hash, which no other picture has: under its name, the browser may have the one before for a while. */
export const pictureUrl = (hash: string): string => `/custom-emoji/images/${hash}.gif`;

/** Who has a name: `former` had it before, and is found by it until somebody takes it. */
export type Holder = { has: 'name' | 'former'; emoji: ListedEmoji } | { has: 'nobody'; emoji: null };

/** Who has these names. @param names canonical, 100 at most @throws ProblemError */
export async function lookUp(names: string[]): Promise<Map<string, Holder>> {
  const { found } = await bodyOf(emojiApi['emojis:batchGet'].$post({ json: { names } }));
  return new Map(names.map((name) => [name, holderOf(name, found[name])]));
}

function holderOf(name: string, emoji: ListedEmoji | undefined): Holder {
  if (emoji === undefined) return { has: 'nobody', emoji: null };
  const isPresent = emoji.name === name || emoji.aliases.includes(name);
  return { has: isPresent ? 'name' : 'former', emoji };
}
