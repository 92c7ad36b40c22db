import { reset, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { edgeCache } from '../../src/adapters/edge-cache.ts';
import type { TaskOrder } from '../../src/domain/task.ts';
import { decodeGif } from './gif.ts';

export const ORIGIN = 'https://localhost';

/** A picture of `test/fixtures`. */
export function fixture(name: string): Uint8Array<ArrayBuffer> {
  const base64 = env.FIXTURES[name];
  if (base64 === undefined) throw new Error(`no fixture is called ${name}`);
  return Uint8Array.fromBase64(base64);
}

/** A request to the Worker as it is deployed. */
export function request(path: string, init?: RequestInit): Promise<Response> {
  return exports.default.fetch(new Request(`${ORIGIN}${path}`, init));
}

export async function requestJson<T>(path: string, init?: RequestInit): Promise<T> {
  return (await request(path, init)).json<T>();
}

export interface Accepted {
  task_id: string;
  name: string;
  platforms: { platform: string; outcome: string; broken: object[]; name: string }[];
}

export interface TaskStatus {
  id: string;
  status: string;
  kind: string;
  emoji_name: string;
  attempts: number;
  error: { code: string; message: string; remedy: string } | null;
}

/** Uploads as a browser's form does. */
export function upload(name: string, picture: Uint8Array): Promise<Response> {
  const body = new FormData();
  body.append('file', new Blob([new Uint8Array(picture)]), 'picture');
  return request(`/custom-emoji/emojis?name=${encodeURIComponent(name)}`, { method: 'POST', body });
}

export async function accepted(response: Response): Promise<Accepted> {
  expect(response.status, await response.clone().text()).toBe(202);
  return response.json<Accepted>();
}

/** Accepts a task whose messages to the renderers are lost: it waits for the test to go on. */
export async function submitUnsent(order: TaskOrder): Promise<void> {
  if (order.kind === 'create') await d1EmojiCatalogue(env.DB).take(order);
  const object = env.TASKS.getByName(order.id);
  await runInDurableObject(object, (instance) => {
    const lossy = { send: async () => {} };
    Object.defineProperty(instance, 'env', { value: { ...env, RENDER_QUEUE: lossy }, configurable: true });
  });
  await object.submit(order);
}

/** Waits until the task is at its end. */
export function finished(taskId: string): Promise<TaskStatus> {
  return vi.waitFor(
    async () => {
      const status = await requestJson<TaskStatus>(`/task-queue/status?task_id=${taskId}`);
      expect(['SUCCESS', 'FAILURE', 'REVOKED']).toContain(status.status);
      return status;
    },
    { timeout: 20_000, interval: 20 },
  );
}

/**
 * The GIF that a name shows, and its hash. The edge is not asked for it, and keeps nothing of it: what that has is
 * dropped a moment after the end of a task is told.
 */
export async function shownGif(name: string) {
  const { headers } = await request(`/custom-emoji/emojis/${name}`, { method: 'HEAD' });
  const hash = headers.get('ETag')?.slice(1, -1);
  const gif = await request(`/custom-emoji/images/${hash}.gif`);
  return { hash, ...decodeGif(await gif.bytes()) };
}

/** Ends a test: once no task is under way any more, everything is deleted, and what the edge keeps of it. */
export async function resetAtRest(): Promise<void> {
  await vi.waitFor(
    async () => {
      const open = "SELECT COUNT(*) AS open FROM tasks WHERE state IN ('PENDING', 'STARTED', 'RETRY')";
      expect(await env.DB.prepare(open).first('open')).toBe(0);
    },
    { timeout: 20_000, interval: 20 },
  );
  const { results } = await env.DB.prepare('SELECT id FROM emojis').all<{ id: string }>();
  for (const { id } of results) await edgeCache({}).purge(id);
  await reset();
}
