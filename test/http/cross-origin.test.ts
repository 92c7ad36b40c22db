import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import worker from '../../src/index.ts';
import { migrate } from '../support/database.ts';
import { accepted, finished, fixture, request, resetAtRest, upload } from '../support/service.ts';

const CHAT = 'https://chat.example';
const OTHER = 'https://other.example';

/** A request to the Worker as it is configured. @param origins `CORS_ORIGINS` */
async function ask(origins: string, path: string, init: RequestInit = {}): Promise<Response> {
  const context = createExecutionContext();
  const incoming = new Request(`http://localhost${path}`, { redirect: 'manual', ...init });
  const response = await worker.fetch(incoming, { ...env, CORS_ORIGINS: origins as '' }, context);
  await waitOnExecutionContext(context);
  return response;
}

const from = (origin: string, headers = {}) => ({ headers: { Origin: origin, ...headers } });

const preflight = (origin: string, method: string, headers: string) => ({
  method: 'OPTIONS',
  ...from(origin, { 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers }),
});

const allowed = ({ headers }: Response) => headers.get('Access-Control-Allow-Origin');
const varies = ({ headers }: Response) => headers.get('Vary')?.split(', ') ?? [];

beforeEach(migrate);
afterEach(resetAtRest);

describe('a page of another origin', () => {
  it.each([
    ['', CHAT, null],
    ['https://chat.example', CHAT, CHAT],
    ['https://wiki.example, https://chat.example', CHAT, CHAT],
    ['https://chat.example', OTHER, null],
    ['https://chat.example', 'https://chat.example.evil.example', null],
    ['https://chat.example', 'http://chat.example', null],
    ['https://chat.example', 'null', null],
    ['https://chat.example', '', null],
    ['*', OTHER, '*'],
  ])('may read the API as configured: %j, from %s', async (origins, origin, expected) => {
    for (const path of ['/custom-emoji/emojis', '/custom-emoji/emojis/nobody', '/nowhere', '/task-queue/tasks']) {
      const response = await ask(origins, path, from(origin));
      expect(allowed(response), path).toBe(expected);
      expect(varies(response), path).toContain('Origin');
      expect(response.headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin');
    }
  });

  it('may read the headers that a client goes by: all that are documented', async () => {
    const { headers } = await ask(CHAT, '/custom-emoji/emojis', from(CHAT));
    const exposed = headers.get('Access-Control-Expose-Headers')?.split(',');
    const { paths } = (await (await ask(CHAT, '/openapi.json', {})).json()) as {
      paths: Record<string, Record<string, { responses?: Record<string, { headers?: object }> }>>;
    };
    const documented = Object.values(paths)
      .flatMap((path) => Object.values(path))
      .flatMap(({ responses }) => Object.values(responses ?? {}))
      .flatMap((response) => Object.keys(response.headers ?? {}));
    // What every page may read: https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
    const safe = ['Cache-Control', 'Content-Language', 'Content-Length', 'Content-Type', 'Expires', 'Last-Modified'];
    const needed = new Set(documented).difference(new Set(safe));
    expect([...needed]).toContain('Emoji-Fit');
    expect(exposed).toEqual(expect.arrayContaining([...needed, 'D1-Bookmark', 'Link']));
  });

  it('never has the credentials of the browser sent along', async () => {
    for (const origins of ['', CHAT, '*']) {
      for (const init of [from(CHAT), preflight(CHAT, 'PUT', 'authorization')]) {
        const { headers } = await ask(origins, '/custom-emoji/emojis', init);
        expect(headers.has('Access-Control-Allow-Credentials')).toBe(false);
      }
    }
  });

  it('is told beforehand what it may send', async () => {
    const asked = preflight(CHAT, 'PATCH', 'authorization,if-match,content-type');
    const response = await ask(CHAT, '/custom-emoji/emojis/tada', asked);
    expect([response.status, allowed(response), await response.text()]).toEqual([204, CHAT, '']);
    const { headers } = response;
    expect(headers.get('Access-Control-Allow-Methods')?.split(',')).toEqual(
      expect.arrayContaining(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    );
    expect(headers.get('Access-Control-Allow-Headers')?.split(',')).toEqual([
      'authorization',
      'if-match',
      'content-type',
    ]);
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(varies(response)).toEqual(expect.arrayContaining(['Origin', 'Access-Control-Request-Headers']));
    expect(allowed(await ask(CHAT, '/custom-emoji/emojis/tada', preflight(OTHER, 'PATCH', 'if-match')))).toBeNull();
  });
});

describe('a picture', () => {
  const paths: string[] = [];

  beforeEach(async () => {
    const { task_id } = await accepted(await upload('tada', fixture('halves.png')));
    await finished(task_id);
    const etag = (await request('/custom-emoji/emojis/tada')).headers.get('ETag')?.replaceAll('"', '');
    paths.splice(
      0,
      Infinity,
      '/custom-emoji/emojis/tada',
      '/custom-emoji/tada.png',
      `/custom-emoji/images/${etag}.gif`,
    );
  });

  it.each(['', CHAT, '*'])('is for all pages to show and read, with CORS_ORIGINS=%j', async (origins) => {
    for (const path of paths) {
      // At the second time it comes from the edge, which was asked by another origin before.
      for (const origin of [CHAT, OTHER, CHAT]) {
        for (const headers of [{}, { 'If-None-Match': '*' }]) {
          const response = await ask(origins, path, from(origin, headers));
          expect(response.status, path).toBe('If-None-Match' in headers ? 304 : 200);
          expect(allowed(response), path).toBe('*');
          expect(varies(response), path).not.toContain('Origin');
          expect(response.headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin');
        }
      }
    }
  });

  it('is so by a former name', async () => {
    const headers = { 'If-Match': '*', 'Content-Type': 'application/json' };
    await request('/custom-emoji/emojis/tada', { method: 'PATCH', headers, body: '{"name":"hooray"}' });
    for (const path of ['/custom-emoji/emojis/tada', '/custom-emoji/emojis/tada/info']) {
      const response = await ask(CHAT, path, from(OTHER));
      expect([response.status, allowed(response), varies(response)]).toEqual([301, '*', []]);
      expect(response.headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin');
    }
  });

  it('is, as an original, for no page of another origin', async () => {
    const response = await ask('', '/custom-emoji/emojis/tada/original');
    expect([response.status, allowed(response)]).toEqual([200, null]);
    expect(response.headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin');
    await response.body?.cancel();
  });
});
