import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCursor } from '../../src/http/pages.ts';
import { migrate } from '../support/database.ts';
import { accepted, finished, fixture, request, resetAtRest, upload } from '../support/service.ts';
import { allThatIsKept } from '../support/unharmed.ts';

const EMOJI = '/custom-emoji/emojis/tada';
let taskId: string;

beforeAll(async () => {
  await migrate();
  const { task_id } = await accepted(await upload('tada', fixture('halves.png')));
  await finished(task_id);
  taskId = task_id;
});

afterAll(resetAtRest);

async function answerTo(path: string, init: RequestInit = {}): Promise<{ status: number; code: string | undefined }> {
  const response = await request(path, { redirect: 'manual', ...init });
  const isProblem = response.headers.get('Content-Type') === 'application/problem+json';
  const code = isProblem ? (await response.json<{ code: string }>()).code : undefined;
  if (!isProblem) await response.body?.cancel();
  return { status: response.status, code };
}

const refused = (status: number, code: string) => ({ status, code });
const OK = { status: 200, code: undefined };

describe('a cursor that no list has made', () => {
  const base64url = (text: string | Uint8Array) =>
    (typeof text === 'string' ? new TextEncoder().encode(text) : text).toBase64({
      alphabet: 'base64url',
      omitPadding: true,
    });

  const FORGED: Record<string, string> = {
    'no base64url': 'a b!',
    'base64 with padding': 'WzFd==',
    'one character': 'A',
    'bytes that are no UTF-8': base64url(Uint8Array.of(0xff, 0xfe)),
    'no JSON': base64url('[1'),
    null: base64url('null'),
    'a number': base64url('1'),
    'an object': base64url('{"0":"name","length":2}'),
    __proto__: base64url('{"__proto__":[1]}'),
    'an empty list': base64url('[]'),
    'the wrong types': base64url('[{},[]]'),
    'a number that is too large': base64url('[1e400,1e400]'),
    'a number that is not exact': base64url('["newest",9007199254740993,"x"]'),
    'a fraction': base64url('["newest",1.5,"x"]'),
    'too many parts': base64url('["newest",1,"x",2]'),
    'a part that no list has': base64url('["nothing","x"]'),
    SQL: base64url(`["newest","1 OR 1=1","x"]`),
    'lists 50,000 deep': base64url('['.repeat(50_000) + ']'.repeat(50_000)),
    '100 kB': 'A'.repeat(100_000),
  };

  it.each(Object.entries(FORGED))('is refused: %s', async (_, cursor) => {
    for (const path of [
      '/custom-emoji/emojis?',
      '/custom-emoji/emojis?sort=newest&',
      '/custom-emoji/emojis?q=ta&',
      '/custom-emoji/bin?',
      `${EMOJI}/history?`,
      '/task-queue/tasks?',
      '/task-queue/tasks?sort=finished&',
    ]) {
      expect(await answerTo(`${path}cursor=${encodeURIComponent(cursor)}`), path).toEqual(
        refused(422, 'invalid_cursor'),
      );
    }
    for (const move of ['cancel', 'retry']) {
      const path = `/task-queue/tasks/${move}?dry_run=false&cursor=${encodeURIComponent(cursor)}`;
      expect(await answerTo(path, { method: 'POST' }), path).toEqual(refused(422, 'invalid_cursor'));
    }
  });

  it.each([
    ['/custom-emoji/emojis?', ['name', 'a\0b']],
    ['/custom-emoji/emojis?', ['name', '\ud800']],
    ['/custom-emoji/emojis?', ['name', "' OR 1=1 --"]],
    ['/custom-emoji/emojis?', ['name', 'z'.repeat(10_000)]],
    ['/custom-emoji/emojis?sort=newest&', ['newest', -1]],
    ['/custom-emoji/emojis?sort=newest&', ['newest', Number.MAX_SAFE_INTEGER]],
    ['/custom-emoji/bin?', [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
    [`${EMOJI}/history?`, [-5]],
    ['/task-queue/tasks?', ['newest', -1, '\0']],
  ])('finds no more than its list has, where it could be one: %s %j', async (path, position) => {
    const before = await allThatIsKept();
    expect(await answerTo(`${path}cursor=${encodeCursor(position)}`)).toEqual(OK);
    expect(await allThatIsKept()).toEqual(before);
  });
});

describe('a query', () => {
  it.each([
    ['/custom-emoji/emojis?limit=1&limit=2', refused(422, 'invalid_request')],
    ['/custom-emoji/emojis?q=a&q=b', refused(422, 'invalid_request')],
    ['/custom-emoji/emojis?tag=a&tag=b', refused(422, 'invalid_request')],
    ['/custom-emoji/emojis?limit=', refused(422, 'invalid_request')],
    ['/custom-emoji/emojis?limit=1e2', OK],
    ['/custom-emoji/emojis?limit=1e400', refused(422, 'invalid_request')],
    ['/custom-emoji/emojis?limit=NaN', refused(422, 'invalid_request')],
    ['/custom-emoji/emojis?limit=-1', refused(422, 'invalid_request')],
    ['/custom-emoji/emojis?limit=1.5', refused(422, 'invalid_request')],
    ['/custom-emoji/emojis?limit[]=1', OK],
    ['/custom-emoji/emojis?limit[$gt]=1', OK],
    ['/custom-emoji/emojis?a[]=1&a[]=2&a[b][c]=3', OK],
    ['/custom-emoji/emojis?__proto__[limit]=0&constructor[prototype][limit]=0', OK],
    ['/custom-emoji/emojis?__proto__=1', OK],
    ['/custom-emoji/emojis?%', OK],
    ['/custom-emoji/emojis?q=%', OK],
    ['/custom-emoji/emojis?q=%zz', OK],
    ['/custom-emoji/emojis?q=%ff%c0%af', OK],
    ['/custom-emoji/emojis?q=%00', OK],
    ['/custom-emoji/emojis?owner=%00%27%22', OK],
    ['/custom-emoji/emojis?&&&===&;;', OK],
    [`/custom-emoji/emojis?q=${'a'.repeat(100_000)}`, OK],
    [`/custom-emoji/emojis?owner=${'a'.repeat(100_000)}`, OK],
    [`/custom-emoji/emojis?tag=${'%cc%81'.repeat(10_000)}`, OK],
    [`/custom-emoji/emojis?${'x=1&'.repeat(10_000)}`, OK],
    [`/custom-emoji/emojis?${Array.from({ length: 10_000 }, (_, i) => `x${i}=1`).join('&')}`, OK],
    [`/task-queue/tasks?${'state=SUCCESS&'.repeat(10_000)}`, OK],
    [`/task-queue/tasks?${'state=x&'.repeat(10_000)}`, refused(422, 'invalid_request')],
    [`/task-queue/tasks?state=${','.repeat(100_000)}`, OK],
    ['/task-queue/tasks?from=2026-02-30T00:00:00Z', refused(422, 'invalid_request')],
    ['/task-queue/tasks?from=9999-12-31T23:59:59.999999999999Z', OK],
    ['/task-queue/tasks?from=-271821-04-20T00:00:00Z', refused(422, 'invalid_request')],
    ['/task-queue/tasks?reason=%25%5f%5c', OK],
    [`/task-queue/tasks?reason=${'%25'.repeat(200)}`, OK],
    [`/task-queue/tasks?reason=${'a'.repeat(201)}`, refused(422, 'invalid_request')],
    [`/task-queue/tasks?name=${'a'.repeat(100_000)}`, OK],
    ['/task-queue/status', refused(422, 'invalid_request')],
    ['/task-queue/status?task_id=a&task_id=b', refused(422, 'invalid_request')],
    ['/task-queue/status?task_id=__proto__', refused(404, 'task_not_found')],
    ['/task-queue/status?task_id=x&wait=1e9', refused(422, 'invalid_request')],
    ['/task-queue/stats?window=constructor', refused(422, 'invalid_request')],
  ])('is read as what it is, or refused: %s', async (path, expected) => {
    expect(await answerTo(path)).toEqual(expected);
  });
});

describe('a header', () => {
  const LONG = 'x'.repeat(100_000);
  const PATCH = { method: 'PATCH', body: '{"tags":[]}' };
  const type = { 'Content-Type': 'application/json' };
  const picture = { method: 'POST', body: fixture('halves.png') };

  it.each<[string, Record<string, string>, RequestInit, string, object]>([
    ['If-None-Match of 100,000 tags', { 'If-None-Match': '"a",'.repeat(100_000) }, {}, EMOJI, OK],
    ['If-None-Match of nothing', { 'If-None-Match': '' }, {}, EMOJI, OK],
    ['If-None-Match without quotes', { 'If-None-Match': LONG }, {}, `${EMOJI}/info`, OK],
    [
      'If-Match of 100,000 tags',
      { ...type, 'If-Match': '"a",'.repeat(100_000) },
      PATCH,
      EMOJI,
      refused(412, 'emoji_changed'),
    ],
    ['If-Match of nothing', { ...type, 'If-Match': '' }, PATCH, EMOJI, refused(428, 'precondition_required')],
    ['a weak If-Match', { ...type, 'If-Match': 'W/"x"' }, PATCH, EMOJI, refused(412, 'emoji_changed')],
    ['ranges from nowhere', { Range: 'bytes=-0,5-1,99999999999999999999-' }, {}, EMOJI, OK],
    ['10,000 ranges', { Range: `bytes=${'0-1,'.repeat(10_000)}0-1` }, {}, `${EMOJI}/original`, OK],
    ['ranges of what there is not', { Range: 'emoji=1-2' }, {}, EMOJI, OK],
    ['Accept of what there is not', { Accept: 'text/html;q=0.000,*/*;q=0' }, {}, EMOJI, OK],
    ['Accept of 100 kB', { Accept: `${'a/b,'.repeat(25_000)}*/*` }, {}, '/healthz', OK],
    ['Accept-Encoding of 100 kB', { 'Accept-Encoding': LONG }, {}, '/custom-emoji/emojis', OK],
    ['a D1-Bookmark that is none', { 'D1-Bookmark': 'nonsense' }, {}, '/custom-emoji/emojis', OK],
    ['a D1-Bookmark of 100 kB', { 'D1-Bookmark': LONG }, {}, '/custom-emoji/emojis', OK],
    ['a D1-Bookmark of nothing', { 'D1-Bookmark': '' }, {}, '/custom-emoji/emojis', OK],
    [
      'a D1-Bookmark that is a word of the database',
      { 'D1-Bookmark': 'first-primary' },
      {},
      '/custom-emoji/emojis',
      OK,
    ],
    [
      'a D1-Bookmark from the future',
      { 'D1-Bookmark': 'ffffffff-ffffffff-ffffffff-ffffffffffffffffffffffffffffffff' },
      {},
      '/custom-emoji/emojis',
      OK,
    ],
    ['a cookie that is none', { Cookie: 'd1_bookmark=%ff%00; =; ;;; d1_bookmark' }, {}, '/custom-emoji/emojis', OK],
    ['a cookie of 100 kB', { Cookie: `d1_bookmark=${LONG}` }, {}, '/custom-emoji/emojis', OK],
    ['10,000 cookies', { Cookie: 'd1_bookmark=x; '.repeat(10_000) }, {}, '/custom-emoji/emojis', OK],
    [
      'an X-Actor of 101 characters',
      { 'X-Actor': 'a'.repeat(101) },
      { method: 'DELETE' },
      EMOJI,
      refused(422, 'invalid_request'),
    ],
    [
      'an X-Actor that is not ASCII',
      { 'X-Actor': '\u00e9' },
      { method: 'DELETE' },
      EMOJI,
      refused(422, 'invalid_request'),
    ],
    ['an X-Actor of nothing', { 'X-Actor': '' }, { method: 'DELETE' }, EMOJI, refused(422, 'invalid_request')],
    [
      'an Idempotency-Key of 100 kB',
      { 'Content-Type': 'image/png', 'Idempotency-Key': LONG },
      picture,
      '/custom-emoji/emojis?name=x',
      refused(400, 'invalid_idempotency_key'),
    ],
    [
      'an Idempotency-Key of quotes',
      { 'Content-Type': 'image/png', 'Idempotency-Key': '""' },
      picture,
      '/custom-emoji/emojis?name=x',
      refused(400, 'invalid_idempotency_key'),
    ],
    [
      'an Idempotency-Key of 50,000 backslashes',
      { 'Content-Type': 'image/png', 'Idempotency-Key': `"${'\\'.repeat(50_001)}"` },
      picture,
      '/custom-emoji/emojis?name=x',
      refused(400, 'invalid_idempotency_key'),
    ],
    [
      'a Content-Type of 100 kB',
      { 'Content-Type': LONG },
      picture,
      '/custom-emoji/emojis?name=x',
      refused(415, 'unsupported_media_type'),
    ],
    [
      'a Content-Type of spaces',
      { 'Content-Type': `multipart/form-data;${' '.repeat(50_000)}x` },
      picture,
      '/custom-emoji/emojis?name=x',
      refused(400, 'malformed_multipart'),
    ],
    [
      'a Content-Encoding',
      { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      { method: 'POST', body: '{' },
      '/custom-emoji/emojis:batchGet',
      refused(400, 'malformed_json'),
    ],
    [
      'a Last-Event-ID that is no number',
      { 'Last-Event-ID': 'x' },
      {},
      '/task-queue/events',
      refused(422, 'invalid_request'),
    ],
    [
      'a Last-Event-ID that is too large',
      { 'Last-Event-ID': '1e400' },
      {},
      '/task-queue/events',
      refused(422, 'invalid_request'),
    ],
    [
      'a Last-Event-ID below zero',
      { 'Last-Event-ID': '-1' },
      {},
      '/task-queue/events',
      refused(422, 'invalid_request'),
    ],
    ['an X-HTTP-Method-Override', { 'X-HTTP-Method-Override': 'DELETE' }, {}, EMOJI, OK],
    ['an X-Forwarded-Host', { 'X-Forwarded-Host': 'evil.example', 'X-Original-URL': '/metrics' }, {}, EMOJI, OK],
  ])('may say what it likes: %s', async (_, headers, init, path, expected) => {
    const before = await allThatIsKept();
    expect(await answerTo(path, { ...init, headers })).toEqual(expected);
    expect(await allThatIsKept()).toEqual(before);
  });

  it('may be one of ten thousand', async () => {
    const headers = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`X-Header-${i}`, 'x'.repeat(100)]));
    for (const path of [EMOJI, '/custom-emoji/emojis', `/task-queue/tasks/${taskId}`]) {
      expect(await answerTo(path, { headers })).toEqual(OK);
    }
  });

  it.each([
    'If-None-Match',
    'If-Match',
    'X-Actor',
    'Content-Type',
    'Idempotency-Key',
    'D1-Bookmark',
    'Origin',
    'Authorization',
  ])('may come twice: %s', async (name) => {
    const headers = new Headers();
    for (const value of ['one', 'two']) headers.append(name, value);
    const before = await allThatIsKept();
    for (const [path, init] of [
      ['/custom-emoji/emojis', {}],
      [EMOJI, PATCH],
      ['/custom-emoji/emojis/nobody/image', { ...picture, method: 'PUT' }],
    ] as const) {
      const { status } = await answerTo(path, { ...init, headers });
      expect(status, path).toBeLessThan(500);
    }
    expect(await allThatIsKept()).toEqual(before);
  });
});

describe('a method', () => {
  it.each(['PROPFIND', 'OPTIONS', 'QUERY', 'PURGE', 'MKCOL', 'delete'])(
    'is not possible where there is none: %s',
    async (method) => {
      const before = await allThatIsKept();
      for (const path of ['/healthz', '/custom-emoji/images/x.gif', '/task-queue/tasks', '/openapi.json']) {
        const { status, code } = await answerTo(path, { method });
        expect([status, code], path).toEqual([405, 'method_not_allowed']);
      }
      expect(await answerTo('/nowhere', { method })).toEqual(refused(404, 'route_not_found'));
      expect(await allThatIsKept()).toEqual(before);
    },
  );
});
