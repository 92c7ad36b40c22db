import type { Context } from 'hono';
import { d1EmojiCatalogue } from '../adapters/d1-emoji-catalogue.ts';
import { d1TaskHistory } from '../adapters/d1-task-history.ts';
import { jsonLog } from '../adapters/json-log.ts';
import { r2ImageStore } from '../adapters/r2-image-store.ts';
import { r2SourceStore } from '../adapters/r2-source-store.ts';
import { taskOwners } from '../adapters/task-owners.ts';

export interface AppEnv {
  Bindings: Env;
}

/** The adapters that one request works with. */
export function portsOf(c: Context<AppEnv>) {
  return {
    catalogue: d1EmojiCatalogue(c.env.DB),
    taskHistory: d1TaskHistory(c.env.DB),
    sources: r2SourceStore(c.env.PICTURES),
    images: r2ImageStore(c.env.PICTURES),
    taskOwners: taskOwners(c.env.TASKS),
    log: jsonLog,
  };
}
