import type { EdgeCache } from '../application/ports.ts';

/** Answers at the edge, by the path that they are kept under. */
export interface AnswerCache extends EdgeCache {
  /** @returns the answer that is kept, or 304 where the request says that its sender has it */
  match(path: string, request: Request): Promise<Response | undefined>;
  /** Keeps an answer for as long as its `Cache-Control` says. */
  put(path: string, answer: Response): Promise<void>;
}

/** What an answer about an emoji is tagged with: all of them are purged together. */
export function emojiTag(emojiId: string): string {
  return `emoji-${emojiId}`;
}

/**
 * Workers Cache where it stands in front of this Worker; elsewhere the Cache API.
 *
 * @returns one for one request, made before anything is read for its answer
 */
export function edgeCache({ cache }: Pick<ExecutionContext, 'cache'>): AnswerCache {
  return cache ? workersCache(cache) : cacheApi(caches.default);
}

/** Keeps answers by itself, by their `Cache-Control` and `Cache-Tag`: a request that gets here found none. */
function workersCache(cache: CacheContext): AnswerCache {
  return {
    match: async () => undefined,
    put: async () => {},
    async purge(emojiId) {
      const { success, errors } = await cache.purge({ tags: [emojiTag(emojiId)] });
      if (!success) throw new Error(`the edge was not purged: ${JSON.stringify(errors)}`);
    },
  };
}

/** Keys of the Cache API are addresses. */
const keyOf = (path: string): string => `https://custom-emoji.cache${path}`;

/** Longer than any answer with a tag is kept. */
const KEEP_LISTS_SECONDS = 3600;

/** The last change of a list in this isolate: they are made one after the other, so that none is lost. */
let listing: Promise<unknown> = Promise.resolve();

/** How many purges began in this isolate. */
let purges = 0;

function inTurn(change: () => Promise<void>): Promise<void> {
  const changed = listing.then(change);
  listing = changed.catch(() => {});
  return changed;
}

/**
 * Knows no tags: each has a list of the paths that were kept under it. Where two isolates keep answers at once one may
 * be missing in the list: that one is stale for as long as its `Cache-Control` says.
 */
function cacheApi(cache: Cache): AnswerCache {
  const purgesBefore = purges;
  const listOf = (tag: string): string => keyOf(`/tags/${tag}`);
  const readList = async (tag: string): Promise<string[]> => (await cache.match(listOf(tag)))?.json() ?? [];
  return {
    async match(path, request) {
      const ifNoneMatch = request.headers.get('If-None-Match');
      const headers = ifNoneMatch === null ? {} : { 'If-None-Match': ifNoneMatch };
      return cache.match(new Request(keyOf(path), { headers }));
    },

    async put(path, answer) {
      const tag = answer.headers.get('Cache-Tag');
      // Listed first: what is kept can then be purged.
      if (tag !== null) {
        await inTurn(async () => {
          const paths = new Set(await readList(tag)).add(path);
          const headers = { 'Cache-Control': `max-age=${KEEP_LISTS_SECONDS}` };
          await cache.put(listOf(tag), Response.json([...paths], { headers }));
        });
      }
      await cache.put(keyOf(path), answer);
      // What it tells may have been read before the purge.
      if (purges !== purgesBefore) await cache.delete(keyOf(path));
    },

    purge: (emojiId) => {
      purges++;
      return inTurn(async () => {
        const tag = emojiTag(emojiId);
        const paths = await readList(tag);
        await Promise.all([...paths.map(keyOf), listOf(tag)].map((key) => cache.delete(key)));
      });
    },
  };
}
