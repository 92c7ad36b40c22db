import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_UPLOAD_BYTES } from '../../src/domain/upload-size.ts';
import { CACHE } from '../../src/http/cache.ts';
import { readUpload } from '../../src/http/upload.ts';
import { like, YELLOW } from '../support/colours.ts';
import { migrate } from '../support/database.ts';
import { decodeGif, pixelAt } from '../support/gif.ts';
import { expectProblem } from '../support/problems.ts';
import {
  type Accepted,
  accepted,
  finished,
  fixture,
  request,
  requestJson,
  resetAtRest,
  shownGif,
  submitUnsent,
  type TaskStatus,
  upload,
} from '../support/service.ts';
import { must, newOrder } from '../support/tasks.ts';

const picture = fixture('halves.png');

/** An emoji that can be fetched. */
async function ready(name: string): Promise<void> {
  const { task_id } = await accepted(await upload(name, picture));
  expect(await finished(task_id)).toMatchObject({ status: 'SUCCESS', error: null });
}

function post(query: string, headers: Record<string, string>, body: BodyInit): Promise<Response> {
  return request(`/custom-emoji/emojis?${query}`, { method: 'POST', headers, body });
}

beforeEach(migrate);
afterEach(resetAtRest);

describe('POST /custom-emoji/emojis', () => {
  it('answers with the task, the canonical name and where to go on', async () => {
    const response = await upload(':Party-Parrot:', picture);
    expect(response.headers.get('Cache-Control')).toBe(CACHE.none);
    const { task_id, platforms, ...rest } = await accepted(response);
    expect(response.headers.get('Location')).toBe(`/task-queue/tasks/${task_id}`);
    expect(rest).toEqual({
      name: 'party-parrot',
      status: 'PENDING',
      status_url: `/task-queue/status?task_id=${task_id}`,
      emoji_url: '/custom-emoji/emojis/party-parrot',
      duplicates: [],
    });
    // The picture is not made yet: what can be told is the name.
    expect(platforms.filter(({ outcome }) => outcome !== 'works')).toEqual(
      ['discord', 'mastodon', 'misskey', 'gotosocial'].map((platform) => ({
        platform,
        outcome: 'fixable',
        broken: [expect.objectContaining({ rule: 'name_characters', found: '-' })],
        name: 'party_parrot',
      })),
    );
    expect(platforms).toContainEqual({ platform: 'slack', outcome: 'works', broken: [], name: 'party-parrot' });
    await finished(task_id);
  });

  it.each([
    // 200×100: left half red, right half blue, the upper quarter transparent.
    ['fit=cover', 100, { '10,50': [220, 20, 20, 255], '90,50': [20, 20, 220, 255], '10,10': 'clear' }],
    ['fit=stretch', 100, { '10,30': [220, 20, 20, 255], '90,90': [20, 20, 220, 255], '10,10': 'clear' }],
    ['size=64', 64, { '10,40': [220, 20, 20, 255], '10,5': 'clear' }],
    ['background=ff8800', 100, { '10,60': [220, 20, 20, 255], '10,10': [255, 136, 0, 255] }],
    ['background=%23FF8800&matte=000000', 100, { '10,10': [255, 136, 0, 255] }],
  ])('makes the emoji as asked by ?%s', async (query, size, pixels) => {
    const { task_id } = await accepted(await post(`name=a&${query}`, { 'Content-Type': 'image/png' }, picture));
    expect((await finished(task_id)).status).toBe('SUCCESS');
    const gif = decodeGif(await (await request('/custom-emoji/a')).bytes());
    expect(gif).toMatchObject({ width: size, height: size });
    for (const [at, pixel] of Object.entries(pixels)) {
      const [x = 0, y = 0] = at.split(',').map(Number);
      expect(pixelAt(gif, 0, x, y), at).toEqual(pixel);
    }
  });

  it.each(['fit=crop', 'size=0', 'size=257', 'size=1.5', 'background=red', 'matte=12345'])(
    'refuses ?%s',
    async (query) => {
      const response = await post(`name=a&${query}`, { 'Content-Type': 'image/png' }, picture);
      await expectProblem(response, 422, 'invalid_request', query.split('=')[0]);
    },
  );

  it('takes the picture as the raw body too', async () => {
    const { task_id } = await accepted(await post('name=raw', { 'Content-Type': 'image/png' }, picture));
    expect((await finished(task_id)).status).toBe('SUCCESS');
  });

  it('takes the field "file" wherever it is among others, with or without a file name', async () => {
    for (const [name, parts] of Object.entries({
      with_name: ['name="other"\r\n\r\nx', 'name="file"; filename="a.png"\r\nContent-Type: text/html\r\n\r\nPIC'],
      without_name: ['name="file"\r\n\r\nPIC', 'name="file"; filename="second.png"\r\n\r\nnot this one'],
    })) {
      const [before, after] = parts
        .map((part) => `--B\r\nContent-Disposition: form-data; ${part}\r\n`)
        .join('')
        .concat('--B--\r\n')
        .split('PIC');
      const body = new Blob([before ?? '', picture, after ?? '']);
      const { task_id } = await accepted(
        await post(`name=${name}`, { 'Content-Type': 'multipart/form-data; boundary=B' }, body),
      );
      expect((await finished(task_id)).status, name).toBe('SUCCESS');
    }
  });

  it.each([
    '日本.png',
    'кот.png',
    '😀.png',
    '“quoted”.png',
    'e\u0301cran.png',
    'Screenshot at 3.04.05\u202fPM.png',
    'a\\"b;c.png',
    '',
  ])('takes a file called %j', async (filename) => {
    const body = new Blob([
      `--B\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: image/png\r\n\r\n`,
      picture,
      '\r\n--B--\r\n',
    ]);
    const { task_id } = await accepted(
      await post('name=a', { 'Content-Type': 'multipart/form-data; boundary=B' }, body),
    );
    expect((await finished(task_id)).status).toBe('SUCCESS');
  });

  it('reads a multipart body whatever its chunks, before and after other fields, and with an epilogue', async () => {
    const part = (name: string, content: string) =>
      `--BOUND\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`;
    const content = 'PIC\r\n--BOUN\r\n\r\n-';
    const body = `a preamble\r\n${part('a', 'x')}${part('file', content)}${part('b', 'y')}--BOUND--\r\nan epilogue\r\n`;
    const whole = new TextEncoder().encode(body);
    for (let at = 0; at <= whole.length; at++) {
      const stream = new ReadableStream({
        type: 'bytes',
        start(controller) {
          for (const chunk of [whole.slice(0, at), whole.slice(at)]) if (chunk.length > 0) controller.enqueue(chunk);
          controller.close();
        },
      });
      const headers = { 'Content-Type': 'multipart/form-data; boundary=BOUND;' };
      const upload = new Request('https://emoji.example', { method: 'POST', headers, body: stream });
      let read = '';
      for await (const chunk of readUpload(upload).picture) read += new TextDecoder().decode(chunk);
      expect(read, `split at ${at}`).toBe(content);
    }
  });

  it.each(['image/png', 'multipart/form-data; boundary=B'])(
    'is cut off when nothing comes for 30 seconds',
    async (type) => {
      const { readable, writable } = new IdentityTransformStream();
      const start = type === 'image/png' ? 'PIC' : '--B\r\nContent-Disposition: form-data; name="file"\r\n\r\nPIC';
      const init = { method: 'POST', headers: { 'Content-Type': type }, body: readable };
      const request = new Request('https://emoji.example', init);
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
      try {
        const reading = (async () => {
          for await (const _ of readUpload(request).picture);
        })();
        const refused = expect(reading).rejects.toMatchObject({ code: 'upload_stalled' });
        await writable.getWriter().write(new TextEncoder().encode(start));
        await vi.advanceTimersByTimeAsync(29_000);
        await vi.advanceTimersByTimeAsync(31_000);
        await refused;
      } finally {
        vi.useRealTimers();
      }
    },
  );

  it.each([
    ['name=a%20b', 422, 'name_bad_character', 'U+0020'],
    ['name=', 422, 'name_empty', '1 to 64'],
    [`name=${'x'.repeat(65)}`, 422, 'name_too_long', '65 characters; the limit is 64'],
    ['name=-x', 422, 'name_bad_start', 'letter or a digit'],
    ['nam=x', 422, 'invalid_request', 'name=party_parrot'],
  ])('refuses ?%s', async (query, status, code, detail) => {
    await expectProblem(await post(query, { 'Content-Type': 'image/png' }, picture), status, code, detail);
  });

  it('refuses a name in use, whatever the case', async () => {
    await accepted(await upload('tada', picture));
    await expectProblem(await upload('TADA', picture), 409, 'name_taken', '"tada" is in use');
  });

  it('lets one of many uploads at once have the name', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => upload('tada', picture)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(7).fill(409)]);
  });

  it('refuses what is no picture upload', async () => {
    const multipart = { 'Content-Type': 'multipart/form-data; boundary=B' };
    const part = '--B\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc';
    await expectProblem(
      await post('name=a', { 'Content-Type': 'text/plain' }, 'x'),
      415,
      'unsupported_media_type',
      'text/plain',
    );
    await expectProblem(await post('name=a', {}, new Uint8Array(3)), 415, 'unsupported_media_type', 'no stated type');
    await expectProblem(
      await post('name=a', multipart, `${part.replace('file', 'fiel')}\r\n--B--\r\n`),
      422,
      'file_missing',
      '"file"',
    );
    await expectProblem(await post('name=a', multipart, part), 400, 'malformed_multipart', 'unexpected end');
    await expectProblem(
      await post('name=a', { 'Content-Type': 'multipart/form-data' }, part),
      400,
      'malformed_multipart',
      'Boundary',
    );
    await expectProblem(await post('name=a', multipart, ''), 400, 'malformed_multipart', 'Unexpected end');
    await expectProblem(
      await post('name=a', multipart, part.slice(0, 20)),
      400,
      'malformed_multipart',
      'Unexpected end',
    );
    await expectProblem(await post('name=a', { 'Content-Type': 'image/png' }, ''), 422, 'empty_file', '0 bytes');
    await expectProblem(await upload('a', new Uint8Array(0)), 422, 'empty_file', '0 bytes');
    // None of them took the name.
    await accepted(await upload('a', picture));
  });

  it('refuses more than 50 MB, and then keeps nothing', async () => {
    const tooMuch = new Uint8Array(MAX_UPLOAD_BYTES + 1);
    const stream = (): ReadableStream => new Blob([tooMuch]).stream();
    await expectProblem(
      await post('name=a', { 'Content-Type': 'image/png' }, tooMuch),
      413,
      'file_too_large',
      '52,428,801',
    );
    // With no Content-Length to tell.
    await expectProblem(
      await post('name=a', { 'Content-Type': 'image/png' }, stream()),
      413,
      'file_too_large',
      '52,428,800',
    );
    await expectProblem(await upload('a', tooMuch), 413, 'file_too_large', '52,428,800');
    expect((await env.PICTURES.list()).objects).toEqual([]);
    await accepted(await upload('a', picture));
  });
});

describe('PUT /custom-emoji/emojis/{name}/image', () => {
  const other = fixture('moving-square.gif');
  const put = (name: string, body: BodyInit, headers: Record<string, string> = { 'Content-Type': 'image/gif' }) =>
    request(`/custom-emoji/emojis/${name}/image`, { method: 'PUT', headers, body });
  const etag = async () => (await request('/custom-emoji/tada')).headers.get('ETag');

  it('replaces the picture', async () => {
    await ready('tada');
    const { hash } = await shownGif('tada');
    const response = await put(':TADA:', other);
    const { task_id, platforms, ...rest } = await accepted(response);
    expect(response.headers.get('Location')).toBe(`/task-queue/tasks/${task_id}`);
    expect(platforms.filter(({ outcome }) => outcome !== 'works')).toMatchObject([
      { platform: 'slack', broken: [{ rule: 'name_reserved', found: 'tada' }], name: 'tada_2' },
      { platform: 'mattermost', broken: [{ rule: 'name_reserved', found: 'tada' }], name: 'tada_2' },
    ]);
    expect(rest).toEqual({
      name: 'tada',
      status: 'PENDING',
      status_url: `/task-queue/status?task_id=${task_id}`,
      emoji_url: '/custom-emoji/emojis/tada',
      duplicates: [],
    });
    expect(await finished(task_id)).toMatchObject({ status: 'SUCCESS', kind: 'replace', emoji_name: 'tada' });
    const shown = await shownGif('tada');
    expect(shown.hash).not.toBe(hash);
    expect(shown.frames).toHaveLength(3);
    // As asked for, and as a form too.
    const body = new FormData();
    body.append('file', new Blob([other]), 'picture');
    const form = await request('/custom-emoji/emojis/tada/image?size=64', { method: 'PUT', body });
    await finished((await accepted(form)).task_id);
    expect(await shownGif('tada')).toMatchObject({ width: 64, height: 64 });
  });

  it('serves the picture of before until the new one is ready, and when it never is', async () => {
    await ready('tada');
    const before = await etag();
    const { id: emojiId } = await env.DB.prepare('SELECT id FROM emojis').first<{ id: string }>().then(must);
    const order = newOrder({ kind: 'replace', emojiId, version: 2 });
    await submitUnsent(order);
    expect(await etag()).toBe(before);
    await request(`/task-queue/tasks/${order.id}/cancel`, { method: 'POST' });
    expect(await etag()).toBe(before);
    const { task_id } = await accepted(await put('tada', other.slice(0, 30)));
    expect(await finished(task_id)).toMatchObject({ status: 'FAILURE', kind: 'replace' });
    expect(await etag()).toBe(before);
  });

  it('lets the upload win that came last, of many at once', async () => {
    await ready('tada');
    const uploads: Accepted[] = [];
    for (const picture of [other, fixture('quadrants.webp'), other, fixture('quadrants.bmp')]) {
      uploads.push(await accepted(await put('tada', picture)));
    }
    for (const { task_id } of uploads) expect(await finished(task_id)).toMatchObject({ status: 'SUCCESS' });
    const gif = decodeGif(await (await request('/custom-emoji/tada')).bytes());
    // The last one is a still, of four colours.
    expect(gif.frames).toHaveLength(1);
    expect(pixelAt(gif, 0, 75, 75)).toEqual(like(YELLOW));
  });

  it('refuses a name that nobody has, or whose first picture is not ready, and what is no picture upload', async () => {
    await expectProblem(await put('nobody', other), 404, 'emoji_not_found', 'nobody');
    const order = newOrder({ emojiName: 'soon' });
    await submitUnsent(order);
    await expectProblem(await put('soon', other), 409, 'emoji_not_ready', 'Wait for its task');
    await request(`/task-queue/tasks/${order.id}/cancel`, { method: 'POST' });
    await ready('tada');
    await expectProblem(await put('tada', ''), 422, 'empty_file', '0 bytes');
    await expectProblem(await put('tada', 'x', { 'Content-Type': 'text/plain' }), 415, 'unsupported_media_type');
    const response = await request('/custom-emoji/emojis/tada/image');
    await expectProblem(response, 405, 'method_not_allowed');
    expect(response.headers.get('Allow')).toBe('PUT');
  });
});

describe('an Idempotency-Key', () => {
  const image = { 'Content-Type': 'image/png' };
  const keyed = (key: string, query = 'name=tada', body: BodyInit = picture, headers: Record<string, string> = image) =>
    post(query, { ...headers, 'Idempotency-Key': key }, body);
  const tasks = () => env.DB.prepare('SELECT COUNT(*) AS n FROM tasks').first('n');

  it('has the same request answered with the same task, before and after its end, and said so', async () => {
    const answer = await keyed('k');
    expect(answer.headers.get('Idempotent-Replayed')).toBeNull();
    const first = await accepted(answer);
    expect(await accepted(await keyed('k'))).toEqual(first);
    await finished(first.task_id);
    const response = await keyed('k');
    expect(await accepted(response)).toEqual(first);
    expect(response.headers.get('Location')).toBe(`/task-queue/tasks/${first.task_id}`);
    expect(response.headers.get('Idempotent-Replayed')).toBe('true');
    expect(await tasks()).toBe(1);
  });

  it('is the same with quotes, as the draft has it, and without, as most clients send it', async () => {
    const first = await accepted(await keyed('"a-key"'));
    expect(await accepted(await keyed('a-key'))).toEqual(first);
    const escaped = await accepted(await keyed('"b\\"\\\\"', 'name=other'));
    expect(await accepted(await keyed('b"\\', 'name=other'))).toEqual(escaped);
  });

  it('goes by the picture, not by the boundary that a browser draws anew', async () => {
    const form = (boundary: string) => ({
      headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
      body: new Blob([
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n`,
        picture,
        `\r\n--${boundary}--\r\n`,
      ]),
    });
    const [a, b] = [form('A'), form('OTHER')];
    const first = await accepted(await keyed('k', 'name=tada', a.body, a.headers));
    expect(await accepted(await keyed('k', 'name=tada', b.body, b.headers))).toEqual(first);
  });

  it('refuses another request under it: other picture, name, rendering or method', async () => {
    await finished((await accepted(await keyed('k'))).task_id);
    const reused = [422, 'idempotency_key_reused', '"k" was used for another request'] as const;
    await expectProblem(await keyed('k', 'name=tada', fixture('quadrants.webp')), ...reused);
    await expectProblem(await keyed('k', 'name=other'), ...reused);
    await expectProblem(await keyed('k', 'name=tada&size=64'), ...reused);
    const headers = { ...image, 'Idempotency-Key': 'k' };
    const put = await request('/custom-emoji/emojis/tada/image', { method: 'PUT', headers, body: picture });
    await expectProblem(put, ...reused);
    expect(await tasks()).toBe(1);
  });

  it('refuses the same request while the first one is carried out', async () => {
    await env.DB.prepare("INSERT INTO idempotency_keys VALUES (char(10) || 'k', 'under way', NULL, ?)")
      .bind(Date.now())
      .run();
    await expectProblem(await keyed('k'), 409, 'idempotency_key_in_use', 'is being carried out');
  });

  it('has one of many at once carried out, and the others answered alike or told to come again', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => keyed('k')));
    const ids = new Set<string>();
    for (const answer of answers) {
      if (answer.status === 202) ids.add((await accepted(answer)).task_id);
      else await expectProblem(answer, 409, 'idempotency_key_in_use');
    }
    expect(ids.size).toBe(1);
    expect(ids).toContain((await accepted(await keyed('k'))).task_id);
    expect(await tasks()).toBe(1);
  });

  it('is free again when the request was refused', async () => {
    await ready('taken');
    await expectProblem(await keyed('k', 'name=taken'), 409, 'name_taken');
    await expectProblem(await keyed('k', 'name=tada', ''), 422, 'empty_file');
    await accepted(await keyed('k'));
  });

  it('works for a replacement too: sent twice, it is made once', async () => {
    await ready('tada');
    const headers = { ...image, 'Idempotency-Key': 'k' };
    const put = () => request('/custom-emoji/emojis/tada/image', { method: 'PUT', headers, body: picture });
    const first = await accepted(await put());
    expect(await accepted(await put())).toEqual(first);
    expect(await tasks()).toBe(2);
    expect(await env.DB.prepare('SELECT latest_version FROM emojis').first('latest_version')).toBe(2);
  });

  it.each([
    ['too long', 'k'.repeat(256), '256 characters'],
    ['empty', '""', '0 characters'],
    ['not ASCII', 'cl\u00e9', 'printable ASCII'],
  ])('that is %s is refused', async (_, key, detail) => {
    await expectProblem(await keyed(key), 400, 'invalid_idempotency_key', detail);
    expect(await tasks()).toBe(0);
  });

  it('may have 255 characters', async () => {
    await accepted(await keyed('k'.repeat(255)));
  });
});

describe('GET /custom-emoji/emojis/{name}', () => {
  it.each(['/custom-emoji/emojis/tada', '/custom-emoji/tada', '/custom-emoji/emojis/%3ATADA%3A'])(
    'serves the picture at %s',
    async (path) => {
      await ready('tada');
      const response = await request(path);
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'image/gif',
        'cache-control': CACHE.namedPicture,
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
        'x-content-type-options': 'nosniff',
      });
      const gif = await response.bytes();
      expect(response.headers.get('Content-Length')).toBe(String(gif.byteLength));
      expect(decodeGif(gif)).toMatchObject({ width: 100, height: 100 });
    },
  );

  it('answers HEAD as GET, without the picture', async () => {
    await ready('tada');
    const [head, get] = await Promise.all(
      ['HEAD', 'GET'].map((method) => request('/custom-emoji/emojis/tada', { method })),
    );
    expect(Object.fromEntries(head?.headers ?? [])).toEqual(Object.fromEntries(get?.headers ?? []));
    expect((await head?.bytes())?.byteLength).toBe(0);
  });

  it.each([
    ['a%2Bb', 200],
    ['a+b', 200],
    ['a%2fb', 404],
    ['%', 404],
    ['%ff', 404],
    ['a%00b', 404],
  ])('answers the name %s with %i', async (name, status) => {
    await ready('a+b');
    expect((await request(`/custom-emoji/emojis/${name}`)).status).toBe(status);
  });

  it('answers 304 to whoever has it', async () => {
    await ready('tada');
    const etag = (await request('/custom-emoji/emojis/tada')).headers.get('ETag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
    for (const have of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await request('/custom-emoji/emojis/tada', { headers: { 'If-None-Match': have } });
      expect(response.status, have).toBe(304);
      expect(response.headers.get('ETag')).toBe(etag);
      expect(response.headers.get('Cache-Control')).toBe(CACHE.namedPicture);
    }
    const head = await request('/custom-emoji/emojis/tada', { method: 'HEAD', headers: { 'If-None-Match': etag } });
    expect(head.status).toBe(304);
    const other = await request('/custom-emoji/emojis/tada', { headers: { 'If-None-Match': '"other"' } });
    expect(other.status).toBe(200);
  });

  it('knows nothing of a name that nobody has, that cannot be, or whose picture failed', async () => {
    const { task_id } = await accepted(await upload('broken', new TextEncoder().encode('this is no picture')));
    expect(await finished(task_id)).toMatchObject({ status: 'FAILURE' });
    for (const name of ['nobody', 'a%20b', 'broken']) {
      await expectProblem(await request(`/custom-emoji/emojis/${name}`), 404, 'emoji_not_found', 'no emoji called');
    }
  });

  it('reaches an emoji called "emojis" by the long address', async () => {
    await ready('emojis');
    expect((await request('/custom-emoji/emojis/emojis')).headers.get('Content-Type')).toBe('image/gif');
    expect((await request('/custom-emoji/emojis')).headers.get('Content-Type')).toBe('application/json');
  });

  it('frees the name when the task fails', async () => {
    const { task_id } = await accepted(await upload('tada', new TextEncoder().encode('this is no picture')));
    const { error } = await finished(task_id);
    expect(error).toMatchObject({ code: 'unsupported_format' });
    expect(error?.remedy).not.toBe('');
    await ready('tada');
  });
});

it('follows a task to its end by its status', async () => {
  const { task_id } = await accepted(await upload('tada', picture));
  const status = await requestJson<TaskStatus>(`/task-queue/status?task_id=${task_id}`);
  expect(status.id).toBe(task_id);
  expect(['PENDING', 'STARTED', 'SUCCESS']).toContain(status.status);
  await finished(task_id);
});
