import { env } from 'cloudflare:workers';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { CACHE } from '../../src/http/cache.ts';
import { migrate } from '../support/database.ts';
import { decodeGif, pixelAt } from '../support/gif.ts';
import { expectProblem } from '../support/problems.ts';
import {
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

type WithDuplicates<Answer> = Answer & { duplicates: string[] };

const animation = fixture('moving-square.gif');
const still = fixture('halves.png');

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const etagOf = async (path: string) => (await request(path, { method: 'HEAD' })).headers.get('ETag');

/** Uploads a picture and waits for its emoji. @returns what the upload answered */
async function ready(name: string, picture: Uint8Array, query = '') {
  const answer = await request(`/custom-emoji/emojis?name=${encodeURIComponent(name)}${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: new Uint8Array(picture),
  });
  const told = (await accepted(answer)) as WithDuplicates<Awaited<ReturnType<typeof accepted>>>;
  expect(await finished(told.task_id)).toMatchObject({ status: 'SUCCESS', error: null });
  return told;
}

/** Uploads another picture for an emoji and waits for it. */
async function replaced(name: string, picture: Uint8Array): Promise<void> {
  const answer = await request(`/custom-emoji/emojis/${name}/image`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: new Uint8Array(picture),
  });
  expect(await finished((await accepted(answer)).task_id)).toMatchObject({ status: 'SUCCESS' });
}

const render = (name: string, query = '', headers: Record<string, string> = {}) =>
  request(`/custom-emoji/emojis/${name}/render${query}`, { method: 'POST', headers });

async function rendered(name: string, query = ''): Promise<TaskStatus> {
  const response = await render(name, query);
  const { task_id } = await accepted(response);
  expect(response.headers.get('Location')).toBe(`/task-queue/tasks/${task_id}`);
  return finished(task_id);
}

/** HEAD has the same headers as GET, and whoever has the ETag is told so. */
async function expectConditional(path: string, get: Response): Promise<void> {
  const head = await request(path, { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
  expect((await head.bytes()).byteLength).toBe(0);
  const etag = must(get.headers.get('ETag'));
  for (const have of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const unchanged = await request(path, { headers: { 'If-None-Match': have } });
    expect(unchanged.status, have).toBe(304);
    expect(unchanged.headers.get('ETag')).toBe(etag);
    expect(unchanged.headers.get('Cache-Control')).toBe(get.headers.get('Cache-Control'));
    expect((await unchanged.bytes()).byteLength).toBe(0);
  }
  expect((await request(path, { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
}

/** Width and height of a PNG (third edition, section 11.2.1). */
function sizeOfPng(bytes: Uint8Array): number[] {
  expect(bytes.subarray(0, 8)).toEqual(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

beforeEach(migrate);
afterEach(resetAtRest);

describe('the pictures of an emoji', () => {
  it('are its animation in three sizes, and a still', async () => {
    await ready('tada', animation);
    const seen: Record<string, unknown> = {};
    for (const suffix of ['', '.gif', '@64.gif', '@128.gif', '.png']) {
      for (const prefix of ['/custom-emoji/emojis/', '/custom-emoji/']) {
        const path = `${prefix}tada${suffix}`;
        const response = await request(path);
        expect(response.status, path).toBe(200);
        const type = suffix === '.png' ? 'png' : 'gif';
        const headers = Object.fromEntries(response.headers);
        const bytes = await response.bytes();
        expect(headers, path).toMatchObject({
          'content-type': `image/${type}`,
          'content-length': String(bytes.byteLength),
          'cache-control': CACHE.namedPicture,
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
          'x-content-type-options': 'nosniff',
          etag: `"${hashOf(bytes)}"`,
        });
        if (type === 'png') expect(sizeOfPng(bytes)).toEqual([100, 100]);
        else {
          const { width, height, plays, frames } = decodeGif(bytes);
          seen[suffix] = [width, height, plays, frames.map(({ delay }) => delay)];
        }
      }
    }
    const delays = [50, 120, 200];
    expect(seen).toEqual({
      '': [100, 100, 2, delays],
      '.gif': [100, 100, 2, delays],
      '@64.gif': [64, 64, 2, delays],
      '@128.gif': [128, 128, 2, delays],
    });
    expect(await etagOf('/custom-emoji/tada.gif')).toBe(await etagOf('/custom-emoji/tada'));
    for (const form of ['.gif', '@64.gif', '@128.gif', '.png']) {
      await expectConditional(`/custom-emoji/emojis/tada${form}`, await request(`/custom-emoji/emojis/tada${form}`));
    }
  });

  it('are found by the name as anybody writes it', async () => {
    await ready('日本+1', still);
    for (const path of ['/custom-emoji/%E6%97%A5%E6%9C%AC%2B1.png', '/custom-emoji/emojis/:日本+1:@64.gif']) {
      expect((await request(path)).status, path).toBe(200);
    }
  });

  it('are one file where the emoji has the size of one of them', async () => {
    await ready('tada', animation, '&size=64');
    expect(await etagOf('/custom-emoji/tada@64.gif')).toBe(await etagOf('/custom-emoji/tada'));
    expect(sizeOfPng(await (await request('/custom-emoji/tada.png')).bytes())).toEqual([64, 64]);
    expect((await env.PICTURES.list({ prefix: 'images/' })).objects).toHaveLength(3);
  });

  it('are all kept in storage, and told by the task', async () => {
    await ready('tada', animation);
    const keys = async () => (await env.PICTURES.list({ prefix: 'images/' })).objects.map(({ key }) => key).sort();
    const paths = ['', '@64.gif', '@128.gif', '.png'].map((suffix) => `/custom-emoji/tada${suffix}`);
    const expected = await Promise.all(
      paths.map(async (path) => `images/${(await etagOf(path))?.slice(1, -1)}.${path.endsWith('png') ? 'png' : 'gif'}`),
    );
    expect(await keys()).toEqual(expected.sort());
    const task = await env.DB.prepare("SELECT image -> '$.renditions' AS renditions FROM tasks").first<{
      renditions: string;
    }>();
    expect(Object.keys(JSON.parse(must(task).renditions)).sort()).toEqual(['gif128', 'gif64', 'png']);
  });

  it.each(['.jpg', '.GIF', '@32.gif', '@64', '@64.png', '.png.gif', '.', '@', '@64.gif.'])(
    'are called by their names: not %s',
    async (suffix) => {
      await ready('tada', still);
      const response = await request(`/custom-emoji/emojis/tada${suffix}`);
      await expectProblem(response, 404, 'rendition_not_found', '"tada@64.gif", "tada@128.gif", "tada.png"');
    },
  );

  it.each(['nobody.png', 'a%20b@64.gif', '.png', '%2E%2E.gif'])('are those of an emoji: not %s', async (segment) => {
    const { status } = await request(`/custom-emoji/emojis/${segment}`);
    expect(status).toBe(404);
  });

  it('are missing of an emoji that was made before there were others, until it is rendered again', async () => {
    await ready('tada', still);
    await env.DB.prepare("UPDATE emojis SET renditions = '{}'").run();
    for (const form of ['.png', '@64.gif', '@128.gif']) {
      const response = await request(`/custom-emoji/tada${form}`);
      await expectProblem(response, 404, 'rendition_not_found', 'POST /custom-emoji/emojis/tada/render');
    }
    expect((await request('/custom-emoji/tada.gif')).status).toBe(200);
    expect(await rendered('tada')).toMatchObject({ status: 'SUCCESS', kind: 'render' });
    expect((await request('/custom-emoji/tada.png')).status).toBe(200);
  });

  it('say when one is left out: the animation is too long for it', async () => {
    await ready('tada', still);
    await env.DB.prepare("UPDATE emojis SET renditions = json_remove(renditions, '$.gif128')").run();
    await expectProblem(await request('/custom-emoji/tada@128.gif'), 404, 'rendition_not_found', '128×128');
    expect((await request('/custom-emoji/tada@64.gif')).status).toBe(200);
  });
});

describe('GET /custom-emoji/images/{file}', () => {
  it('serves each picture for ever, from storage alone', async () => {
    await ready('tada', animation);
    const addresses = await Promise.all(
      ['', '@64.gif', '@128.gif', '.png'].map(async (suffix) => {
        const named = await request(`/custom-emoji/tada${suffix}`);
        const bytes = await named.bytes();
        return { path: `/custom-emoji/images/${hashOf(bytes)}.${suffix === '.png' ? 'png' : 'gif'}`, bytes };
      }),
    );
    await env.DB.exec('ALTER TABLE emojis RENAME TO away');
    for (const { path, bytes } of addresses) {
      const response = await request(path);
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': `image/${path.slice(-3)}`,
        'content-length': String(bytes.byteLength),
        'cache-control': 'public, max-age=31536000, immutable',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        etag: `"${hashOf(bytes)}"`,
      });
      expect(await response.bytes()).toEqual(bytes);
      await expectConditional(path, await request(path));
    }
    await env.DB.exec('ALTER TABLE away RENAME TO emojis');
  });

  it('knows nothing of what is not there', async () => {
    await ready('tada', still);
    const hash = must(await etagOf('/custom-emoji/tada')).slice(1, -1);
    const unknown = 'a'.repeat(64);
    for (const file of [`${unknown}.gif`, `${hash}.png`, `${hash}.jpg`, hash, `${hash.toUpperCase()}.gif`, 'x.gif']) {
      for (const headers of [{}, { 'If-None-Match': `"${hash}", "${unknown}"` }]) {
        const response = await request(`/custom-emoji/images/${file}`, { headers });
        await expectProblem(response, 404, 'image_not_found', 'by its name');
      }
      expect((await request(`/custom-emoji/images/${file}`, { method: 'HEAD' })).status).toBe(404);
    }
    const posted = await request(`/custom-emoji/images/${hash}.gif`, { method: 'POST' });
    await expectProblem(posted, 405, 'method_not_allowed');
  });

  it('leaves an emoji called "images" its short address', async () => {
    await ready('images', still);
    expect((await request('/custom-emoji/images')).headers.get('Content-Type')).toBe('image/gif');
  });
});

describe('GET /custom-emoji/emojis/{name}/original', () => {
  it('is the upload as it came, to be saved', async () => {
    await ready('tada', animation);
    const response = await request('/custom-emoji/emojis/%3ATada%3A/original');
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(animation.byteLength),
      'content-disposition': `attachment; filename="tada.gif"; filename*=UTF-8''tada.gif`,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': CACHE.revalidated,
      etag: `"${hashOf(animation)}"`,
    });
    expect(await response.bytes()).toEqual(animation);
    const path = '/custom-emoji/emojis/tada/original';
    await expectConditional(path, await request(path));
  });

  it.each([
    ['日本', 'orientation-6.jpg', `filename="__.jpg"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.jpg`],
    ['a+b', 'quadrants.svg', `filename="a+b.svg"; filename*=UTF-8''a%2Bb.svg`],
    ['é', 'quadrants.tiff', `filename="_.tiff"; filename*=UTF-8''%C3%A9.tiff`],
    // A cuneiform letter, of two UTF-16 units.
    ['𒀀', 'halves.png', `filename="__.png"; filename*=UTF-8''%F0%92%80%80.png`],
  ])('is saved under the name %s, and by what the file is', async (name, file, expected) => {
    await ready(name, fixture(file));
    const response = await request(`/custom-emoji/emojis/${encodeURIComponent(name)}/original`);
    expect(response.headers.get('Content-Disposition')).toBe(`attachment; ${expected}`);
    expect(await response.bytes()).toEqual(fixture(file));
  });

  it('is that of the picture which is shown', async () => {
    await ready('tada', animation);
    await replaced('tada', still);
    expect(await (await request('/custom-emoji/emojis/tada/original')).bytes()).toEqual(still);
  });

  it('is told by its task where its hash is not known', async () => {
    const { task_id } = await ready('tada', still);
    await env.DB.prepare('UPDATE emojis SET source_hash = NULL, source = NULL').run();
    const response = await request('/custom-emoji/emojis/tada/original');
    expect(response.headers.get('ETag')).toBe(`"${task_id}"`);
    expect(response.headers.get('Content-Disposition')).toContain('filename="tada.bin"');
    await expectConditional('/custom-emoji/emojis/tada/original', response);
  });

  it('may be gone', async () => {
    const { task_id } = await ready('tada', still);
    await env.PICTURES.delete(`sources/${task_id}`);
    const path = '/custom-emoji/emojis/tada/original';
    for (const headers of [{}, { 'If-None-Match': `"${hashOf(still)}"` }]) {
      const get = await request(path, { headers });
      await expectProblem(get, 404, 'original_not_found', 'PUT /custom-emoji/emojis/tada/image');
      const head = await request(path, { method: 'HEAD', headers });
      expect([head.status, head.headers.get('Content-Type')]).toEqual([404, 'application/problem+json']);
    }
    await env.DB.prepare('UPDATE emojis SET source_key = NULL').run();
    await expectProblem(await request(path), 404, 'original_not_found');
    await expectProblem(await request('/custom-emoji/emojis/nobody/original'), 404, 'emoji_not_found');
  });
});

describe('POST /custom-emoji/emojis/{name}/render', () => {
  it('makes the picture anew from the upload, as it is asked', async () => {
    await ready('tada', still);
    const { hash: before } = await shownGif('tada');
    expect(await rendered('%3ATADA%3A', '?fit=cover&size=80&background=ff8800')).toMatchObject({
      status: 'SUCCESS',
      kind: 'render',
      emoji_name: 'tada',
    });
    const gif = await shownGif('tada');
    expect(gif).toMatchObject({ width: 80, height: 80 });
    // 200×100, of which the left half is red and the upper quarter transparent: orange is under it, and nothing beside.
    expect(pixelAt(gif, 0, 10, 5)).toEqual([255, 136, 0, 255]);
    expect(pixelAt(gif, 0, 10, 70)).toEqual([220, 20, 20, 255]);
    expect(decodeGif(await (await request('/custom-emoji/tada@64.gif')).bytes())).toMatchObject({ width: 64 });
    expect(await (await request('/custom-emoji/emojis/tada/original')).bytes()).toEqual(still);
    expect(await env.DB.prepare('SELECT version, latest_version FROM emojis').first()).toEqual({
      version: 2,
      latest_version: 2,
    });
    // Once more, as at first: the same bytes.
    await rendered('tada');
    expect((await shownGif('tada')).hash).toBe(before);
  });

  it('is made once under one Idempotency-Key', async () => {
    await ready('tada', still);
    const keyed = (query: string, key = 'k') => render('tada', query, { 'Idempotency-Key': key });
    const first = await accepted(await keyed('?size=64'));
    expect(await accepted(await keyed('?size=64'))).toEqual(first);
    await finished(first.task_id);
    expect(await accepted(await keyed('?size=64'))).toEqual(first);
    await expectProblem(await keyed('?size=32'), 422, 'idempotency_key_reused');
    await expectProblem(await keyed('', '""'), 400, 'invalid_idempotency_key');
    expect(await env.DB.prepare("SELECT COUNT(*) AS n FROM tasks WHERE kind = 'render'").first('n')).toBe(1);
  });

  it('keeps the picture when the upload turns out to be gone', async () => {
    const { task_id } = await ready('tada', still);
    const before = await etagOf('/custom-emoji/tada');
    await env.PICTURES.delete(`sources/${task_id}`);
    expect(await rendered('tada', '?size=64')).toMatchObject({ status: 'FAILURE', error: { code: 'source_missing' } });
    expect(await etagOf('/custom-emoji/tada')).toBe(before);
  });

  it('is refused while another upload may yet come, and tells its task', async () => {
    await ready('tada', still);
    const { id: emojiId } = must(await env.DB.prepare('SELECT id FROM emojis').first<{ id: string }>());
    const order = newOrder({ kind: 'replace', emojiId, version: 2 });
    expect(await d1EmojiCatalogue(env.DB).nextVersion(order, Date.now(), null)).toBe(2);
    await submitUnsent(order);
    const refused = await render('tada', '?size=64');
    expect(await refused.clone().json()).toMatchObject({ task_id: order.id });
    await expectProblem(refused, 409, 'picture_pending', `when its task ${order.id} has ended`);
    expect(await env.DB.prepare('SELECT latest_version FROM emojis').first('latest_version')).toBe(2);
    await request(`/task-queue/tasks/${order.id}/cancel`, { method: 'POST' });
    expect(await rendered('tada', '?size=64')).toMatchObject({ status: 'SUCCESS' });
  });

  it('of an upload that was replaced since is not tried again', async () => {
    const { task_id } = await ready('tada', still);
    await env.PICTURES.delete(`sources/${task_id}`);
    const failed = await rendered('tada');
    expect(failed.status).toBe('FAILURE');
    await replaced('tada', animation);
    const retried = await request(`/task-queue/tasks/${failed.id}/retry`, { method: 'POST' });
    await expectProblem(retried, 409, 'picture_replaced', 'POST /custom-emoji/emojis/tada/render');
    expect(await (await request('/custom-emoji/emojis/tada/original')).bytes()).toEqual(animation);
  });

  it('refuses what cannot be rendered', async () => {
    await expectProblem(await render('nobody'), 404, 'emoji_not_found', 'nobody');
    const order = newOrder({ emojiName: 'soon' });
    await submitUnsent(order);
    await expectProblem(await render('soon'), 409, 'emoji_not_ready');
    await request(`/task-queue/tasks/${order.id}/cancel`, { method: 'POST' });
    await ready('tada', still);
    for (const query of ['?size=0', '?fit=crop', '?background=red']) {
      await expectProblem(await render('tada', query), 422, 'invalid_request');
    }
    await env.DB.prepare('UPDATE emojis SET source_key = NULL').run();
    await expectProblem(await render('tada'), 404, 'original_not_found');
    expect(await env.DB.prepare('SELECT latest_version FROM emojis').first('latest_version')).toBe(1);
    await expectProblem(await request('/custom-emoji/emojis/tada/render'), 405, 'method_not_allowed');
  });

  it('is listed by its kind', async () => {
    await ready('tada', still);
    await rendered('tada');
    const { data } = await requestJson<{ data: { kind: string }[] }>('/task-queue/tasks?kind=render');
    expect(data).toMatchObject([{ kind: 'render', state: 'SUCCESS' }]);
  });
});

describe('duplicates', () => {
  const duplicatesOf = async (taskId: string) => {
    const [status, task] = await Promise.all([
      requestJson<{ duplicates: string[] | null }>(`/task-queue/status?task_id=${taskId}`),
      requestJson<{ duplicates: string[] | null }>(`/task-queue/tasks/${taskId}`),
    ]);
    expect(task.duplicates).toEqual(status.duplicates);
    return status.duplicates;
  };

  it('are told, and not refused: by the file at once, and by the picture at the end', async () => {
    const first = await ready('first', still);
    expect(first.duplicates).toEqual([]);
    expect(await duplicatesOf(first.task_id)).toEqual([]);
    // As a form, so that the body is another one.
    const answer = await accepted(await upload('second', still));
    expect(answer).toMatchObject({ duplicates: ['first'] });
    await finished(answer.task_id);
    expect(await duplicatesOf(answer.task_id)).toEqual(['first']);
    expect(await duplicatesOf(first.task_id)).toEqual(['second']);
    // The same file, which makes another picture.
    const smaller = await ready('smaller', still, '&size=64');
    expect(smaller.duplicates).toEqual(['first', 'second']);
    expect(await duplicatesOf(smaller.task_id)).toEqual([]);
  });

  it('are told of other files that make the same picture', async () => {
    await ready('first', still);
    // What comes after its end is no part of a PNG.
    const { task_id, duplicates } = await ready('second', Uint8Array.of(...still, 0));
    expect(duplicates).toEqual([]);
    expect(await duplicatesOf(task_id)).toEqual(['first']);
  });

  it('are the five that came first, of those that can be seen', async () => {
    await accepted(await upload('broken', still.slice(0, 40)));
    for (let i = 0; i < 7; i++) await ready(`${9 - i}`, still);
    const told = await ready('last', still);
    expect(told.duplicates).toEqual(['9', '8', '7', '6', '5']);
    expect(await duplicatesOf(told.task_id)).toEqual(['9', '8', '7', '6', '5']);
    const order = newOrder({ emojiName: 'waiting', sourceHash: hashOf(still) });
    await submitUnsent(order);
    expect(await duplicatesOf(order.id)).toBeNull();
    await request(`/task-queue/tasks/${order.id}/cancel`, { method: 'POST' });
  });

  it('do not count the emoji itself', async () => {
    await ready('tada', still);
    const again = await rendered('tada');
    expect(again).toMatchObject({ status: 'SUCCESS', duplicates: [] });
  });
});
