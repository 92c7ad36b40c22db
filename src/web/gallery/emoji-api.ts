import type { InferResponseType } from 'hono/client';
import { answered, bodyOf, emojiApi } from '../shared/api.ts';
import { byName, type EmojiInfo, etagOf } from '../shared/emojis.ts';

type OneEmoji = (typeof emojiApi.emojis)[':name'];

export type EmojiEvent = EmojiInfo['history'][number];
export type DeletedEmoji = InferResponseType<typeof emojiApi.bin.$get, 200>['data'][number];
export type EmojiPatch = Parameters<OneEmoji['$patch']>[0]['json'];

/** Which emoji are listed, and how. */
export interface ListQuery {
  q?: string;
  tag?: string;
  animated?: 'true' | 'false';
  sort?: 'name' | 'newest';
}

/** @throws ProblemError */
export async function fetchPage(query: ListQuery, cursor: string | null, signal: AbortSignal) {
  const answer = await answered(
    emojiApi.emojis.$get(
      { query: { ...query, limit: '100', image_data: 'false', ...(cursor !== null && { cursor }) }, header: {} },
      { init: { signal } },
    ),
  );
  return {
    ...((await answer.json()) as InferResponseType<typeof emojiApi.emojis.$get, 200>),
    etag: answer.headers.get('ETag'),
  };
}

/** All tags that there are. @throws ProblemError */
export async function fetchTags(): Promise<string[]> {
  return (await bodyOf(emojiApi['emojis:tags'].$get())).data;
}

/** @returns the ETag after the change @throws ProblemError `emoji_changed` where somebody else was faster */
export async function changeEmoji(name: string, etag: string, patch: EmojiPatch) {
  const answer = await answered(
    emojiApi.emojis[':name'].$patch({ param: byName(name), header: { 'If-Match': etag }, json: patch }),
  );
  return { details: (await answer.json()) as Omit<EmojiInfo, 'history'>, etag: etagOf(answer) };
}

/** @throws ProblemError */
export function deleteEmoji(name: string, etag: string) {
  return bodyOf(emojiApi.emojis[':name'].$delete({ param: byName(name), header: { 'If-Match': etag } }));
}

/** @param as another name, where its own is taken by now @throws ProblemError */
export function restoreEmoji({ name, id }: Pick<DeletedEmoji, 'name' | 'id'>, as?: string) {
  return bodyOf(
    emojiApi.emojis[':name'].restore.$post({
      param: byName(name),
      query: { id, ...(as !== undefined && { as }) },
      header: {},
    }),
  );
}
