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

/** How many purges began in this isolate. */
let purges = 0;

/**
 * The paths that requests of this isolate are keeping under a tag. They do not wait for each other: one that is broken off
 * never ends, and what waits for it would not either.
 */
const arriving = new Map<string, { paths: Set<string>; requests: number }>();

/**
 * Knows no tags: each has a list of the paths that were kept under it. Where two isolates keep answers at once one may
 * be missing in the list: that one is stale for as long as its `Cache-Control` says.
 */
function cacheApi(cache: Cache): AnswerCache {
  const purgesBefore = purges;
  const listOf = (tag: string): string => keyOf(`/tags/${tag}`);
  const readList = async (tag: string): Promise<string[]> => (await cache.match(listOf(tag)))?.json() ?? [];
  const list = async (tag: string, path: string): Promise<void> => {
    const now = arriving.get(tag) ?? { paths: new Set(), requests: 0 };
    arriving.set(tag, now);
    now.paths.add(path);
    now.requests++;
    try {
      const listed = await readList(tag);
      const headers = { 'Cache-Control': `max-age=${KEEP_LISTS_SECONDS}` };
      let written: number;
      // Again where one has come meanwhile, whose list may have been overwritten.
      do {
        written = now.paths.size;
        await cache.put(listOf(tag), Response.json([...new Set([...listed, ...now.paths])], { headers }));
      } while (written < now.paths.size);
    } finally {
      if (--now.requests === 0) arriving.delete(tag);
    }
  };
  return {
    async match(path, request) {
      const ifNoneMatch = request.headers.get('If-None-Match');
      const headers = ifNoneMatch === null ? {} : { 'If-None-Match': ifNoneMatch };
      return cache.match(new Request(keyOf(path), { headers }));
    },

    async put(path, answer) {
      const tag = answer.headers.get('Cache-Tag');
      // Listed first: what is kept can then be purged.
      if (tag !== null) await list(tag, path);
      await cache.put(keyOf(path), answer);
      // What it tells may have been read before the purge.
      if (purges !== purgesBefore) await cache.delete(keyOf(path));
    },

    async purge(emojiId) {
      purges++;
      const tag = emojiTag(emojiId);
      const paths = new Set([...(await readList(tag)), ...(arriving.get(tag)?.paths ?? [])]);
      // The list stays: what was kept meanwhile, and is true, is in it.
      await Promise.all([...paths].map((path) => cache.delete(keyOf(path))));
    },
  };
}
