import { reset } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../support/database.ts';
import { expectProblem } from '../support/problems.ts';
import { request, requestJson } from '../support/service.ts';

interface Operation {
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { content: Record<string, { examples: object }> }>;
}

const LIMIT = 65_536;

beforeEach(migrate);
afterEach(reset);

/** Each operation of the API whose body may be JSON. */
async function takingJson(): Promise<(Pick<Operation, 'responses'> & { method: string; path: string })[]> {
  const { paths } = await requestJson<{ paths: Record<string, Record<string, Operation>> }>('/openapi.json');
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { requestBody }]) => Object.keys(requestBody?.content ?? {}).some((type) => type.endsWith('json')))
      .map(([method, { responses }]) => ({
        method: method.toUpperCase(),
        path: path.replace(/\{\w+\}/g, 'a'),
        responses,
      })),
  );
}

/** A body that comes in chunks, as one without `Content-Length`. */
function inChunks(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

function send(method: string, path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return request(path, { method, body, headers: { 'Content-Type': 'application/json', 'If-Match': '*', ...headers } });
}

const batchGet = (body: BodyInit, headers?: Record<string, string>) =>
  send('POST', '/custom-emoji/emojis:batchGet', body, headers);

/** A question of so many bytes. */
const question = (bytes: number) => '{"names":["a"]}'.padEnd(bytes, ' ');

describe('a body of JSON', () => {
  it('has 64 kB at most, on every route that takes one', async () => {
    const routes = await takingJson();
    expect(routes.length).toBeGreaterThanOrEqual(4);
    for (const { method, path } of routes) {
      const query = path.endsWith('/emojis') ? '?name=a' : '';
      for (const body of [' '.repeat(LIMIT + 1), inChunks(' '.repeat(LIMIT + 1), 1_000)]) {
        await expectProblem(await send(method, path + query, body), 413, 'body_too_large', /65,537 bytes or more/);
      }
    }
  });

  it('is described with all that it may be refused for', async () => {
    for (const { method, path, responses } of await takingJson()) {
      for (const [status, code] of [
        [400, 'malformed_json'],
        [413, 'body_too_large'],
        [415, 'unsupported_media_type'],
      ] as const) {
        const { examples = {} } = responses[status]?.content['application/problem+json'] ?? {};
        expect(Object.keys(examples), `${method} ${path}`).toContain(code);
      }
    }
  });

  it('may have all of that, in whatever chunks', async () => {
    for (const body of [question(LIMIT), inChunks(question(LIMIT), 20), inChunks(question(LIMIT), 999)]) {
      expect(await (await batchGet(body)).json()).toEqual({ found: {}, missing: ['a'] });
    }
  });

  it('is read as UTF-8, though a character is in two chunks', async () => {
    expect(await (await batchGet(inChunks('{"names":["日本😀"]}', 1))).json()).toEqual({
      found: {},
      missing: ['日本😀'],
    });
  });

  it.each(['5', '0', '-1', 'many'])('is counted, whatever Content-Length says: %s', async (length) => {
    const body = inChunks(question(LIMIT + 1), 1_000);
    await expectProblem(await batchGet(body, { 'Content-Length': length }), 413, 'body_too_large');
  });

  it('is not read at all where Content-Length tells that it is too long', async () => {
    const silent = new ReadableStream<Uint8Array>();
    await expectProblem(await batchGet(silent, { 'Content-Length': '65537' }), 413, 'body_too_large');
  });

  it('without an end is not read to it', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 10_000;
        controller.enqueue(new Uint8Array(10_000).fill(0x20));
      },
    });
    await expectProblem(await batchGet(endless), 413, 'body_too_large');
    expect(sent).toBeLessThan(3_000_000);
  });

  it('that breaks off is answered', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"names":')),
      pull: (controller) => controller.error(new Error('gone')),
    });
    await expectProblem(await batchGet(broken), 400, 'malformed_json');
  });
});

describe('JSON that is meant to be a burden', () => {
  it.each([
    ['lists in lists', '['.repeat(LIMIT), 400, 'malformed_json'],
    ['lists in lists, closed', '['.repeat(LIMIT / 2) + ']'.repeat(LIMIT / 2), 422, 'invalid_request'],
    ['objects in objects', '{"names":'.repeat(7_000), 400, 'malformed_json'],
    ['names in names', `{"names":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 422, 'invalid_request'],
    ['100,000 keys', `{${'"":0,'.repeat(100_000)}"":0}`, 413, 'body_too_large'],
    ['as many keys as there is room for', `{${keys(7_000)}}`, 422, 'invalid_request'],
    ['as many bad names as there is room for', `{"names":[${'0,'.repeat(32_000)}0]}`, 422, 'invalid_request'],
    ['a long number', `{"names":${'9'.repeat(65_000)}}`, 422, 'invalid_request'],
    ['__proto__', '{"__proto__":{"names":["a"]}}', 422, 'invalid_request'],
  ])('is refused at once, and the answer is short: %s', async (_, body, status, code) => {
    for (const [method, path] of [
      ['POST', '/custom-emoji/emojis:batchGet'],
      ['PATCH', '/custom-emoji/emojis/a'],
      ['POST', '/custom-emoji/emojis?name=a'],
    ] as const) {
      const start = Date.now();
      const response = await send(method, path, body);
      expect(Date.now() - start).toBeLessThan(3_000);
      expect((await response.clone().bytes()).length).toBeLessThan(10_000);
      await expectProblem(response, status, code);
    }
  });

  it('is told of by the first ten rules that it breaks', async () => {
    const response = await batchGet(`{"names":[${'0,'.repeat(99)}0]}`);
    expect(await response.json()).toMatchObject({
      detail: expect.stringMatching(/names\.9: .*; and 90 more\.$/),
      errors: { length: 10 },
    });
  });
});

function keys(count: number): string {
  return Array.from({ length: count }, (_, index) => `"${index.toString(36)}":0`).join(',');
}
