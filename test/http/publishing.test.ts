import { env } from 'cloudflare:workers';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PUBLISHED_PLATFORMS, type PublishedPlatform } from '../../src/domain/publishing/target.ts';
import { ADMIN_TOKEN, deployed } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { newPlace, type TestPlace } from '../support/places.ts';
import type { PlaceSetup } from '../support/platforms/place.ts';
import { expectProblem } from '../support/problems.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest, upload } from '../support/service.ts';

const GIF = fixture('moving-square.gif');
const PUBLIC = 'https://emoji.example.net';

const json = (method: string, body: unknown, headers: Record<string, string> = {}) => ({
  method,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

interface Published {
  id: string;
  state: string;
  kind: string;
  attempts: number;
  error: { code: string; message: string; remedy: string } | null;
  outcome: Record<string, unknown> | null;
  history: { state: string; reason: string | null }[];
}

/** What the API is told of a place. */
function describePlace({ target: { name, platform, url, guildId, email }, secret }: TestPlace) {
  return {
    name,
    platform,
    secret,
    ...(url !== null && { url }),
    ...(guildId !== null && { guild_id: guildId }),
    ...(email !== null && { email }),
  };
}

async function targetAt(
  platform: PublishedPlatform,
  setup: Partial<Omit<PlaceSetup, 'platform'>> = {},
): Promise<TestPlace> {
  const place = await newPlace(platform, setup);
  const response = await request('/custom-emoji/targets', json('POST', describePlace(place)));
  expect(response.status, await response.clone().text()).toBe(201);
  return place;
}

async function emoji(name: string, picture = GIF): Promise<void> {
  await finished((await accepted(await upload(name, picture))).task_id);
}

/** From a service on the internet: Slack fetches pictures itself. */
const order = (place: TestPlace, name: string, more: object = {}, headers = {}) =>
  deployed({ origin: PUBLIC }).send(`/custom-emoji/emojis/${encodeURIComponent(name)}/publications`, {
    ...json('POST', { target: place.target.name, ...more }, headers),
    token: ADMIN_TOKEN,
  });

const taskOf = (id: string) => requestJson<Published>(`/task-queue/tasks/${id}`);

async function ended(taskId: string): Promise<Published> {
  await finished(taskId);
  return taskOf(taskId);
}

async function published(place: TestPlace, name: string, more: object = {}): Promise<Published> {
  const { task_id } = await accepted(await order(place, name, more));
  return ended(task_id);
}

/** As if so much time had passed since what was sent last. */
async function settle(): Promise<void> {
  await env.DB.prepare('UPDATE publications SET sent_at = sent_at - 60000').run();
}

/** What is there; of Slack, what it finds where it is told to fetch it: there this very service is. */
async function emojisAt(place: TestPlace) {
  const { emojis } = await place.look();
  return Promise.all(
    emojis.map(async ({ url, ...there }) => {
      if (url === undefined) return there;
      expect(new URL(url).origin).toBe(PUBLIC);
      return { ...there, sha256: sha256(await (await request(new URL(url).pathname)).bytes()) };
    }),
  );
}

/** Of the request that makes an emoji. */
const adding = ({ target }: TestPlace) => ({
  method: 'POST',
  path: target.platform === 'slack' ? '/admin.emoji.add' : '',
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

beforeEach(migrate);
afterEach(resetAtRest);

describe.each(PUBLISHED_PLATFORMS)('an emoji for %s', (platform) => {
  it('is sent as a file that fits, once, and is known to be there', async () => {
    const place = await targetAt(platform);
    await emoji('fiesta');
    const task = await published(place, 'fiesta');
    expect(task).toMatchObject({ state: 'SUCCESS', kind: 'publish', attempts: 1, error: null });
    const emojis = await emojisAt(place);
    expect(emojis).toMatchObject([{ name: 'fiesta' }]);
    const [there] = emojis;
    const platformId = expect.stringContaining(`${there?.id}`);
    expect(task.outcome).toEqual({
      change: 'added',
      target: place.target.name,
      platform,
      name: 'fiesta',
      platform_id: platformId,
      hash: there?.sha256,
    });
    // It is the file that the API gives to people.
    const file = await (await request(`/custom-emoji/emojis/fiesta/for/${platform}`)).bytes();
    expect(there?.sha256).toBe(sha256(file));
    expect(await requestJson('/custom-emoji/emojis/fiesta/publications')).toMatchObject({
      name: 'fiesta',
      publications: [
        { target: place.target.name, platform, name: 'fiesta', platform_id: platformId, task_id: task.id },
      ],
    });
    // Once more there is nothing to do.
    expect(await published(place, 'fiesta')).toMatchObject({ state: 'SUCCESS', outcome: { change: 'none' } });
    expect((await place.look()).emojis).toHaveLength(1);
  });

  it('is not made twice where the answer was lost', async () => {
    const place = await targetAt(platform);
    await emoji('fiesta');
    await place.trouble({ ...adding(place), times: 1, trouble: 'answer lost' });
    const task = await published(place, 'fiesta');
    expect(task.state).toBe('SUCCESS');
    expect(task.history.map(({ state }) => state)).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS']);
    const { emojis } = await place.look();
    expect(emojis).toHaveLength(1);
    expect(task.outcome).toMatchObject({ change: 'none', platform_id: expect.stringContaining(`${emojis[0]?.id}`) });
  });

  it('is not made twice where the service broke down before it noted the answer', async () => {
    const place = await targetAt(platform);
    await emoji('fiesta');
    await env.DB.prepare(
      `CREATE TRIGGER broken BEFORE UPDATE ON publications WHEN new.published_at IS NOT NULL
       BEGIN SELECT RAISE(ABORT, 'storage is away'); END`,
    ).run();
    const { task_id } = await accepted(await order(place, 'fiesta'));
    await vi.waitFor(async () => expect((await taskOf(task_id)).state).toBe('RETRY'), { timeout: 10_000 });
    await env.DB.prepare('DROP TRIGGER broken').run();
    expect(await ended(task_id)).toMatchObject({ state: 'SUCCESS', outcome: { change: 'none' } });
    expect((await place.look()).emojis).toHaveLength(1);
  });

  it('is sent again, when nothing came of what was sent, but not before that can be known', async () => {
    const place = await targetAt(platform);
    await emoji('fiesta');
    await place.trouble({ ...adding(place), times: 1, trouble: 'reset' });
    const { task_id } = await accepted(await order(place, 'fiesta'));
    const waits = expect.stringMatching(/may yet be carried out/);
    await vi.waitFor(
      async () => expect((await taskOf(task_id)).history.at(-1)).toMatchObject({ state: 'RETRY', reason: waits }),
      { timeout: 10_000 },
    );
    expect((await place.look()).emojis).toEqual([]);
    // The wait of 45 seconds is over at once.
    await settle();
    await request(`/task-queue/tasks/${task_id}/cancel`, { method: 'POST' });
    await request(`/task-queue/tasks/${task_id}/retry`, { method: 'POST' });
    expect(await ended(task_id)).toMatchObject({ state: 'SUCCESS', outcome: { change: 'added' } });
    expect((await place.look()).emojis).toHaveLength(1);
  });

  it('waits as long as the platform asks for, which is no attempt', async () => {
    const place = await targetAt(platform);
    await emoji('fiesta');
    await place.trouble({ times: 2, trouble: { rate: 1 } });
    const task = await published(place, 'fiesta');
    expect(task).toMatchObject({ state: 'SUCCESS', attempts: 1 });
    expect(task.history.filter(({ state }) => state === 'RETRY')).toHaveLength(2);
    const { requests } = await place.look();
    const [first, second, third] = requests.map(({ at }) => at);
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(1_000);
    expect(Number(third) - Number(second)).toBeGreaterThanOrEqual(1_000);
  });

  it('waits with all others for the same platform', async () => {
    const place = await targetAt(platform);
    for (const name of ['one', 'two']) await emoji(name);
    await place.trouble({ times: 1, trouble: { rate: 300 } });
    const { task_id: first } = await accepted(await order(place, 'one'));
    await vi.waitFor(async () => expect((await taskOf(first)).state).toBe('RETRY'), { timeout: 10_000 });
    const { task_id: second } = await accepted(await order(place, 'two'));
    await vi.waitFor(async () => expect((await taskOf(second)).state).toBe('RETRY'), { timeout: 10_000 });
    expect((await place.look()).requests).toHaveLength(1);
    const target = await requestJson<{ paused_until: string }>(`/custom-emoji/targets/${place.target.name}`);
    expect(Date.parse(target.paused_until) - Date.now()).toBeGreaterThan(280_000);
    for (const id of [first, second]) await request(`/task-queue/tasks/${id}/cancel`, { method: 'POST' });
  });

  it('is tried again after a fault', async () => {
    const place = await targetAt(platform);
    await emoji('fiesta');
    await place.trouble({ times: 1, trouble: { status: 502, body: '<h1>Bad gateway' } });
    const task = await published(place, 'fiesta');
    expect(task.state).toBe('SUCCESS');
    expect(task.history[2]).toMatchObject({ state: 'RETRY', reason: expect.stringContaining('answered 502') });
  });

  it('fails at once where the token is not accepted', async () => {
    const place = await targetAt(platform);
    await emoji('fiesta');
    await request(`/custom-emoji/targets/${place.target.name}`, json('PATCH', { secret: 'another-token' }));
    const task = await published(place, 'fiesta');
    expect(task).toMatchObject({ state: 'FAILURE', attempts: 1, error: { code: 'target_unauthorized' } });
    expect((await place.look()).requests.length).toBeLessThanOrEqual(1);
    // With the right one it is tried again, and works.
    await request(`/custom-emoji/targets/${place.target.name}`, json('PATCH', { secret: place.secret }));
    await request(`/task-queue/tasks/${task.id}/retry`, { method: 'POST' });
    expect(await ended(task.id)).toMatchObject({ state: 'SUCCESS' });
  });

  it('takes the place of another one only when asked to', async () => {
    const others = { emojis: [{ name: 'fiesta', base64: fixture('halves.png').toBase64() }] };
    const place = await targetAt(platform, others);
    await emoji('fiesta');
    expect(await published(place, 'fiesta')).toMatchObject({
      state: 'FAILURE',
      error: { code: 'emoji_exists', remedy: expect.stringContaining('"replace": true') },
    });
    const before = (await place.look()).emojis[0];
    const task = await published(place, 'fiesta', { replace: true });
    expect(task).toMatchObject({ state: 'SUCCESS', outcome: { change: 'replaced' } });
    const emojis = await emojisAt(place);
    expect(emojis).toHaveLength(1);
    expect(emojis[0]?.id).not.toBe(before?.id);
    expect(emojis[0]?.sha256).toBe(task.outcome?.hash);
  });

  it('has its picture replaced there when it has another one here, and is asked to', async () => {
    const place = await targetAt(platform);
    await emoji('fiesta');
    const first = await published(place, 'fiesta');
    const replacing = { method: 'PUT', headers: { 'Content-Type': 'image/png' }, body: fixture('halves.png') };
    await finished((await accepted(await request('/custom-emoji/emojis/fiesta/image', replacing))).task_id);
    expect(await published(place, 'fiesta')).toMatchObject({ state: 'FAILURE', error: { code: 'earlier_picture' } });
    const second = await published(place, 'fiesta', { replace: true });
    expect(second).toMatchObject({ state: 'SUCCESS', outcome: { change: 'replaced' } });
    expect(second.outcome?.hash).not.toBe(first.outcome?.hash);
    expect(await emojisAt(place)).toMatchObject([{ sha256: second.outcome?.hash }]);
  });

  it('is replaced once, when the connection breaks between the removal and the answer', async () => {
    const others = { emojis: [{ name: 'fiesta', base64: fixture('halves.png').toBase64() }] };
    const place = await targetAt(platform, others);
    await emoji('fiesta');
    await place.trouble({ ...adding(place), times: 1, trouble: 'answer lost' });
    const task = await published(place, 'fiesta', { replace: true });
    expect(task.state).toBe('SUCCESS');
    expect(await emojisAt(place)).toMatchObject([{ sha256: task.outcome?.hash, creatorId: '4711' }]);
  });

  it('has another name there when asked to, or where its own does not fit', async () => {
    const place = await targetAt(platform);
    await emoji('日本');
    const task = await published(place, '日本');
    const fitted = platform === 'slack' ? '日本' : 'u65e5_u672c';
    expect(task).toMatchObject({ state: 'SUCCESS', outcome: { name: fitted } });
    expect(await published(place, '日本', { name: 'nihon' })).toMatchObject({ outcome: { name: 'nihon' } });
    expect((await place.look()).emojis.map(({ name }) => name).sort()).toEqual(['nihon', fitted]);
    await expectProblem(await order(place, '日本', { name: 'n ö' }), 422, 'name_not_fit');
  });
});

describe('where two emoji are to have one name', () => {
  it('the first one has it', async () => {
    const place = await targetAt('discord');
    await emoji('a-b');
    await emoji('a_b', fixture('halves.png'));
    const ids = await Promise.all(
      ['a-b', 'a_b'].map(async (name) => (await accepted(await order(place, name))).task_id),
    );
    // One waits for what becomes of the other.
    await vi.waitFor(
      async () => {
        const states = await Promise.all(ids.map(async (id) => (await taskOf(id)).state));
        expect(states).toContain('SUCCESS');
        expect(states).not.toContain('PENDING');
        expect(states).not.toContain('STARTED');
      },
      { timeout: 10_000 },
    );
    await settle();
    for (const id of ids) {
      const { state } = await taskOf(id);
      if (state === 'SUCCESS') continue;
      if (state === 'RETRY') {
        await request(`/task-queue/tasks/${id}/cancel`, { method: 'POST' });
        await request(`/task-queue/tasks/${id}/retry`, { method: 'POST' });
      }
      expect(await ended(id)).toMatchObject({ state: 'FAILURE', error: { code: 'emoji_exists' } });
    }
    expect((await place.look()).emojis).toHaveLength(1);
  });
});

const publicationsOf = async (name: string) =>
  (await requestJson<{ publications: { name: string }[] }>(`/custom-emoji/emojis/${name}/publications`)).publications;

it('a picture that Mattermost has already, from whomever, is published, and stays whose it is', async () => {
  await emoji('fiesta');
  const file = await (await request('/custom-emoji/emojis/fiesta/for/mattermost')).bytes();
  const place = await targetAt('mattermost', { emojis: [{ name: 'fiesta', base64: file.toBase64() }] });
  expect(await published(place, 'fiesta')).toMatchObject({ state: 'SUCCESS', outcome: { change: 'none' } });
  expect(await publicationsOf('fiesta')).toEqual([]);
});

it('with the same picture nobody gets hold of what another emoji has at Mattermost', async () => {
  const place = await targetAt('mattermost');
  await emoji('fiesta');
  await published(place, 'fiesta');
  await emoji('mine');
  expect(await published(place, 'mine', { name: 'fiesta' })).toMatchObject({ outcome: { change: 'none' } });
  expect(await publicationsOf('mine')).toEqual([]);
  expect(await publicationsOf('fiesta')).toMatchObject([{ name: 'fiesta' }]);
});

it('what a platform has of an emoji is not forgotten when another one is not allowed in its place', async () => {
  const place = await targetAt('mattermost');
  await emoji('fiesta');
  await published(place, 'fiesta');
  await emoji('other', fixture('halves.png'));
  await place.trouble({ method: 'DELETE', times: 1, trouble: { status: 403, body: '{"id":"no"}' } });
  expect(await published(place, 'other', { name: 'fiesta', replace: true })).toMatchObject({ state: 'FAILURE' });
  expect(await publicationsOf('fiesta')).toMatchObject([{ name: 'fiesta' }]);
  expect(await publicationsOf('other')).toEqual([]);
});

it('a name that Mattermost has an emoji of its own for is another one there, and is refused where it is asked for', async () => {
  const place = await targetAt('mattermost', { reserved: ['smile'] });
  await emoji('smile');
  expect(await published(place, 'smile')).toMatchObject({ state: 'SUCCESS', outcome: { name: 'smile_2' } });
  await expectProblem(await order(place, 'smile', { name: 'smile' }), 422, 'name_not_fit');
  expect((await place.look()).emojis.map(({ name }) => name)).toEqual(['smile_2']);
});

it('what Mattermost has an emoji of its own for, and nobody knew, is refused for good', async () => {
  const place = await targetAt('mattermost', { reserved: ['fiesta'] });
  await emoji('fiesta');
  expect(await published(place, 'fiesta')).toMatchObject({ state: 'FAILURE', error: { code: 'name_reserved' } });
});

it('several of one name at Discord are not chosen from', async () => {
  const one = { name: 'fiesta', base64: fixture('halves.png').toBase64() };
  const place = await targetAt('discord', { emojis: [one, one] });
  await emoji('fiesta');
  expect(await published(place, 'fiesta', { replace: true })).toMatchObject({ error: { code: 'emoji_ambiguous' } });
  expect((await place.look()).emojis).toHaveLength(2);
});

it('a platform that asks for years is asked again after a day', async () => {
  const place = await targetAt('discord');
  await emoji('fiesta');
  // The time, where seconds were meant; and what is no number of milliseconds.
  for (const rate of [1_764_454_882, 1e300]) {
    await place.trouble({ times: 1, trouble: { rate, global: true } });
    expect(await published(place, 'fiesta')).toMatchObject({ error: { code: 'platform_busy' } });
    const { paused_until: until } = await requestJson<{ paused_until: string }>(
      `/custom-emoji/targets/${place.target.name}`,
    );
    expect(Date.parse(until) - Date.now()).toBeLessThanOrEqual(86_400_000);
    await env.DB.prepare('UPDATE targets SET paused_until = 0').run();
  }
  expect(await published(place, 'fiesta')).toMatchObject({ state: 'SUCCESS' });
});

it('Discord that asks for a day is left alone', async () => {
  const place = await targetAt('discord');
  await emoji('fiesta');
  await place.trouble({ times: 1, trouble: { rate: 86_400, global: true } });
  expect(await published(place, 'fiesta')).toMatchObject({ error: { code: 'platform_busy' } });
  expect(await published(place, 'fiesta')).toMatchObject({ error: { code: 'platform_busy' } });
  expect((await place.look()).requests).toHaveLength(1);
});

describe('an emoji for Slack', () => {
  it('is not sent from a service that Slack cannot reach, or may not', async () => {
    const place = await targetAt('slack');
    await emoji('fiesta');
    const path = '/custom-emoji/emojis/fiesta/publications';
    const body = { target: place.target.name };
    await expectProblem(await request(path, json('POST', body)), 409, 'service_not_public');
    const closed = deployed({ origin: PUBLIC, settings: { READ_ACCESS: 'private' } });
    await expectProblem(await closed.sendJson(path, ADMIN_TOKEN, body), 409, 'service_not_public');
    expect((await place.look()).requests).toEqual([]);
  });

  it('is fetched under an address that never changes, also where it is made for Slack', async () => {
    const place = await targetAt('slack');
    await emoji('fiesta');
    // As one that was made before there were other sizes.
    await env.DB.prepare("UPDATE emojis SET renditions = '{}'").run();
    const task = await published(place, 'fiesta');
    expect(task.state).toBe('SUCCESS');
    const { url = '' } = (await place.look()).emojis[0] ?? {};
    expect(url).toMatch(/^https:\/\/emoji\.example\.net\/custom-emoji\/fitted\/[0-9a-f]{64}\.gif$/);
    const answer = await request(new URL(url).pathname);
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('Content-Type')).toBe('image/gif');
    expect(sha256(await answer.bytes())).toBe(task.outcome?.hash);
    const png = new URL(url).pathname.replace('.gif', '.png');
    await expectProblem(await request(png), 404, 'image_not_found');
  });
});

describe('many at once', () => {
  it('are ordered each, and who cannot be stops no other', async () => {
    const place = await targetAt('zulip');
    for (const name of ['one', 'two']) await emoji(name);
    const response = await request(
      '/custom-emoji/publications',
      json('POST', { target: place.target.name, names: ['one', 'nobody', 'two', 'one'] }),
    );
    expect(response.status).toBe(202);
    const { tasks, refused } = await response.json<{ tasks: { task_id: string; name: string }[]; refused: object[] }>();
    expect(tasks.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(refused).toMatchObject([{ name: 'nobody', code: 'emoji_not_found' }]);
    for (const { task_id } of tasks) expect(await ended(task_id)).toMatchObject({ state: 'SUCCESS' });
    expect((await place.look()).emojis.map(({ name }) => name).sort()).toEqual(['one', 'two']);
    // What is known of it goes with the target; what is there stays.
    await request(`/custom-emoji/targets/${place.target.name}`, { method: 'DELETE' });
    expect(await env.DB.prepare('SELECT count(*) AS n FROM publications').first('n')).toBe(0);
    expect((await place.look()).emojis).toHaveLength(2);
  });
});

describe('an order', () => {
  it('is the same under the same Idempotency-Key', async () => {
    const place = await targetAt('zulip');
    await emoji('fiesta');
    const key = { 'Idempotency-Key': 'k' };
    const first = await accepted(await order(place, 'fiesta', {}, key));
    expect(await accepted(await order(place, 'fiesta', {}, key))).toEqual(first);
    await expectProblem(await order(place, 'fiesta', { replace: true }, key), 422, 'idempotency_key_reused');
    await finished(first.task_id);
  });

  it('is refused for who or what is not there', async () => {
    const place = await targetAt('zulip');
    await expectProblem(await order(place, 'nobody'), 404, 'emoji_not_found');
    await emoji('fiesta');
    const target = { ...place.target, name: 'elsewhere' };
    await expectProblem(await order({ ...place, target }, 'fiesta'), 404, 'target_not_found');
    await expectProblem(await order(place, 'fiesta', { replace: 'yes' }), 422, 'invalid_request');
  });

  it('fails when its target or its emoji is gone before it is carried out', async () => {
    const place = await targetAt('zulip');
    await emoji('fiesta');
    await place.trouble({ times: 1, trouble: { rate: 2 } });
    const { task_id } = await accepted(await order(place, 'fiesta'));
    await vi.waitFor(async () => expect((await taskOf(task_id)).state).toBe('RETRY'), { timeout: 10_000 });
    const gone = await request(`/custom-emoji/targets/${place.target.name}`, { method: 'DELETE' });
    expect(gone.status).toBe(204);
    expect(await ended(task_id)).toMatchObject({ state: 'FAILURE', error: { code: 'target_gone' } });
  });
});
