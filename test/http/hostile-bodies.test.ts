import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../support/database.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest, upload } from '../support/service.ts';
import { allThatIsKept } from '../support/unharmed.ts';

/** Whatever is wrong with a request, its answer is no larger than this. */
const LONGEST_ANSWER = 20_000;

beforeAll(async () => {
  await migrate();
  await finished((await accepted(await upload('tada', fixture('halves.png')))).task_id);
});

afterAll(resetAtRest);

async function expectRefused(response: Response, status: number, code: string): Promise<void> {
  const body = await response.text();
  expect([response.status, JSON.parse(body).code], body.slice(0, 500)).toEqual([status, code]);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(body.length).toBeLessThan(LONGEST_ANSWER);
}

const text = (written: string) => new TextEncoder().encode(written);

function joined(...parts: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...(typeof part === 'string' ? text(part) : part)]));
}

describe('a form', () => {
  let used = 0;
  const picture = fixture('halves.png');
  const part = (disposition: string, content: Uint8Array | string = picture, more = '') =>
    joined(`--b\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n`, content, '\r\n');
  const END = '--b--\r\n';
  const file = part('name="file"; filename="a.png"');

  const send = (name: string, body: Uint8Array<ArrayBuffer> | string, type = 'multipart/form-data; boundary=b') =>
    request(`/custom-emoji/emojis?name=${name}`, { method: 'POST', headers: { 'Content-Type': type }, body });

  const BAD: Record<string, [body: Uint8Array<ArrayBuffer>, status: number, code: string, type?: string]> = {
    'no boundary': [joined(file, END), 400, 'malformed_multipart', 'multipart/form-data'],
    'an empty boundary': [joined(file, END), 400, 'malformed_multipart', 'multipart/form-data; boundary='],
    'another boundary': [joined(file, END), 400, 'malformed_multipart', 'multipart/form-data; boundary=c'],
    'a boundary of 10 kB': [
      joined(file, END),
      400,
      'malformed_multipart',
      `multipart/form-data; boundary=${'b'.repeat(10_000)}`,
    ],
    'no body': [joined(), 400, 'malformed_multipart'],
    'no end': [file, 400, 'malformed_multipart'],
    'an end in the middle of a header': [joined('--b\r\nContent-Dispo'), 400, 'malformed_multipart'],
    'nothing but its end': [joined(END), 422, 'file_missing'],
    'no field "file"': [joined(part('name="picture"; filename="a.png"'), END), 422, 'file_missing'],
    'a field of no name': [joined(part('filename="a.png"'), END), 422, 'file_missing'],
    'a part with no headers': [joined('--b\r\n\r\n', picture, '\r\n', END), 422, 'file_missing'],
    'an empty file': [joined(part('name="file"; filename="a.png"', ''), END), 422, 'empty_file'],
    'a field called __proto__': [joined(part('name="__proto__"'), END), 422, 'file_missing'],
    'a name of a field that is 1 MB': [joined(part(`name="${'x'.repeat(1_000_000)}"`), END), 422, 'file_missing'],
    '100 parts and then the picture': [
      joined(...Array.from({ length: 100 }, () => part('name="x"', '')), file, END),
      400,
      'malformed_multipart',
    ],
    'ten thousand parts': [
      joined(
        ...Array.from({ length: 10_000 }, () => '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n'),
        END,
      ),
      400,
      'malformed_multipart',
    ],
    'a form in it': [
      joined(
        '--b\r\nContent-Disposition: form-data; name="files"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n',
        '--c\r\nContent-Disposition: file; name="file"; filename="a.png"\r\n\r\n',
        picture,
        '\r\n--c--\r\n',
        END,
      ),
      422,
      'file_missing',
    ],
  };

  it.each(Object.entries(BAD))('is refused with %s', async (_, [body, status, code, type]) => {
    const before = await allThatIsKept();
    await expectRefused(await send(`bad${++used}`, body, type), status, code);
    const replacing = { method: 'PUT', headers: { 'Content-Type': type ?? 'multipart/form-data; boundary=b' }, body };
    await expectRefused(await request('/custom-emoji/emojis/tada/image', replacing), status, code);
    expect(await allThatIsKept()).toEqual(before);
  });

  const GOOD: Record<string, Uint8Array<ArrayBuffer>> = {
    'two files: the first one counts': joined(file, part('name="file"; filename="b.png"', 'no picture'), END),
    'other fields': joined(part('name="x"', 'y'), file, part('name="constructor"', 'z'), END),
    'a path for a file name': joined(part('name="file"; filename="../../etc/passwd"'), END),
    'an absolute path for a file name': joined(part('name="file"; filename="C:\\\\windows\\\\a.png"'), END),
    'control characters in a file name': joined(part('name="file"; filename="a\0\x1b[31m.png"'), END),
    'a file name that is no UTF-8': joined(
      '--b\r\nContent-Disposition: form-data; name="file"; filename="',
      Uint8Array.of(0xff, 0xc0),
      '"\r\n\r\n',
      picture,
      '\r\n',
      END,
    ),
    'a file name encoded twice': joined(part('name="file"; filename="a"; filename*=UTF-8\'\'%2e%2e%2fa%00'), END),
    'an encoding of the file name that there is not': joined(part('name="file"; filename*=x-none\'\'%ff'), END),
    'another type for the picture': joined(
      part('name="file"; filename="a.html"', picture, 'Content-Type: text/html\r\n'),
      END,
    ),
    '99 parts before it': joined(...Array.from({ length: 99 }, () => part('name="x"', '')), file, END),
    'headers of a part that are 1 MB': joined(
      part('name="file"', picture, `X-Long: ${'x'.repeat(1_000_000)}\r\n`),
      END,
    ),
    'ten thousand headers of a part': joined(part('name="file"', picture, 'X: y\r\n'.repeat(10_000)), END),
    'text before and after it': joined('before\r\n', file, END, 'after'),
  };

  it.each(Object.entries(GOOD))('is taken with %s', async (_, body) => {
    const { task_id, name } = await accepted(await send('good', body));
    expect((await finished(task_id)).status).toBe('SUCCESS');
    const original = await request(`/custom-emoji/emojis/${name}/original`);
    expect(original.headers.get('Content-Disposition')).toBe(
      `attachment; filename="good.png"; filename*=UTF-8''good.png`,
    );
    expect(await original.bytes()).toEqual(picture);
    expect((await request(`/custom-emoji/emojis/${name}`, { method: 'DELETE' })).status).toBe(200);
  });
});

describe('JSON', () => {
  const headers = { 'If-Match': '*', 'Content-Type': 'application/json' };
  const patch = (body: string | Uint8Array<ArrayBuffer>) =>
    request('/custom-emoji/emojis/tada', { method: 'PATCH', headers, body });
  const lookUp = (body: string | Uint8Array<ArrayBuffer>) =>
    request('/custom-emoji/emojis:batchGet', { method: 'POST', headers, body });
  const many = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i)).join(',');

  /** @param size of what is too much */
  const bombs = (size: number): Record<string, string> => {
    const [deep, long, digits] = ['['.repeat(size) + ']'.repeat(size), 'a'.repeat(size), '9'.repeat(size)];
    return {
      'deep lists': deep,
      'deep objects': `${'{"name":'.repeat(size / 8)}1${'}'.repeat(size / 8)}`,
      'deep names': `{"names":${deep},"name":1}`,
      'many keys': `{${many(size / 10, (i) => `"k${i}":${i}`)}}`,
      'many names': `{"names":[${many(size / 8, () => '"a"')}],"aliases":[${many(size / 8, () => '"a"')}]}`,
      'many wrong names': `{"names":[${many(size / 4, () => '1')}],"aliases":[${many(size / 4, () => '1')}]}`,
      'a long key': `{"${long}":1}`,
      'a long text': `{"names":["${long}"],"name":"${long}"}`,
      'a long number': `{"names":${digits},"name":${digits}}`,
    };
  };

  const WRONG: Record<string, string> = {
    ...bombs(30_000),
    'a number that is too large': '{"names":1e400,"name":1e400}',
    'a key __proto__': '{"__proto__":{"names":["a"]},"name":1}',
    'a key constructor': '{"constructor":{"prototype":{"names":["a"]}},"name":1}',
    'one key twice': '{"names":["a"],"names":1,"name":"a","name":1}',
    null: 'null',
    'a text': '"names"',
  };

  const BROKEN: Record<string, string | Uint8Array<ArrayBuffer>> = {
    nothing: '',
    NaN: 'NaN',
    'a comment': '{"names":[]/**/}',
    'no end': '{"names":["a"',
    'two of it': '{"names":["a"]}{"name":"a"}',
    NUL: '\0',
    'UTF-16': new Uint8Array(new Uint16Array([...'{"names":["a"]}'].map((c) => c.charCodeAt(0))).buffer),
  };

  const BAD = [
    ...Object.entries(bombs(1_000_000)).map(([what, body]) => {
      return { what: `far too ${what.replace(/^a /, '')}`, body, status: 413, code: 'body_too_large' };
    }),
    ...Object.entries(WRONG).map(([what, body]) => ({ what, body, status: 422, code: 'invalid_request' })),
    ...Object.entries(BROKEN).map(([what, body]) => ({ what, body, status: 400, code: 'malformed_json' })),
  ];

  it.each(BAD)('is refused with $what', async ({ body, status, code }) => {
    const before = await allThatIsKept();
    await expectRefused(await lookUp(body), status, code);
    await expectRefused(await patch(body), status, code);
    expect(await allThatIsKept()).toEqual(before);
    expect(({} as Record<string, unknown>).names).toBeUndefined();
  });

  it.each([
    'text/plain',
    'application/xml',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
    '',
  ])('is refused as %j', async (type) => {
    for (const [method, path] of [
      ['POST', ':batchGet'],
      ['PATCH', '/tada'],
    ]) {
      const response = await request(`/custom-emoji/emojis${path}`, {
        method,
        headers: { 'If-Match': '*', 'Content-Type': type },
        body: text('{"names":["a"]}'),
      });
      await expectRefused(response, 415, 'unsupported_media_type');
    }
  });

  it.each([
    'a\0b',
    '\u202e\u2066\u200b',
    '\u001b[31m',
    '<script>alert(1)</script>',
    '{{7*7}}',
    "'; DROP TABLE emojis; --",
    '\ufffe\uffff',
  ])('is kept as it is where text is free: %j', async (description) => {
    expect((await patch(JSON.stringify({ description, category: description }))).status).toBe(200);
    expect(await requestJson('/custom-emoji/emojis/tada/info')).toMatchObject({ description, category: description });
  });

  it('has lone surrogates replaced, which UTF-8 has none of', async () => {
    expect((await patch('{"description":"a\\ud800b"}')).status).toBe(200);
    const { description } = await requestJson<{ description: string }>('/custom-emoji/emojis/tada/info');
    expect(description).toBe('a\ufffdb');
  });
});
