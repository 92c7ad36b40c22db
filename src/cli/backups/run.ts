import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Steps } from '../deploying/steps.ts';
import { forEach, objectsOf } from '../storage.ts';
import { Stop } from '../wrangler.ts';
import { type Database, exportDatabase, importDatabase, missingObjects, stateOf } from './database.ts';
import { BackupFolder, type Kept } from './folder.ts';

/** Each is in memory, and has 50 MB at most. */
const AT_ONCE = 4;

/** Made anew when somebody asks for them, and gone after 30 days anyhow. */
const NOT_KEPT = /^fitted\//;

export interface Service {
  name: string;
  database: Database;
  bucket: R2Bucket;
}

/**
 * Copies all that a service has into a folder. What is there from before is kept, and only what is new is copied.
 *
 * A service goes on meanwhile. Objects are copied, then the database is exported, then the objects that came since:
 * objects never change, and are deleted no sooner than 15 minutes after they are needed no more, so that what the
 * database says is there at the end. That is looked at; what was missed is told, and copied when it is run again.
 */
export async function backup({ name, database, bucket }: Service, folderPath: string, steps: Steps): Promise<void> {
  const folder = new BackupFolder(folderPath);
  await folder.begin();
  const seen = new Set<string>();
  await copyObjects(bucket, folder, seen, steps);
  const at = await exportDatabase(database, folder.databaseFile);
  steps.done('exported', folder.databaseFile);
  await copyObjects(bucket, folder, seen, steps);

  const scratch = path.join(folderPath, 'check.sqlite');
  await rm(scratch, { force: true });
  const missing = missingObjects(scratch, await readFile(folder.databaseFile, 'utf8'), seen);
  await rm(scratch, { force: true });
  if (missing.length > 0) {
    const some = missing.slice(0, 10).join(', ');
    steps.done(
      'missing',
      `${missing.length} objects, as ${some}. Run it again: what is missing then too, the service has lost`,
    );
  }
  const { objects, bytes } = await folder.complete({ service: name, at, missing }, seen);
  steps.done('complete', `${objects} objects, ${bytes} bytes, in ${folderPath}`);
}

async function copyObjects(bucket: R2Bucket, folder: BackupFolder, seen: Set<string>, steps: Steps): Promise<void> {
  const kept = await folder.kept();
  let copied = 0;
  await forEach(objectsOf(bucket), AT_ONCE, async (listed) => {
    if (NOT_KEPT.test(listed.key)) return;
    if (kept.get(listed.key)?.etag !== listed.etag) {
      const object = await bucket.get(listed.key);
      // Deleted since.
      if (object === null) return;
      await folder.keep(keptOf(object), new Uint8Array(await object.arrayBuffer()));
      copied++;
    }
    seen.add(listed.key);
  });
  steps.done('copied', `${copied} new objects of ${seen.size}`);
}

function keptOf({ key, size, etag, httpMetadata = {}, customMetadata = {} }: R2Object): Kept {
  return { key, size, etag, httpMetadata, customMetadata };
}

/**
 * Puts a backup into a service that has nothing yet. The database comes first: the sweep deletes objects that it does
 * not name.
 *
 * @throws Stop for a service that is in use, and for a folder that is not complete
 */
export async function restore({ database, bucket }: Service, folderPath: string, steps: Steps): Promise<void> {
  const folder = new BackupFolder(folderPath);
  const { at, service } = await folder.manifest();
  const state = await stateOf(database, at);
  if (state === 'used') {
    throw new Stop(
      'This service has emoji, tasks or tokens of its own. A backup goes into an empty one: nothing was changed.',
    );
  }
  if (state === 'empty') {
    await importDatabase(database, folder.databaseFile);
    steps.done('imported', `the database of ${service} as it was on ${new Date(at).toISOString()}`);
  }
  const there = new Map<string, number>();
  for await (const { key, size } of objectsOf(bucket)) there.set(key, size);
  const missing = [...(await folder.kept()).values()].filter(({ key, size }) => there.get(key) !== size);
  await forEach(each(missing), AT_ONCE, async (kept) => {
    const { key, httpMetadata, customMetadata } = kept;
    await bucket.put(key, await folder.read(kept), { httpMetadata, customMetadata });
  });
  steps.done('put back', `${missing.length} objects`);
}

async function* each<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}
