import type { InferResponseType } from 'hono/client';
import { answered, bodyOf, emojiApi } from './api.ts';

/** An emoji as lists have it. */
export type ListedEmoji = InferResponseType<typeof emojiApi.emojis.$get, 200>['data'][number];

export type EmojiInfo = InferResponseType<(typeof emojiApi.emojis)[':name']['info']['$get'], 200>;

/** What is known of an emoji, and the ETag for the `If-Match` of a change of it. */
export interface SeenEmoji {
  info: EmojiInfo;
  etag: string;
}

/** The client puts a name into an address as it is. */
export const byName = (name: string) => ({ name: encodeURIComponent(name) });

/** By its hash, which no other picture has: under its name, the browser may have the one before for a while. */
export const pictureUrl = (hash: string): string => emojiApi.images[':file'].$path({ param: { file: `${hash}.gif` } });

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

/** By any name that it has or had. @throws ProblemError */
export async function fetchInfo(name: string): Promise<SeenEmoji> {
  const answer = await answered(emojiApi.emojis[':name'].info.$get({ param: byName(name), header: {} }));
  return { info: (await answer.json()) as EmojiInfo, etag: etagOf(answer) };
}

export function etagOf({ headers }: { headers: Headers }): string {
  return headers.get('ETag') ?? '';
}
