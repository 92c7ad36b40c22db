import { execFile } from 'node:child_process';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchEmoji, finished, fixture, upload } from './client.ts';
import { emptyState, startPrepared } from './prepared.ts';

const RENDERER = 'wrangler.renderer.toml';
/** What docs/scale.md says to leave out of wrangler.toml: a queue has one consumer. */
const CONSUMER = '[[queues.consumers]]\nqueue = "custom-emoji-render"\n';

const sectionsOf = async (file: string) => (await readFile(file, 'utf8')).split(/^(?=\[)/m);

async function statusOf(url: string, taskId: string): Promise<string> {
  const answer = await fetch(`${url}/task-queue/status?task_id=${taskId}`);
  return ((await answer.json()) as { status: string }).status;
}

let state: string;
beforeAll(async () => {
  state = await emptyState();
});
afterAll(() => rm(state, { recursive: true, force: true }));

describe('the renderers as a Worker of their own', () => {
  it('take from the queue as those of the one Worker do', async () => {
    const settings = async (file: string) => {
      const [section = ''] = (await sectionsOf(file)).filter((text) => text.startsWith(CONSUMER));
      return section.replaceAll(/^#.*\n|\n+$/gm, '');
    };
    expect(await settings(RENDERER)).toBe(await settings('wrangler.toml'));
    expect(await settings(RENDERER)).toContain('dead_letter_queue');
  });

  it('make the emoji of a service that has none itself', async () => {
    const without = await startPrepared(state, { without: [CONSUMER] });
    let taskId: string;
    try {
      taskId = await upload(without.url, 'waiting', await fixture('moving-square.gif'));
      await sleep(1_000);
      expect(await statusOf(without.url, taskId)).toBe('PENDING');
    } finally {
      await without.stop();
    }
    const both = await startPrepared(state, { without: [CONSUMER], others: [path.resolve(RENDERER)] });
    try {
      const second = await upload(both.url, 'second', await fixture('halves.png'));
      expect((await finished(both.url, second)).status).toBe('SUCCESS');
      expect((await fetchEmoji(both.url, 'second')).subarray(0, 6)).toEqual(new TextEncoder().encode('GIF89a'));
      // The local queue has lost its message with the first service; its owner sends another.
      await expect.poll(() => statusOf(both.url, taskId), { timeout: 80_000, interval: 1_000 }).toBe('SUCCESS');
    } finally {
      await both.stop();
    }
  });

  it('can be deployed, without the code of the API', async () => {
    const bundle = path.join(state, 'renderer');
    await promisify(execFile)('npx', ['wrangler', 'deploy', '--dry-run', '--config', RENDERER, '--outdir', bundle]);
    expect(await readdir(bundle)).toContain('index.js');
    const code = await readFile(path.join(bundle, 'index.js'), 'utf8');
    expect(code).not.toContain('openapi');
    expect(code).not.toContain('INSERT INTO');
    expect((await stat(path.join(bundle, 'index.js'))).size).toBeGreaterThan(100_000);
  });
});
