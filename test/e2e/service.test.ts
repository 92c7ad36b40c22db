import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLUE, GREEN, like, RED, YELLOW } from '../support/colours.ts';
import { decodeGif, pixelAt } from '../support/gif.ts';
import { fetchEmoji, finished, fixture, upload } from './client.ts';
import { type Server, startServer } from './server.ts';

let state: string;
let server: Server;

const start = (): Promise<Server> => startServer('npm', 'start', '--', '--persist-to', state);

beforeAll(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-'));
  server = await start();
});

afterAll(async () => {
  await server?.stop();
  await rm(state, { recursive: true, force: true });
});

/** Uploads a fixture and decodes the emoji that is served for it. */
async function emojiOf(file: string, name: string) {
  const task = await finished(server.url, await upload(server.url, name, await fixture(file)));
  expect(task).toMatchObject({ status: 'SUCCESS', error: null });
  return decodeGif(await fetchEmoji(server.url, name));
}

describe('npm start', () => {
  it('prints the address', () => {
    expect(server.output()).toMatch(/Ready on http:\/\/localhost:\d+/);
  });

  it('makes an emoji of a PNG, with its transparency and shape', async () => {
    const gif = await emojiOf('halves.png', 'halves');
    expect(gif).toMatchObject({ width: 100, height: 100 });
    expect(gif.frames).toHaveLength(1);
    // 200×100 is 100×50, at rows 25 to 74; its upper quarter is transparent.
    for (const [x, y] of [
      [50, 10],
      [25, 30],
      [75, 90],
    ] as const)
      expect(pixelAt(gif, 0, x, y)).toBe('clear');
    expect(pixelAt(gif, 0, 25, 60)).toEqual(like(RED));
    expect(pixelAt(gif, 0, 75, 60)).toEqual(like(BLUE));
  });

  it('makes an emoji of a JPEG, the way the camera was held', async () => {
    const gif = await emojiOf('orientation-6.jpg', 'orientation');
    // 240×120 turned clockwise is 120×240, which is 50×100, at columns 25 to 74. What was left is above.
    expect(pixelAt(gif, 0, 10, 50)).toBe('clear');
    expect(pixelAt(gif, 0, 37, 25)).toEqual(like(BLUE));
    expect(pixelAt(gif, 0, 62, 25)).toEqual(like(RED));
    expect(pixelAt(gif, 0, 37, 75)).toEqual(like(YELLOW));
    expect(pixelAt(gif, 0, 62, 75)).toEqual(like(GREEN));
  });

  it('makes an emoji of a WebP', async () => {
    const gif = await emojiOf('quadrants.webp', 'quadrants');
    expect(
      [
        [25, 25],
        [75, 25],
        [25, 75],
        [75, 75],
      ].map(([x = 0, y = 0]) => pixelAt(gif, 0, x, y)),
    ).toEqual([RED, GREEN, BLUE, YELLOW].map(like));
  });

  it('makes an emoji of a GIF, with every frame, its timing and how often it plays', async () => {
    const gif = await emojiOf('moving-square.gif', 'moving_square');
    expect(gif.frames.map(({ delay }) => delay)).toEqual([50, 120, 200]);
    expect(gif.plays).toBe(2);
    const seen = [0, 1, 2].map((frame) =>
      [
        [25, 25],
        [75, 25],
        [75, 75],
      ].map(([x = 0, y = 0]) => pixelAt(gif, frame, x, y)),
    );
    expect(seen).toEqual([
      [like(RED), 'clear', 'clear'],
      ['clear', like(GREEN), 'clear'],
      ['clear', 'clear', like(BLUE)],
    ]);
  });

  it('says why a picture cannot be made into an emoji, and frees its name', async () => {
    const picture = await fixture('halves.png');
    const { error, status } = await finished(server.url, await upload(server.url, 'broken', picture.subarray(0, 30)));
    expect(status).toBe('FAILURE');
    expect(error).toMatchObject({ code: 'corrupt_picture', message: expect.stringContaining('PNG') });
    expect(error?.remedy).toMatch(/\w/);
    await expect(fetchEmoji(server.url, 'broken')).rejects.toThrow('404');
    await emojiOf('halves.png', 'broken');
  });

  it('logs JSON, with the task on every line of a task', async () => {
    const taskId = await upload(server.url, 'logged', await fixture('halves.png'));
    await finished(server.url, taskId);
    const lines = () =>
      server
        .output()
        .split('\n')
        .filter((line) => line.includes(taskId) && line.startsWith('{'));
    await expect.poll(() => lines().map((line) => JSON.parse(line).event)).toEqual(['task accepted', 'task succeeded']);
  });

  it('describes itself in valid OpenAPI 3.1', async () => {
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    const validator = new Validator();
    expect(await validator.validate(document as Record<string, unknown>)).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('keeps everything over a restart', async () => {
    await emojiOf('halves.png', 'kept');
    const before = await fetchEmoji(server.url, 'kept');
    const taskId = await upload(server.url, 'kept_task', await fixture('moving-square.gif'));
    await finished(server.url, taskId);
    await server.stop();
    server = await start();
    expect(await fetchEmoji(server.url, 'kept')).toEqual(before);
    expect(await finished(server.url, taskId)).toMatchObject({ status: 'SUCCESS' });
  });
});

describe('a bare wrangler dev', () => {
  it('says what to run when the tables are missing', async () => {
    const empty = path.join(state, 'empty');
    const bare = await startServer('npx', 'wrangler', 'dev', '--persist-to', empty);
    try {
      const response = await fetch(`${bare.url}/custom-emoji/emojis`);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        code: 'database_not_migrated',
        detail: expect.stringContaining('npx wrangler d1 migrations apply DB --local'),
      });
    } finally {
      await bare.stop();
    }
  });
});
