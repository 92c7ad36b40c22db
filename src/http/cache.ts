/** Every `Cache-Control` that the API answers with. */
export const CACHE = {
  /** What may change at any time, and every error. */
  none: 'no-store',
  /** A picture under a name: fresh for a minute, then revalidated by its ETag, and shown meanwhile. */
  namedPicture: 'public, max-age=60, stale-while-revalidate=60',
  /** Where the emoji is that had a name before; not shown when it is stale, since somebody else may have the name. */
  formerName: 'public, max-age=60',
  /** What is stored under the hash of its bytes, and never changes. */
  immutable: 'public, max-age=31536000, immutable',
  /**
   * What may change at any time, and is asked about by its ETag before it is used again. Nobody keeps it for others: it
   * tells more to who is signed in.
   */
  revalidated: 'private, no-cache',
  /** The same, and not compressed on its way: that would make its ETag a weak one, which `If-Match` does not take. */
  revision: 'private, no-cache, no-transform',
  /** The same for the answer to a change. */
  newRevision: 'no-store, no-transform',
  /** Changes with a release only. */
  release: 'public, max-age=300',
} as const;

/** Of an answer that tells more to who is signed in. */
export const BY_VIEWER = { Vary: 'Authorization, Cookie' } as const;
