import { type RouteHandler, z } from '@hono/zod-openapi';
import {
  type EmojiPosition,
  type EmojiQuery,
  type ImageStore,
  LIST_PARTS,
  type ListedEmoji,
  type Logger,
} from '../../application/ports.ts';
import { time } from '../../application/task-view.ts';
import { maySeePeople, type Principal } from '../../domain/access.ts';
import type { Rendition } from '../../domain/emoji.ts';
import { parseEmojiName, parseNamePart } from '../../domain/emoji-name.ts';
import { checkScopes } from '../access/guard.ts';
import { principalOf } from '../access/principal.ts';
import { BY_VIEWER, CACHE } from '../cache.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { etagFor, etagOf } from '../preconditions.ts';
import { type batchGet, type list, MOST_TAGS, type tags } from './list-routes.ts';
import { gifOf, hasAlready } from './stored-picture.ts';
import { emojiUrl, renditionUrl } from './urls.ts';

/** A page is in memory as a whole, as bytes and in base64. */
const MAX_PICTURE_BYTES_A_PAGE = 8_000_000;

/** The part of the list, and the key in it. */
const Position = z
  .union([
    z.tuple([z.enum(LIST_PARTS)]),
    z.tuple([z.enum(['name', 'prefix']), z.string()]),
    z.tuple([z.enum(['newest', 'text']), z.int()]),
    z.tuple([z.literal('tag'), z.string(), z.string()]),
  ])
  .transform(([part, ...key]): EmojiPosition => ({ part, key }));

export const listHandler: RouteHandler<typeof list, AppEnv> = async (c) => {
  const { emojiList, images, log } = portsOf(c);
  const { limit, cursor, image_data, ...filter } = c.req.valid('query');
  const withPictures = image_data === 'true';
  const by = await principalOf(c);
  if (filter.owner !== undefined) await checkScopes(c, ['emoji:read']);
  const validatorsOf = (version: number) => ({
    ETag: etagFor(by, `"e${version}"`),
    'Cache-Control': CACHE.revalidated,
    ...BY_VIEWER,
  });
  // For who has a list, it may be that nothing else is read.
  if (c.req.header('If-None-Match') !== undefined) {
    const validators = validatorsOf(await emojiList.version());
    if (hasAlready(c, validators.ETag)) return c.body(null, 304, validators);
  }
  const query = queryOf(filter);
  if (query === null) return c.json({ data: [], next_cursor: null }, 200, validatorsOf(await emojiList.version()));
  const after = decodeCursor(cursor, Position);
  if (cursor !== undefined && after && !emojiList.parts(query).includes(after.part)) throw invalidCursor(cursor);
  // A list that is newer than its ETag says is only asked for once more.
  const { found, next, version } = await emojiList.pageWithVersion(query, after, limit);
  const emojis = found.map(({ emoji }) => emoji);
  const shown = withPictures ? countWithin(MAX_PICTURE_BYTES_A_PAGE, emojis) : emojis.length;
  const goOn = shown < found.length ? (found[shown - 1]?.position ?? null) : next;
  const data = await Promise.all(
    emojis.slice(0, shown).map(async (emoji) => ({
      ...viewListed(emoji, by),
      ...(withPictures && { image_data: await base64Of(images, emoji, log) }),
    })),
  );
  return c.json({ data, next_cursor: goOn && encodeCursor([goOn.part, ...goOn.key]) }, 200, validatorsOf(version));
};

export const tagsHandler: RouteHandler<typeof tags, AppEnv> = async (c) =>
  c.json({ data: await portsOf(c).emojiList.tags(MOST_TAGS) }, 200);

export const batchGetHandler: RouteHandler<typeof batchGet, AppEnv> = async (c) => {
  const { names } = c.req.valid('json');
  const canonical = new Map(names.map((written) => [written, canonicalName(written)]));
  const wanted = new Set([...canonical.values()].filter((name) => name !== null));
  const emojis = await portsOf(c).emojiList.lookUp([...wanted]);
  const by = await principalOf(c);
  const found: [string, ReturnType<typeof viewListed>][] = [];
  const missing: string[] = [];
  for (const [written, name] of canonical) {
    const emoji = name === null ? undefined : emojis.get(name);
    if (emoji) found.push([written, viewListed(emoji, by)]);
    else missing.push(written);
  }
  return c.json({ found: Object.fromEntries(found), missing }, 200);
};

/** @returns null for what no emoji can meet */
export function queryOf({
  q,
  tag,
  owner,
  animated,
  sort,
}: {
  q?: string | undefined;
  tag?: string | undefined;
  owner?: string | undefined;
  animated?: 'true' | 'false' | undefined;
  sort?: EmojiQuery['order'] | undefined;
}): EmojiQuery | null {
  const text = q === undefined ? '' : parseNamePart(q);
  const canonicalTag = tag === undefined ? null : canonicalName(tag);
  if (text === null || (tag !== undefined && canonicalTag === null)) return null;
  return {
    text: text === '' ? null : text,
    tag: canonicalTag,
    owner: owner ?? null,
    animated: animated === undefined ? null : animated === 'true',
    order: sort ?? 'name',
  };
}

/** Of a name or a tag. @returns null for what can be none */
function canonicalName(written: string): string | null {
  const parsed = parseEmojiName(written);
  return parsed.ok ? parsed.name : null;
}

function viewListed(emoji: ListedEmoji, by: Principal) {
  const { name, aliases, tags, category, owner, image, renditions, createdAt, updatedAt } = emoji;
  const urlOf = (rendition: Rendition) => (renditions.includes(rendition) ? renditionUrl(name, rendition) : null);
  return {
    name,
    aliases,
    tags,
    category,
    owner: maySeePeople(by) ? owner : null,
    url: emojiUrl(name),
    png_url: urlOf('png'),
    gif64_url: urlOf('gif64'),
    gif128_url: urlOf('gif128'),
    hash: image.hash,
    bytes: image.bytes,
    frames: image.frames,
    animated: image.frames > 1,
    created_at: time(createdAt),
    updated_at: time(updatedAt),
    etag: etagOf(emoji),
  };
}

/** How many emoji from the start have pictures of no more than `limit` bytes together; the first one always counts. */
function countWithin(limit: number, emojis: ListedEmoji[]): number {
  let bytes = 0;
  let count = 0;
  for (const { image } of emojis) {
    bytes += image.bytes;
    if (bytes > limit && count > 0) break;
    count++;
  }
  return count;
}

/** One picture that is missing must not take the list with it. */
async function base64Of(images: ImageStore, emoji: ListedEmoji, log: Logger): Promise<string | null> {
  try {
    return (await new Response(await gifOf(images, emoji)).bytes()).toBase64();
  } catch (error) {
    log.error('picture not listed', error, { emojiName: emoji.name, hash: emoji.image.hash });
    return null;
  }
}
