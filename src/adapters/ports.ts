import { d1Duplicates } from './d1-duplicates.ts';
import { d1EmojiCatalogue } from './d1-emoji-catalogue.ts';
import { d1EmojiLife } from './d1-emoji-life.ts';
import { d1Housekeeping } from './d1-housekeeping.ts';
import { d1IdempotencyKeys } from './d1-idempotency-keys.ts';
import { d1TaskHistory } from './d1-task-history.ts';
import { jsonLog } from './json-log.ts';
import { r2ImageStore } from './r2-image-store.ts';
import { r2SourceStore } from './r2-source-store.ts';
import { r2StoredObjects } from './r2-stored-objects.ts';
import { taskOwners } from './task-owners.ts';

/** Everything that the use cases of the API and the sweep work with. */
export function allPorts(env: Env) {
  return {
    catalogue: d1EmojiCatalogue(env.DB),
    life: d1EmojiLife(env.DB),
    duplicates: d1Duplicates(env.DB),
    taskHistory: d1TaskHistory(env.DB),
    idempotencyKeys: d1IdempotencyKeys(env.DB),
    housekeeping: d1Housekeeping(env.DB),
    sources: r2SourceStore(env.PICTURES),
    images: r2ImageStore(env.PICTURES),
    storedObjects: r2StoredObjects(env.PICTURES),
    taskOwners: taskOwners(env.TASKS),
    log: jsonLog,
  };
}
