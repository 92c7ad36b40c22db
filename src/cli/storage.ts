import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getPlatformProxy } from 'wrangler';
import type { Config } from './environment.ts';

/** Where `npm start` keeps what it stores. */
const LOCAL_STATE = path.join('.wrangler', 'state', 'v3');

/**
 * Gives the bucket of a service to a program here: wrangler has no command that lists objects. A bucket at Cloudflare is
 * reached by a Worker that wrangler runs there for as long as this takes.
 *
 * @param isLocal the one of `npm start`
 */
export async function withBucket<T>(
  config: Config,
  isLocal: boolean,
  use: (bucket: R2Bucket) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'custom-emoji-bucket-'));
  try {
    // Nothing but the bucket: the rest of the service is not to be built and started.
    const configPath = path.join(folder, 'wrangler.json');
    const buckets = config.r2_buckets?.map((bucket) => ({ ...bucket, remote: !isLocal }));
    const { name, compatibility_date, account_id } = config;
    await writeFile(configPath, JSON.stringify({ name, compatibility_date, account_id, r2_buckets: buckets }));
    const proxy = await getPlatformProxy<{ PICTURES: R2Bucket }>({
      configPath,
      persist: { path: path.resolve(LOCAL_STATE) },
      remoteBindings: !isLocal,
    });
    try {
      return await use(proxy.env.PICTURES);
    } finally {
      await proxy.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All objects, by key. */
export async function* objectsOf(bucket: R2Bucket): AsyncGenerator<R2Object> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ include: ['httpMetadata', 'customMetadata'], ...(cursor && { cursor }) });
    yield* page.objects;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

/** Deletes all objects. @returns how many there were */
export async function emptyBucket(bucket: R2Bucket): Promise<number> {
  let deleted = 0;
  for (;;) {
    // From the start each time: what a cursor stands for may change with what is deleted.
    const { objects } = await bucket.list();
    if (objects.length === 0) return deleted;
    await bucket.delete(objects.map(({ key }) => key));
    deleted += objects.length;
  }
}

/** Does the same with each of them, several at once. */
export async function forEach<T>(
  items: AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const worker = async () => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
