import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Server, startServer } from './server.ts';

let state: string;
let server: Server;

beforeAll(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-'));
  server = await startServer('npm', 'start', '--', '--persist-to', state);
});

afterAll(async () => {
  await server?.stop();
  await rm(state, { recursive: true, force: true });
});

/**
 * Sends so many bytes as chunks of HTTP/1.1, with no word of their length. Where the other side answers before it has all
 * of them, and closes, its answer may be lost (RFC 9112, 9.6): then they are sent again.
 *
 * @returns the answer, as it came
 */
async function sendInChunks(route: string, headers: Record<string, string>, bytes: number): Promise<string> {
  for (let tries = 0; tries < 3; tries++) {
    const answer = await sendOnce(route, headers, bytes);
    if (answer !== '') return answer;
  }
  throw new Error('the connection was closed without an answer, three times');
}

async function sendOnce(route: string, headers: Record<string, string>, bytes: number): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (data) => (answer += data));
  const closed = once(socket, 'close').catch(() => {});
  const all = { Host: 'localhost', Connection: 'close', 'Transfer-Encoding': 'chunked', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${route} HTTP/1.1\r\n${lines.join('')}\r\n`);
  for (let left = bytes; left > 0 && answer === '' && !socket.destroyed; left -= 65_536) {
    const chunk = Buffer.alloc(Math.min(left, 65_536), 0x20);
    socket.write(`${chunk.length.toString(16)}\r\n`);
    socket.write(chunk);
    if (!socket.write('\r\n')) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
  }
  if (!socket.destroyed) socket.write('0\r\n\r\n');
  await closed;
  return answer;
}

const JSON_BODY = { 'Content-Type': 'application/json' };

describe('a body of unknown length', () => {
  it.each([
    ['POST /custom-emoji/emojis:batchGet', JSON_BODY],
    ['PATCH /custom-emoji/emojis/a', { ...JSON_BODY, 'If-Match': '*' }],
    ['POST /custom-emoji/emojis?name=a', JSON_BODY],
    ['PUT /custom-emoji/emojis/a/image', JSON_BODY],
  ])('that is JSON has 64 kB at most: %s', async (route, headers) => {
    for (const bytes of [65_537, 1_000_000]) {
      const answer = await sendInChunks(route, headers, bytes);
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer).toContain('"code":"body_too_large"');
    }
  });

  it('that is a picture has 50 MB at most', async () => {
    const answer = await sendInChunks('POST /custom-emoji/emojis?name=a', { 'Content-Type': 'image/png' }, 52_428_801);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('The upload has 52,428,801 bytes or more');
  });

  it.each([
    ['GET /healthz', '200', '"ok"'],
    ['GET /nowhere', '404', 'route_not_found'],
    ['DELETE /custom-emoji/emojis/a', '404', 'emoji_not_found'],
    ['POST /custom-emoji/emojis/a/render', '404', 'emoji_not_found'],
    ['POST /task-queue/tasks/cancel?state=FAILURE', '200', '"dry_run":true'],
    ['POST /healthz', '405', 'method_not_allowed'],
  ])('is of no interest where none is expected: %s', async (route, status, content) => {
    const answer = await sendInChunks(route, {}, 10_000_000);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(content);
  });
});

describe('a picture by URL', () => {
  const byUrl = (url: string) =>
    fetch(`${server.url}/custom-emoji/emojis?name=a`, {
      method: 'POST',
      headers: JSON_BODY,
      body: JSON.stringify({ url }),
    });

  // Other programs on this machine may be asked: the service is open to them.
  it.each([
    'http://www.example.com/a.gif',
    'http://127.0.0.1:OWN/a.gif',
    'https://2130706433:OWN/a.gif',
    'http://[::1]:OWN/a.gif',
    'http://localhost:OWN/a.gif',
    'https://0.0.0.0/a.gif',
    'https://192.168.0.1/a.gif',
    'https://169.254.169.254/',
    'https://[::ffff:127.0.0.1]/a.gif',
    'https://metadata.google.internal/',
    'https://ada:secret@www.example.com/a.gif',
    'https://www.example.com:8443/a.gif',
  ])('is not fetched from %s', async (url) => {
    const response = await byUrl(url.replace('OWN', new URL(server.url).port));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'url_not_allowed' });
  });

  // With a network, a page is there in place of a picture; without one, nothing.
  it('that cannot be had is told of, and nothing else', async () => {
    const response = await byUrl('https://www.example.com/');
    expect(response.status).toBe(422);
    const { code, detail } = (await response.json()) as { code: string; detail: string };
    expect(code).toBe('url_failed');
    expect(detail).toMatch(/^The picture cannot be fetched: .*"www\.example\.com"/);
  }, 30_000);
});
