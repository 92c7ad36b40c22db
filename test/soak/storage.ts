/** What lies in D1 and R2 once the service has been stopped. */
import path from 'node:path';
import { getPlatformProxy } from 'wrangler';
import { type PictureColumns, pictureKeys } from '../support/stored-pictures.ts';
import type { TaskView } from './answers.ts';
import type { Ledger } from './ledger.ts';

interface TaskRow {
  id: string;
  state: string;
  emoji_id: string;
  version: number;
  source_key: string;
  image: string | null;
  history: string;
}

interface EmojiRow extends PictureColumns {
  id: string;
  name: string | null;
  version: number;
  source_key: string | null;
}

/** What the sweep has to look after, and will when it is old enough. */
export interface LeftOver {
  tasks: number;
  names: number;
  sources: number;
  images: number;
}

export async function checkStorage(state: string, ledger: Ledger, tasks: Map<string, TaskView>): Promise<LeftOver> {
  // It warns that it cannot run Durable Objects, which are not asked for here.
  process.env.WRANGLER_LOG = 'error';
  const { env, dispose } = await getPlatformProxy<Env>({ persist: { path: path.join(state, 'v3') } });
  try {
    const rows = (await env.DB.prepare('SELECT * FROM tasks').all<TaskRow>()).results;
    const emojis = await env.DB.prepare(
      'SELECT emojis.*, emoji_names.name FROM emojis LEFT JOIN emoji_names ON emoji_id = emojis.id',
    ).all<EmojiRow>();
    const names = await env.DB.prepare('SELECT COUNT(*) AS n FROM emoji_names').first<number>('n');
    ledger.expect(names === emojis.results.length, () => `${names} names, ${emojis.results.length} emoji`);
    checkRows(ledger, tasks, rows);
    checkVersions(ledger, rows, emojis.results);
    const sources = await sizes(env.PICTURES, 'sources/');
    const images = await sizes(env.PICTURES, 'images/');
    return {
      tasks: rows.filter(({ id }) => !tasks.has(id)).length,
      names: emojis.results.filter(({ image_hash }) => image_hash === null).length,
      sources: checkSources(ledger, sources),
      images: checkImages(ledger, images, emojis.results),
    };
  } finally {
    await dispose();
  }
}

/** The history has each task as it was told. */
function checkRows(ledger: Ledger, tasks: Map<string, TaskView>, rows: TaskRow[]): void {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { id, state, history } of tasks.values()) {
    const row = byId.get(id);
    const changes = (JSON.parse(row?.history ?? '[]') as { state: string }[]).map((change) => change.state);
    ledger.expect(
      row?.state === state && changes.join() === history.map((change) => change.state).join(),
      () => `${id}: D1 has it as ${row?.state}, after ${changes.join(' ')}`,
    );
  }
}

/** Each emoji shows the picture of the highest version that succeeded. */
function checkVersions(ledger: Ledger, rows: TaskRow[], emojis: EmojiRow[]): void {
  const latest = new Map<string, TaskRow>();
  for (const row of rows) {
    if (row.state === 'SUCCESS' && row.version > (latest.get(row.emoji_id)?.version ?? 0))
      latest.set(row.emoji_id, row);
  }
  for (const { id, name, image_hash, version, source_key } of emojis) {
    const task = latest.get(id);
    const hash = task ? (JSON.parse(task.image ?? '{}') as { hash?: string }).hash : null;
    ledger.expect(
      image_hash === hash && version === (task?.version ?? 0) && source_key === (task?.source_key ?? null),
      () => `${name}: shows version ${version}; the latest that succeeded is ${task?.version}`,
    );
    latest.delete(id);
  }
  for (const [id, task] of latest) ledger.broken.add(`${task.id} succeeded, but its emoji ${id} is gone`);
}

/** Every upload that was accepted is kept. @returns how many others there are */
function checkSources(ledger: Ledger, sources: Map<string, number>): number {
  for (const { taskId, name, picture } of ledger.promised.values()) {
    const size = sources.get(`sources/${taskId}`);
    ledger.expect(size === picture.bytes.byteLength, () => `${name}: ${size} bytes are kept of its upload ${taskId}`);
  }
  return [...sources.keys()].filter((key) => !ledger.promised.has(key.slice('sources/'.length))).length;
}

/** @returns how many are there that no emoji shows */
function checkImages(ledger: Ledger, images: Map<string, number>, emojis: EmojiRow[]): number {
  const shown = new Set(emojis.flatMap(pictureKeys));
  for (const key of shown) ledger.expect(images.has(key), () => `${key} is shown, but not in R2`);
  return [...images.keys()].filter((key) => !shown.has(key)).length;
}

async function sizes(bucket: R2Bucket, prefix: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix, ...(cursor !== undefined && { cursor }) });
    for (const { key, size } of page.objects) found.set(key, size);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return found;
}
