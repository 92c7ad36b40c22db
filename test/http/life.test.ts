import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { CACHE } from '../../src/http/cache.ts';
import { migrate } from '../support/database.ts';
import { expectProblem } from '../support/problems.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest } from '../support/service.ts';
import { must, newOrder } from '../support/tasks.ts';

interface Details {
  id: string;
  name: string;
  aliases: string[];
  former_names: string[];
  tags: string[];
  version: number;
  [field: string]: unknown;
}

interface Event {
  id: number;
  actor: string | null;
  action: string;
  details: Record<string, unknown>;
}

interface Deleted {
  id: string;
  name: string;
  restore_url: string;
  deleted_at: string;
  restore_until: string;
}

interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
}

const picture = fixture('halves.png');
const animation = fixture('moving-square.gif');
const octets = { 'Content-Type': 'application/octet-stream' };

/** Uploads a picture as somebody, and waits for its emoji. */
async function ready(name: string, file = picture): Promise<void> {
  const response = await request(`/custom-emoji/emojis?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { ...octets, 'X-Actor': 'ada' },
    body: new Uint8Array(file),
  });
  expect(await finished((await accepted(response)).task_id)).toMatchObject({ status: 'SUCCESS' });
}

const etagOf = async (name: string) =>
  must((await request(`/custom-emoji/emojis/${encodeURIComponent(name)}/info`)).headers.get('ETag'));
const info = (name: string) => requestJson<Details & { history: Event[] }>(`/custom-emoji/emojis/${name}/info`);

const patch = (name: string, body: unknown, headers: Record<string, string> = { 'If-Match': '*' }) =>
  request(`/custom-emoji/emojis/${name}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/merge-patch+json', ...headers },
    body: JSON.stringify(body),
  });

async function changed(name: string, body: unknown, headers?: Record<string, string>): Promise<Details> {
  const response = await patch(name, body, headers);
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json<Details>();
}

const remove = (name: string, headers: Record<string, string> = {}) =>
  request(`/custom-emoji/emojis/${name}`, { method: 'DELETE', headers });

async function removed(name: string): Promise<Deleted> {
  const response = await remove(name, { 'X-Actor': 'bob' });
  expect(response.status).toBe(200);
  return response.json<Deleted>();
}

const restore = (name: string, query = '') =>
  request(`/custom-emoji/emojis/${name}/restore${query}`, { method: 'POST', headers: { 'X-Actor': 'eve' } });

beforeEach(migrate);
afterEach(resetAtRest);

describe('PATCH /custom-emoji/emojis/{name}', () => {
  it('renames: by the name before, every form leads to the present name until somebody takes it', async () => {
    await ready('tada');
    const etag = await etagOf('tada');
    const response = await patch('tada', { name: ' :Party: ' }, { 'If-Match': etag, 'X-Actor': 'bob' });
    const emoji = await response.json<Details>();
    expect(emoji).toMatchObject({ name: 'party', former_names: ['tada'], url: '/custom-emoji/emojis/party' });
    expect(response.headers.get('ETag')).toBe(await etagOf('party'));
    expect(response.headers.get('ETag')).not.toBe(etag);
    for (const [from, to] of [
      ['/custom-emoji/emojis/tada', '/custom-emoji/emojis/party'],
      ['/custom-emoji/tada@64.gif', '/custom-emoji/emojis/party@64.gif'],
      ['/custom-emoji/emojis/tada.png', '/custom-emoji/emojis/party.png'],
      ['/custom-emoji/emojis/tada/original', '/custom-emoji/emojis/party/original'],
      ['/custom-emoji/emojis/tada/info', '/custom-emoji/emojis/party/info'],
      ['/custom-emoji/emojis/tada/history?limit=3', '/custom-emoji/emojis/party/history?limit=3'],
    ] as const) {
      const answer = await request(from, { redirect: 'manual' });
      expect([answer.status, answer.headers.get('Location'), answer.headers.get('Cache-Control')], from).toEqual([
        301,
        to,
        // What not everybody may see is nothing for a cache of all.
        /original|history/.test(from) ? 'private, max-age=60' : CACHE.formerName,
      ]);
      expect((await request(to)).status, to).toBe(200);
    }
    for (const write of [
      patch('tada', {}),
      remove('tada'),
      request('/custom-emoji/emojis/tada/render', { method: 'POST' }),
    ]) {
      await expectProblem(await write, 404, 'emoji_not_found', /"party" now/);
    }
    await ready('tada', animation);
    expect((await request('/custom-emoji/emojis/tada', { redirect: 'manual' })).status).toBe(200);
    expect((await info('party')).former_names).toEqual([]);
  });

  it('gives it names that it answers to, tags, a category and a description, and takes them away', async () => {
    await ready('tada');
    const all = {
      aliases: ['Hooray', ':yay:', 'yay', 'tada'],
      tags: ['Party', 'fun', 'party'],
      category: 'Feelings',
      description: 'Two\nlines.',
    };
    const emoji = await changed('tada', all);
    const seen = {
      aliases: ['hooray', 'yay'],
      tags: ['party', 'fun'],
      category: 'Feelings',
      description: 'Two\nlines.',
    };
    expect(emoji).toMatchObject(seen);
    // An alias answers as the name does.
    const [named, alias] = await Promise.all(['tada', 'yay'].map((name) => request(`/custom-emoji/emojis/${name}`)));
    expect(alias?.status).toBe(200);
    expect(alias?.headers.get('ETag')).toBe(must(named?.headers.get('ETag')));
    expect(await named?.bytes()).toEqual(await alias?.bytes());
    expect(await info('hooray')).toMatchObject({ ...seen, name: 'tada' });
    // What is left out stays.
    expect(await changed('yay', { tags: ['fun'] })).toMatchObject({ ...seen, tags: ['fun'] });
    const bare = { aliases: [], tags: [], category: null, description: '' };
    const none = { aliases: null, tags: null, category: null, description: null };
    expect(await changed('tada', none)).toMatchObject(bare);
    expect((await request('/custom-emoji/emojis/yay')).status).toBe(404);
  });

  it('makes an alias the name, and the name an alias', async () => {
    await ready('tada');
    await changed('tada', { aliases: ['hooray', 'yay'] });
    expect(await changed('tada', { name: 'yay' })).toMatchObject({
      name: 'yay',
      aliases: ['hooray'],
      former_names: ['tada'],
    });
    const swapped = { name: 'tada', aliases: ['hooray', 'yay'], former_names: [] };
    expect(await changed('yay', { name: 'tada', aliases: ['hooray', 'yay'] })).toMatchObject(swapped);
  });

  it('needs the ETag that one has seen: a lost update is impossible', async () => {
    await ready('tada');
    await expectProblem(await patch('tada', { tags: ['a'] }, {}), 428, 'precondition_required', 'If-Match');
    const etag = await etagOf('tada');
    const both = await Promise.all(['a', 'b'].map((tag) => patch('tada', { tags: [tag] }, { 'If-Match': etag })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    const late = must(both.find(({ status }) => status === 412));
    expect(late.headers.get('ETag')).toBe(await etagOf('tada'));
    expect(await late.clone().json()).toMatchObject({ etag: await etagOf('tada') });
    await expectProblem(late, 412, 'emoji_changed', 'Look at it again');
    await expectProblem(await patch('tada', {}, { 'If-Match': `W/${await etagOf('tada')}` }), 412, 'emoji_changed');
    const known = { 'If-Match': `"other", ${await etagOf('tada')}` };
    expect((await patch('tada', { tags: ['c'] }, known)).status).toBe(200);
  });

  it('changes nothing where nothing is other than it was', async () => {
    await ready('tada');
    const etag = await etagOf('tada');
    const response = await patch('tada', { name: 'TADA', tags: [], description: '' }, { 'If-Match': etag });
    expect(response.headers.get('ETag')).toBe(etag);
  });

  it('refuses names that others have, and says which', async () => {
    for (const name of ['tada', 'other']) await ready(name);
    await changed('other', { aliases: ['second'] });
    await expectProblem(await patch('tada', { name: 'other' }), 409, 'name_taken', '"other" is in use');
    const two = await patch('tada', { aliases: ['mine', 'other', 'second'] });
    await expectProblem(two, 409, 'name_taken', '"other", "second" are in use');
    expect((await info('tada')).aliases).toEqual([]);
  });

  it('refuses what no emoji can be', async () => {
    await ready('tada');
    const many = Array.from({ length: 21 }, (_, i) => `n${i}`);
    const cases: [body: unknown, status: number, code: string, detail: string | RegExp][] = [
      [{ name: 'a b' }, 422, 'name_bad_character', 'U\\+0020'],
      [{ aliases: [''] }, 422, 'name_empty', 'empty'],
      [{ tags: ['x'.repeat(33)] }, 422, 'invalid_tag', 'The tag has 33 characters; the limit is 32'],
      [{ aliases: many }, 422, 'invalid_request', 'aliases'],
      [{ tags: many }, 422, 'invalid_request', 'tags'],
      [{ description: '\u{1f389}'.repeat(501) }, 422, 'invalid_request', '500 characters at most'],
      [{ category: 'x'.repeat(65) }, 422, 'invalid_request', 'category'],
      [{ name: null }, 422, 'invalid_request', 'name'],
      [{ owner: 'eve' }, 422, 'invalid_request', 'owner'],
      [[], 422, 'invalid_request', ''],
    ];
    for (const [body, status, code, detail] of cases) {
      await expectProblem(await patch('tada', body), status, code, new RegExp(detail));
    }
    expect((await patch('tada', { description: '\u{1f389}'.repeat(500) })).status).toBe(200);
    const send = (type: string, body: string) =>
      request('/custom-emoji/emojis/tada', {
        method: 'PATCH',
        headers: { 'If-Match': '*', 'Content-Type': type },
        body,
      });
    await expectProblem(await send('application/json', '{'), 400, 'malformed_json');
    await expectProblem(await send('text/plain', '{}'), 415, 'unsupported_media_type');
    expect((await send('application/json', '{"tags":["json"]}')).status).toBe(200);
    await expectProblem(await patch('nobody', {}), 404, 'emoji_not_found');
    const nameless = await patch('tada', {}, { 'If-Match': '*', 'X-Actor': 'a'.repeat(101) });
    await expectProblem(nameless, 422, 'invalid_request', 'X-Actor');
  });
});

describe('DELETE, the bin and POST …/restore', () => {
  it('frees the names at once, and brings back all of it', async () => {
    await ready('tada');
    await changed('tada', { name: 'party', aliases: ['hooray'], tags: ['fun'] });
    const before = await info('party');
    const deleted = await removed('hooray');
    expect(deleted).toMatchObject({ id: before.id, name: 'party', aliases: ['hooray'] });
    expect(Date.parse(deleted.restore_until) - Date.parse(deleted.deleted_at)).toBe(30 * 86_400_000);
    for (const name of ['party', 'hooray', 'tada']) {
      await expectProblem(await request(`/custom-emoji/emojis/${name}`), 404, 'emoji_not_found');
    }
    await expectProblem(await remove('party'), 404, 'emoji_not_found');
    expect((await requestJson<Page<Details>>('/custom-emoji/emojis?image_data=false')).data).toEqual([]);
    const response = await request(deleted.restore_url, { method: 'POST' });
    const restored = await response.json<Details>();
    expect(restored).toMatchObject({
      id: before.id,
      name: 'party',
      aliases: ['hooray'],
      former_names: ['tada'],
      tags: ['fun'],
      version: 1,
      left_out: [],
    });
    expect(response.headers.get('ETag')).toBe(await etagOf('party'));
    expect((await request('/custom-emoji/emojis/hooray')).status).toBe(200);
    await expectProblem(await restore('party'), 404, 'emoji_not_found', 'within 30 days');
  });

  it('asks for a new name where others have it by now, and leaves out the other names that they have', async () => {
    await ready('tada');
    await changed('tada', { aliases: ['hooray', 'yay'] });
    await removed('tada');
    await ready('tada', animation);
    await changed('tada', { aliases: ['yay'] });
    await expectProblem(await restore('tada'), 409, 'name_taken', 'as=');
    await expectProblem(await restore('tada', '?as=yay'), 409, 'name_taken', '"yay"');
    await expectProblem(await restore('tada', '?as=a%20b'), 422, 'name_bad_character');
    const restored = await (await restore('tada', '?as=Tada2')).json<Details>();
    expect(restored).toMatchObject({ name: 'tada2', aliases: ['hooray'], former_names: [], left_out: ['tada', 'yay'] });
    // The other one has kept its own.
    expect(await info('yay')).toMatchObject({ name: 'tada', frames: 3 });
  });

  it('restores of several the last one, unless told which', async () => {
    await ready('tada');
    const first = await removed('tada');
    await ready('tada', animation);
    const second = await removed('tada');
    const bin = await requestJson<Page<Deleted>>('/custom-emoji/bin?limit=1');
    expect(bin.data).toMatchObject([{ id: second.id, name: 'tada' }]);
    const rest = await requestJson<Page<Deleted>>(`/custom-emoji/bin?limit=1&cursor=${bin.next_cursor}`);
    expect(rest).toMatchObject({ data: [{ id: first.id }], next_cursor: null });
    await expectProblem(await restore('tada', '?id=nobody'), 404, 'emoji_not_found', '"nobody"');
    expect(await (await restore('tada', `?id=${first.id}`)).json()).toMatchObject({ id: first.id, frames: 1 });
    expect(await (await restore('tada', '?as=moving')).json()).toMatchObject({ id: second.id, frames: 3 });
    expect((await requestJson<Page<Deleted>>('/custom-emoji/bin')).data).toEqual([]);
  });

  it('goes by the ETag where there is one', async () => {
    await ready('tada');
    const etag = await etagOf('tada');
    await changed('tada', { tags: ['a'] });
    await expectProblem(await remove('tada', { 'If-Match': etag }), 412, 'emoji_changed');
    const response = await remove('tada', { 'If-Match': await etagOf('tada') });
    const again = (tag: string) =>
      request('/custom-emoji/emojis/tada/restore', { method: 'POST', headers: { 'If-Match': tag } });
    await expectProblem(await again(etag), 412, 'emoji_changed');
    expect((await again(must(response.headers.get('ETag')))).status).toBe(200);
  });

  it('has no mercy after 30 days', async () => {
    await ready('tada');
    await removed('tada');
    await env.DB.prepare('UPDATE emojis SET deleted_at = deleted_at - ?')
      .bind(30 * 86_400_000 + 60_000)
      .run();
    await expectProblem(await restore('tada'), 404, 'emoji_not_found');
    expect((await requestJson<Page<Deleted>>('/custom-emoji/bin')).data).toEqual([]);
    const swept = await requestJson('/task-queue/sweep', { method: 'POST' });
    expect(swept).toMatchObject({ emojis_dropped: 1, faults: [] });
    expect(await env.DB.prepare('SELECT COUNT(*) AS n FROM emojis').first('n')).toBe(0);
  });
});

describe('GET …/info and …/history', () => {
  it('tells all that is known', async () => {
    await ready('tada', animation);
    const gif = await request('/custom-emoji/emojis/tada');
    const { history, ...emoji } = await info('tada');
    expect(emoji).toMatchObject({
      name: 'tada',
      owner: 'ada',
      frames: 3,
      animated: true,
      version: 1,
      bytes: (await gif.bytes()).byteLength,
      hash: must(gif.headers.get('ETag')).replaceAll('"', ''),
      source: { format: 'gif', bytes: animation.byteLength, frames: 3 },
    });
    const { renditions } = emoji as unknown as { renditions: Record<string, { url: string; hash: string }> };
    expect(Object.keys(renditions)).toEqual(['gif64', 'gif128', 'png']);
    for (const { url, hash } of Object.values(renditions)) {
      expect((await request(url)).headers.get('ETag')).toBe(`"${hash}"`);
    }
    expect(history.map(({ action, actor }) => [action, actor])).toEqual([
      ['picture_shown', null],
      ['created', 'ada'],
    ]);
    const etag = await etagOf('tada');
    const unchanged = await request('/custom-emoji/emojis/tada/info', { headers: { 'If-None-Match': etag } });
    expect([unchanged.status, unchanged.headers.get('Cache-Control')]).toEqual([304, CACHE.revision]);
  });

  it('tells how the picture that is shown was made, not one that failed', async () => {
    await ready('tada');
    const rendering = { fit: 'contain', size: 100, background: null, matte: null };
    expect(await info('tada')).toMatchObject({ version: 1, rendering });
    const render = '/custom-emoji/emojis/tada/render?fit=cover&size=64&matte=313338';
    await finished((await accepted(await request(render, { method: 'POST' }))).task_id);
    const another = { fit: 'cover', size: 64, background: null, matte: '#313338' };
    expect(await info('tada')).toMatchObject({ version: 2, rendering: another });
    const broken = await request('/custom-emoji/emojis/tada/image?fit=stretch', {
      method: 'PUT',
      headers: octets,
      body: animation.subarray(0, 20),
    });
    await finished((await accepted(broken)).task_id);
    expect(await info('tada')).toMatchObject({ version: 2, rendering: another });
    // Of an emoji that is older than the note.
    await env.DB.prepare('UPDATE emojis SET rendering = NULL').run();
    expect(await info('tada')).toMatchObject({ rendering: null });
  });

  it('tells who changed what, page by page', async () => {
    await ready('tada');
    await changed('tada', { name: 'party', tags: ['fun'] }, { 'If-Match': '*', 'X-Actor': 'bob' });
    const replaced = await request('/custom-emoji/emojis/party/image', {
      method: 'PUT',
      headers: { ...octets, 'X-Actor': 'eve' },
      body: animation,
    });
    const { task_id } = await accepted(replaced);
    await finished(task_id);
    await removed('party');
    await restore('party');
    const events: Event[] = [];
    let cursor = '';
    do {
      const path = `/custom-emoji/emojis/party/history?limit=3&cursor=${cursor}`;
      const page = await requestJson<Page<Event>>(path);
      events.unshift(...page.data.toReversed());
      cursor = page.next_cursor ?? '';
    } while (cursor !== '');
    expect(events.map(({ action, actor }) => [action, actor])).toEqual([
      ['created', 'ada'],
      ['picture_shown', null],
      ['renamed', 'bob'],
      ['changed', 'bob'],
      ['picture_ordered', 'eve'],
      ['picture_shown', null],
      ['deleted', 'bob'],
      ['restored', 'eve'],
    ]);
    expect(events[2]?.details).toEqual({ from: 'tada', to: 'party' });
    expect(events[3]?.details).toEqual({ tags: { from: [], to: ['fun'] } });
    expect(events[4]?.details).toEqual({ task_id, version: 2, kind: 'replace' });
    await expectProblem(await request('/custom-emoji/emojis/nobody/history'), 404, 'emoji_not_found');
    await expectProblem(await request('/custom-emoji/emojis/party/history?cursor=x'), 422, 'invalid_cursor');
  });
});

describe('the ETag of an emoji in a list', () => {
  /** The whole list, with what it answers to whoever has it. */
  async function list(have = '') {
    const response = await request('/custom-emoji/emojis?image_data=false', { headers: { 'If-None-Match': have } });
    const { data } = response.status === 200 ? await response.json<Page<Details>>() : { data: [] };
    return { status: response.status, tag: must(response.headers.get('ETag')), data };
  }

  it('is that of its info, for a change without asking first', async () => {
    await ready('tada');
    const { data } = await list();
    expect(data).toMatchObject([{ etag: await etagOf('tada') }]);
    const etag = data[0]?.etag as string;
    expect((await patch('tada', { name: 'party' }, { 'If-Match': etag })).status).toBe(200);
    const looked = await requestJson<{ found: Record<string, Details> }>('/custom-emoji/emojis:batchGet', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"names":["tada"]}',
    });
    expect(looked.found.tada?.etag).toBe(await etagOf('party'));
    await expectProblem(await patch('party', { name: 'tada' }, { 'If-Match': etag }), 412, 'emoji_changed');
  });

  it('is never an old one in a list that is said to be the same', async () => {
    await ready('tada');
    await changed('tada', { name: 'party' });
    const orders = [
      // Of these, nothing else in the list tells.
      () => d1EmojiCatalogue(env.DB).take(newOrder({ emojiName: 'tada' })),
      async () => d1EmojiCatalogue(env.DB).nextVersion(order, Date.now(), null),
      () => d1EmojiCatalogue(env.DB).withdraw(order),
    ];
    const order = newOrder({ kind: 'replace', emojiId: (await info('party')).id });
    let before = await list();
    for (const give of orders) {
      expect((await list(before.tag)).status).toBe(304);
      await give();
      const now = await list(before.tag);
      expect(now.status).toBe(200);
      expect(now.data).toMatchObject([{ name: 'party', etag: await etagOf('party') }]);
      expect(now.data[0]?.etag).not.toBe(before.data[0]?.etag);
      before = now;
    }
    await env.DB.exec('DELETE FROM tasks WHERE finished_at IS NULL');
  });

  it('is in the bin for the restoring', async () => {
    await ready('tada');
    const deleted = await remove('tada');
    const etag = must(deleted.headers.get('ETag'));
    expect(await deleted.json()).toMatchObject({ etag });
    const bin = await requestJson<Page<Deleted & { etag: string }>>('/custom-emoji/bin');
    expect(bin.data).toMatchObject([{ etag }]);
    const again = (tag: string) =>
      request('/custom-emoji/emojis/tada/restore', { method: 'POST', headers: { 'If-Match': tag } });
    await expectProblem(await again(etag.replace(/\d+"$/, '1"')), 412, 'emoji_changed');
    expect((await again(etag)).status).toBe(200);
  });
});

describe('If-Match of what orders a picture', () => {
  it('lets of two with one ETag only one through', async () => {
    await ready('tada');
    const etag = await etagOf('tada');
    const put = () =>
      request('/custom-emoji/emojis/tada/image', {
        method: 'PUT',
        headers: { ...octets, 'If-Match': etag },
        body: animation,
      });
    const answers = await Promise.all([put(), put()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 412]);
    for (const answer of answers) if (answer.status === 202) await finished((await accepted(answer)).task_id);
    const render = (headers: Record<string, string>) =>
      request('/custom-emoji/emojis/tada/render', { method: 'POST', headers });
    await expectProblem(await render({ 'If-Match': etag }), 412, 'emoji_changed');
    await finished((await accepted(await render({ 'If-Match': await etagOf('tada') }))).task_id);
    expect(await info('tada')).toMatchObject({ version: 3, frames: 3 });
  });
});
