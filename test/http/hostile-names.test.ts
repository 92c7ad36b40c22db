import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../support/database.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest, upload } from '../support/service.ts';
import { allThatIsKept } from '../support/unharmed.ts';

/** As they stand in an address. */
const NO_NAMES = {
  'a path upwards': '..%2f..%2fhealthz',
  'the same in upper case': '..%2F..%2Fhealthz',
  'a path upwards with backslashes': '..%5c..%5chealthz',
  'a slash': 'a%2fb',
  'two slashes': '%2f%2fevil.example',
  'a path upwards, encoded twice': '%252e%252e%252fhealthz',
  'a percent sign, encoded twice': 'a%2525b',
  NUL: '%00',
  'NUL inside': 'tada%00.png',
  'overlong UTF-8 of a slash': '..%c0%afhealthz',
  'overlong UTF-8 of three bytes': '%e0%80%af',
  'overlong UTF-8 of a letter': '%c1%a1',
  'a lone surrogate in UTF-8': 'a%ed%a0%80b',
  'a byte that is no UTF-8': 'a%ff',
  'UTF-8 that ends early': 'a%e2%82',
  'more than Unicode has': '%f4%90%80%80',
  'no hexadecimal digits': 'a%zz',
  'a percent sign alone': 'a%',
  'a percent sign with one digit': 'a%4',
  'another way to encode': '%u0061',
  'a line end and a header': 'a%0d%0aX-Injected:%201',
  'an escape sequence': '%1b[31mred',
  DEL: 'a%7f',
  'a control character of C1': 'a%c2%85b',
  'a right-to-left override': 'a%e2%80%aegnp',
  'isolates of text direction': '%e2%81%a6a%e2%81%a9b',
  'a zero-width space': 'ta%e2%80%8bda',
  'a zero-width joiner': 'ta%e2%80%8dda',
  'a byte order mark': 'ta%ef%bb%bfda',
  'a soft hyphen': 'ta%c2%adda',
  'a variation selector': 'ta%ef%b8%8fda',
  'a tag character': 'ta%f3%a0%81%a1da',
  'a Hangul filler': '%e3%85%a4',
  '10 kB of a letter': 'a'.repeat(10_000),
  '10 kB of combining marks': `e${'%cc%81'.repeat(1_600)}`,
  '10 kB that NFKC makes longer': '%ef%b7%ba'.repeat(1_100),
  'what objects have': '__proto__',
  'a script': '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
  SQL: "a'%3BDROP%20TABLE%20emojis%3B--",
  'a wild card': '%25',
  'nothing but colons': ':::',
};

const json = (body: unknown) => ({
  headers: { 'If-Match': '*', 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

beforeAll(async () => {
  await migrate();
  await finished((await accepted(await upload('tada', fixture('halves.png')))).task_id);
});

afterAll(resetAtRest);

describe.each(Object.entries(NO_NAMES))('%s', (_, name) => {
  it('is no name: it is refused as one, and finds nothing', async () => {
    const before = await allThatIsKept();
    const picture = { headers: { 'Content-Type': 'image/png' }, body: fixture('halves.png') };
    const emoji = `/custom-emoji/emojis/${name}`;
    const requests: [string, RequestInit, number, RegExp][] = [
      [`/custom-emoji/emojis?name=${name}`, { method: 'POST', ...picture }, 422, /^name_/],
      [emoji, {}, 404, /^(emoji|rendition)_not_found$/],
      [`/custom-emoji/${name}`, {}, 404, /^(emoji|rendition)_not_found$/],
      [`${emoji}.gif`, {}, 404, /^(emoji|rendition)_not_found$/],
      [`${emoji}/info`, {}, 404, /^emoji_not_found$/],
      [`${emoji}/history`, {}, 404, /^emoji_not_found$/],
      [`${emoji}/original`, {}, 404, /^emoji_not_found$/],
      [`${emoji}/image`, { method: 'PUT', ...picture }, 404, /^emoji_not_found$/],
      [`${emoji}/render`, { method: 'POST' }, 404, /^emoji_not_found$/],
      [emoji, { method: 'PATCH', ...json({ tags: [] }) }, 404, /^emoji_not_found$/],
      [emoji, { method: 'DELETE' }, 404, /^emoji_not_found$/],
      [`${emoji}/restore`, { method: 'POST' }, 404, /^emoji_not_found$/],
      [`/custom-emoji/images/${name}`, {}, 404, /^image_not_found$/],
      [`/task-queue/tasks/${name}`, {}, 404, /^task_not_found$/],
      [`/task-queue/tasks/${name}/events`, {}, 404, /^task_not_found$/],
      [`/task-queue/tasks/${name}/cancel`, { method: 'POST' }, 404, /^task_not_found$/],
      [`/task-queue/tasks/${name}/retry`, { method: 'POST' }, 404, /^task_not_found$/],
      [`/task-queue/status?task_id=${name}`, {}, 404, /^task_not_found$/],
    ];
    for (const [path, init, status, code] of requests) {
      const response = await request(path, init);
      const answer = await response.json<{ code: string }>();
      const what = `${init.method ?? 'GET'} ${path.slice(0, 100)}`;
      expect([response.status, response.headers.get('Content-Type')], what).toEqual([
        status,
        'application/problem+json',
      ]);
      expect(answer.code, what).toMatch(code);
      expect(response.headers.has('X-Injected'), what).toBe(false);
    }
    expect(await requestJson(`/task-queue/tasks?name=${name}`)).toEqual({ data: [], next_cursor: null });
    expect(await allThatIsKept()).toEqual(before);
  });
});

describe('a new name, an alias and a tag', () => {
  const written = [...Object.values(NO_NAMES).filter((name) => name.length < 256), '%ed%a0%80'].flatMap((name) => {
    const bytes = Uint8Array.from(
      name.replace(/%([0-9a-f]{2})/gi, (_, byte) => String.fromCharCode(Number.parseInt(byte, 16))),
      (character) => character.charCodeAt(0),
    );
    return [new TextDecoder().decode(bytes)];
  });

  it.each([...written, '\ud800', 'a\udfff', '../../x', 'a\0'])('are by the same rules: %j', async (name) => {
    const before = await allThatIsKept();
    for (const [patch, code] of [
      [{ name }, /^name_/],
      [{ aliases: [name] }, /^name_/],
      [{ tags: [name] }, /^(invalid_tag|name_)/],
    ] as const) {
      const response = await request('/custom-emoji/emojis/tada', { method: 'PATCH', ...json(patch) });
      const answer = await response.json<{ code: string }>();
      expect([response.status, answer.code], JSON.stringify(patch)).toEqual([422, expect.stringMatching(code)]);
    }
    expect(await allThatIsKept()).toEqual(before);
    const looked = await requestJson('/custom-emoji/emojis:batchGet', { method: 'POST', ...json({ names: [name] }) });
    // Compared as JSON, which writes a lone surrogate in ASCII: what tests report in cannot hold one.
    expect(JSON.stringify(looked)).toBe(JSON.stringify({ found: {}, missing: [name] }));
  });
});

describe('a name', () => {
  it.each(['constructor', 'hasownproperty', 'then', 'null', 'undefined', 'true', '0', 'nan', 'con', 'index'])(
    'may be a word that means something elsewhere: %s',
    async (name) => {
      await finished((await accepted(await upload(name, fixture('halves.png')))).task_id);
      expect((await request(`/custom-emoji/${name}`)).status).toBe(200);
      expect(await requestJson(`/custom-emoji/emojis/${name}/info`)).toMatchObject({ name });
      const looked = { method: 'POST', ...json({ names: [name] }) };
      expect(await requestJson('/custom-emoji/emojis:batchGet', looked)).toMatchObject({
        found: { [name]: { name } },
        missing: [],
      });
      expect((await request(`/custom-emoji/emojis/${name}`, { method: 'DELETE' })).status).toBe(200);
    },
  );

  it.each([
    '%63af%C3%A9',
    'caf%c3%a9',
    'CAF%C3%89',
    'cafe%cc%81',
    '%63%61%66%65%CC%81',
    '%3Acaf%c3%a9%3a',
    ' caf%c3%a9%20',
  ])('is one, however it is encoded: %s', async (name) => {
    const uploaded = await request(`/custom-emoji/emojis?name=${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'image/png' },
      body: fixture('halves.png'),
    });
    const { task_id, name: canonical } = await accepted(uploaded);
    await finished(task_id);
    expect(canonical).toBe('caf\u00e9');
    expect((await request(`/custom-emoji/emojis/${name}`)).status).toBe(200);
    expect((await request(`/custom-emoji/emojis/caf%C3%A9`, { method: 'DELETE' })).status).toBe(200);
  });
});
