import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { r2ImageStore } from '../../src/adapters/r2-image-store.ts';
import { r2StoredObjects } from '../../src/adapters/r2-stored-objects.ts';
import { must } from '../support/tasks.ts';

const objects = r2StoredObjects(env.PICTURES);

afterEach(reset);

describe('what lies in R2', () => {
  it('is listed with its age and the task that wrote it', async () => {
    const before = Date.now();
    await env.PICTURES.put('sources/task-1', 'abc');
    await r2ImageStore(env.PICTURES).put('ab', 'gif', new Uint8Array(3), 'task-2');
    for (const [prefix, key, taskId] of [
      ['sources/', 'sources/task-1', 'task-1'],
      ['images/', 'images/ab.gif', 'task-2'],
    ] as const) {
      expect(await objects.list(prefix, null)).toEqual({
        objects: [{ key, taskId, writtenAt: expect.any(Number) }],
        cursor: null,
      });
    }
    const [source] = (await objects.list('sources/', null)).objects;
    expect(must(source).writtenAt).toBeGreaterThanOrEqual(before);
  });

  it('is listed page by page', async () => {
    const store = r2ImageStore(env.PICTURES);
    const hashes = Array.from({ length: 150 }, (_, i) => `hash-${i}`);
    await Promise.all(hashes.map((hash) => store.put(hash, 'gif', new Uint8Array(3), `task of ${hash}`)));
    const seen: string[] = [];
    let pages = 0;
    for (let cursor: string | null = null; cursor !== null || pages === 0; pages++) {
      const page = await objects.list('images/', cursor);
      seen.push(...page.objects.map(({ taskId }) => taskId));
      cursor = page.cursor;
    }
    expect(seen.sort()).toEqual(hashes.map((hash) => `task of ${hash}`).sort());
    expect(pages).toBeGreaterThan(1);
  });

  it('is deleted, unless it has been written anew since it was listed', async () => {
    const store = r2ImageStore(env.PICTURES);
    await store.put('ab', 'gif', new Uint8Array(3), 'task-1');
    const listed = must((await objects.list('images/', null)).objects[0]);
    await scheduler.wait(2);
    await store.put('ab', 'gif', new Uint8Array(3), 'task-2');
    expect(await objects.delete(listed)).toBe(false);
    const anew = must((await objects.list('images/', null)).objects[0]);
    expect(anew.taskId).toBe('task-2');
    expect(await objects.delete(anew)).toBe(true);
    expect(await store.get('ab', 'gif')).toBeNull();
  });
});
