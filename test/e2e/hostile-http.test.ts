import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationsOf } from '../fuzz/http/document.ts';
import { ADMIN_TOKEN, fuzzHttp } from '../fuzz/http/run.ts';
import { finished, fixture, upload } from './client.ts';
import { type Server, startServer } from './server.ts';
import { open, sendRaw } from './socket.ts';

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

/** That nothing has failed in a way that nobody has thought of: each such fault is logged. */
const expectNoFaults = () => expect(server.output()).not.toContain('"request failed"');

describe('bytes that no client of HTTP sends', () => {
  const CLOSE = 'Host: localhost\r\nConnection: close\r\n';
  const get = (target: string, headers = '') => `GET ${target} HTTP/1.1\r\n${CLOSE}${headers}\r\n`;
  const post = (target: string, headers: string, body: string) =>
    `POST ${target} HTTP/1.1\r\n${CLOSE}${headers}\r\n${body}`;
  const JSON_TYPE = 'Content-Type: application/json\r\n';
  const LOOK_UP = '/custom-emoji/emojis:batchGet';
  const WEBSOCKET =
    'Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ';

  let list: string;
  const listed = async () => (await fetch(`${server.url}/custom-emoji/emojis`)).text();

  beforeAll(async () => {
    await finished(server.url, await upload(server.url, 'tada', await fixture('halves.png')));
    list = await listed();
  });

  /** What the service answers itself, by the rules of addresses and of bodies. */
  it.each<[string, string, number, string?]>([
    ['a path upwards', get('/custom-emoji/emojis/../../healthz'), 200],
    ['a path out of everything', get('/../../../../etc/passwd'), 404, 'route_not_found'],
    ['an encoded path upwards', get('/custom-emoji/emojis/%2e%2E/info'), 404, 'emoji_not_found'],
    ['an encoded slash in a path upwards', get('/custom-emoji/emojis/..%2f..%2fhealthz'), 404, 'rendition_not_found'],
    ['another host in the path', get('//evil.example/healthz'), 404, 'route_not_found'],
    ['more slashes', get('/custom-emoji//emojis///tada'), 404, 'route_not_found'],
    ['backslashes', get('/\\evil.example\\..\\x'), 404, 'route_not_found'],
    ['a percent sign', get('/%'), 404, 'route_not_found'],
    ['no hexadecimal digits', get('/custom-emoji/%zz'), 404, 'emoji_not_found'],
    ['an encoded NUL', get('/%00'), 404, 'route_not_found'],
    ['a way out of the pages', get('/assets/..%2f..%2fwrangler.toml'), 404, 'route_not_found'],
    ['what the pages are served by', get('/_headers'), 404, 'route_not_found'],
    ['another origin', get('http://evil.example/healthz'), 200],
    ['a fragment', get('/healthz#fragment?query'), 200],
    ['a body of a GET', get('/healthz', 'Content-Length: 2\r\n').concat('{}'), 200],
    ['bytes of latin-1 in headers', get('/custom-emoji/tada', 'If-None-Match: "\xff\xfe"\r\n'), 200],
    [
      'an X-Actor in latin-1',
      `DELETE /custom-emoji/emojis/tada HTTP/1.1\r\n${CLOSE}X-Actor: \xe9\r\n\r\n`,
      422,
      'invalid_request',
    ],
    ['a header of 60 kB', get('/healthz', `X-Long: ${'y'.repeat(60_000)}\r\n`), 200],
    ['one header twice', get('/custom-emoji/tada', 'If-None-Match: "a"\r\nIf-None-Match: "b"\r\n'), 200],
    ['TRACE', `TRACE /healthz HTTP/1.1\r\n${CLOSE}\r\n`, 405, 'method_not_allowed'],
    [
      'a request in a body',
      post(
        LOOK_UP,
        `${JSON_TYPE}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`,
        '0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n',
      ),
      400,
      'malformed_json',
    ],
    [
      'an expectation',
      post(LOOK_UP, `${JSON_TYPE}Expect: nonsense\r\nContent-Length: 2\r\n`, '{}'),
      422,
      'invalid_request',
    ],
    [
      'h2c',
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
      200,
    ],
    [
      'a WebSocket where there is none',
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${WEBSOCKET}dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      200,
    ],
    [
      'a WebSocket of no task',
      `GET /task-queue/tasks/x/events HTTP/1.1\r\nHost: localhost\r\n${WEBSOCKET}x\r\n\r\n`,
      404,
      'task_not_found',
    ],
  ])('are answered by the rules: %s', async (_, bytes, status, code = '') => {
    const answer = await sendRaw(server.url, bytes);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(code)]);
    if (status >= 400) expect(answer.text).toContain('application/problem+json');
  });

  /** What the server in front of the service does not let pass: here that of `wrangler dev`, elsewhere Cloudflare's. */
  it.each([
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n'],
    ['no path', `OPTIONS * HTTP/1.1\r\n${CLOSE}\r\n`],
    ['nothing for a path', get('')],
    ['NUL in a path', get('/heal\0thz')],
    ['a space in a path', get('/heal thz')],
    ['bytes of latin-1 in a path', get('/custom-emoji/caf\xe9')],
    ['a path of 100 kB', get(`/custom-emoji/${'a'.repeat(100_000)}`)],
    ['a path of 2 MB', get(`/custom-emoji/${'a'.repeat(2_000_000)}`)],
    ['a method that there is not', `FOO /healthz HTTP/1.1\r\n${CLOSE}\r\n`],
    ['a method in lower case', `get /healthz HTTP/1.1\r\n${CLOSE}\r\n`],
    ['a method of 10 kB', `${'X'.repeat(10_000)} /healthz HTTP/1.1\r\n${CLOSE}\r\n`],
    ['NUL in a method', `G\0T /healthz HTTP/1.1\r\n${CLOSE}\r\n`],
    ['no host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two hosts', 'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
    ['a host that is none', 'GET /healthz HTTP/1.1\r\nHost: \xe2\x80\xae\r\nConnection: close\r\n\r\n'],
    ['a header without a colon', get('/healthz', 'nonsense\r\n')],
    ['a space before a colon', get('/healthz', 'X : y\r\n')],
    ['a header over two lines', get('/healthz', 'X: y\r\n z\r\n')],
    ['NUL in a header', get('/healthz', 'X: y\0z\r\n')],
    ['ten thousand headers', get('/healthz', 'X: y\r\n'.repeat(10_000))],
    ['a header of 1 MB', get('/healthz', `X-Long: ${'y'.repeat(1_000_000)}\r\n`)],
    ['two lengths', post(LOOK_UP, `${JSON_TYPE}Content-Length: 2\r\nContent-Length: 20\r\n`, '{}')],
    ['a length below zero', post(LOOK_UP, `${JSON_TYPE}Content-Length: -2\r\n`, '{}')],
    ['a length that is too large', post(LOOK_UP, `${JSON_TYPE}Content-Length: 99999999999999999999\r\n`, '{}')],
    ['an encoding that there is not', post(LOOK_UP, `${JSON_TYPE}Transfer-Encoding: xchunked\r\n`, '0\r\n\r\n')],
    ['a chunk of no length', post(LOOK_UP, `${JSON_TYPE}Transfer-Encoding: chunked\r\n`, 'zz\r\n{}\r\n0\r\n\r\n')],
    [
      'a chunk of all there is',
      post(LOOK_UP, `${JSON_TYPE}Transfer-Encoding: chunked\r\n`, 'ffffffffffffffffff\r\n{}\r\n0\r\n\r\n'),
    ],
    [
      'a chunk below zero',
      post(
        '/custom-emoji/emojis?name=chunk',
        'Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n',
        '-1\r\n{}\r\n0\r\n\r\n',
      ),
    ],
    ['HTTP/0.9', 'GET /healthz\r\n\r\n'],
    ['HTTP/3', `GET /healthz HTTP/3.0\r\n${CLOSE}\r\n`],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${'A'.repeat(509)}`],
    ['noise', '\0\xff\r\n\r\n'.repeat(50)],
  ])('get no answer but that they are wrong: %s', async (_, bytes) => {
    const { status, text } = await sendRaw(server.url, bytes);
    expect(status ?? 400, text).toBeGreaterThanOrEqual(400);
    expectNoFaults();
  });

  it('leave nothing behind when they end in the middle of an upload', async () => {
    const picture = (await fixture('halves.png')).subarray(0, 300).toString('latin1');
    for (const headers of [
      'Content-Type: image/png\r\nContent-Length: 5000\r\n',
      'Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n',
    ]) {
      const socket = await open(server.url);
      const body = headers.includes('chunked') ? `12c\r\n${picture}\r\n` : picture;
      socket.write(Buffer.from(post('/custom-emoji/emojis?name=broken', headers, body), 'latin1'));
      await sleep(300);
      socket.destroy();
    }
    // The name is free as soon as the service has seen that nobody is there any more.
    await expect
      .poll(() => upload(server.url, 'broken', Buffer.from('x')).catch((error) => error), { timeout: 10_000 })
      .toEqual(expect.any(String));
  });

  it('keep nobody else waiting when they come one by one', async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, () => open(server.url)));
    for (const socket of slow)
      socket.on('error', () => {}).write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    for (let beats = 0; beats < 5; beats++) {
      for (const socket of slow) socket.write('y');
      expect((await fetch(`${server.url}/custom-emoji/tada`, { signal: AbortSignal.timeout(5_000) })).status).toBe(200);
    }
    for (const socket of slow) socket.destroy();
  });

  it('leave the service and what it keeps as they were', async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await listed()).toBe(list);
    expectNoFaults();
  });
});

describe('requests by the description of the service, and against it', () => {
  beforeAll(async () => {
    await server.stop();
    // Without a token there would be a part of the service that is not set up.
    const options = ['--ip', '0.0.0.0', '--persist-to', state, '--var', `ADMIN_TOKEN:${ADMIN_TOKEN}`];
    server = await startServer('npm', 'start', '--', ...options);
  });

  it('of what wrangler shows of the database have no answer where other machines can ask', async () => {
    const head = 'Host: localhost\r\nConnection: close\r\n';
    const request = `GET /cdn-cgi/local/explorer/api/d1/database HTTP/1.1\r\n${head}\r\n`;
    const { status, text } = await sendRaw(server.url, request);
    expect(status).toBe(404);
    expect(text).toContain('"code":"route_not_found"');
  });

  it('are all answered as it says, and most of its operations find something', async () => {
    const { faults, answers } = await fuzzHttp(server.url, { seed: 20261129, count: 600, token: ADMIN_TOKEN });
    expect(faults).toEqual([]);
    const operations = operationsOf(await (await fetch(`${server.url}/openapi.json`)).json());
    expect([...answers.keys()].sort()).toEqual(operations.map(({ method, path }) => `${method} ${path}`).sort());
    // A conflict is about something that was found too.
    const finding = [...answers.values()].filter((counts) =>
      [...counts.keys()].some((one) => /^(2|3|409|412)/.test(one)),
    );
    expect(finding.length).toBeGreaterThan(0.8 * operations.length);
    // What is refused for that alone shows nothing of the operation.
    expect([...answers.values()].filter((counts) => counts.has('429 rate_limited'))).toEqual([]);
    expectNoFaults();
  }, 300_000);
});
