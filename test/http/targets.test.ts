import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PUBLISHED_PLATFORMS } from '../../src/domain/publishing/target.ts';
import { ADMIN_TOKEN, deployed, outcomeOf } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { newPlace } from '../support/places.ts';
import { expectProblem } from '../support/problems.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest, upload } from '../support/service.ts';

const TARGETS = '/custom-emoji/targets';

const SECRET = 'a-secret-of-the-platform';
const MATTERMOST = { name: 'chat', platform: 'mattermost', url: 'https://chat.example.com', secret: SECRET };
const DISCORD = { name: 'guild', platform: 'discord', guild_id: '197038439483310086', secret: SECRET };

const post = (body: object, path = TARGETS) =>
  request(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

beforeEach(migrate);
afterEach(async () => {
  vi.restoreAllMocks();
  await resetAtRest();
});

describe('a target', () => {
  it('is added, shown, listed by name and deleted', async () => {
    const made = await post(DISCORD);
    expect(made.status).toBe(201);
    const view = await made.json();
    expect(view).toEqual({
      name: 'guild',
      platform: 'discord',
      url: null,
      guild_id: '197038439483310086',
      email: null,
      created_at: expect.stringMatching(/^\d{4}-/),
      created_by: null,
      paused_until: null,
    });
    expect((await post(MATTERMOST)).status).toBe(201);
    expect(await requestJson(`${TARGETS}/guild`)).toEqual(view);
    const first = await requestJson<{ data: { name: string }[]; next_cursor: string }>(`${TARGETS}?limit=1`);
    expect(first.data).toMatchObject([{ name: 'chat', url: 'https://chat.example.com' }]);
    const second = await requestJson(`${TARGETS}?limit=1&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ data: [{ name: 'guild' }], next_cursor: null });
    expect((await request(`${TARGETS}/guild`, { method: 'DELETE' })).status).toBe(204);
    for (const method of ['GET', 'DELETE']) {
      await expectProblem(await request(`${TARGETS}/guild`, { method }), 404, 'target_not_found');
    }
  });

  it('has a name that no other has', async () => {
    await post(DISCORD);
    await expectProblem(await post({ ...MATTERMOST, name: 'guild' }), 409, 'target_name_taken');
  });

  it.each([
    ['no platform that emoji are published to', { ...MATTERMOST, platform: 'matrix' }],
    ['what its platform does not have', { ...DISCORD, url: 'https://chat.example.com' }],
    ['nothing of what it needs', { name: 'guild', platform: 'discord', secret: SECRET }],
    ['a server of Discord by its name', { ...DISCORD, guild_id: 'ours' }],
    ['a secret with a space', { ...DISCORD, secret: 'Bot secret' }],
    ['a secret with a line break', { ...DISCORD, secret: 'secret\r\nX-Evil: 1' }],
    ['no secret', { ...DISCORD, secret: '' }],
    ['a name with a slash', { ...DISCORD, name: 'a/b' }],
    ['no address of e-mail', { ...MATTERMOST, platform: 'zulip', email: 'a:b' }],
  ])('is refused with %s', async (_, body) => {
    await expectProblem(await post(body), 422, 'invalid_request');
  });

  it('is told what it has too much', async () => {
    const detail = 'The request breaks a rule. Unrecognized key: "email".';
    await expectProblem(await post({ ...MATTERMOST, email: 'bot@example.com' }), 422, 'invalid_request', detail);
  });

  it.each([
    'http://chat.example.com',
    'https://127.0.0.1',
    'https://[::1]/',
    'https://10.0.0.1',
    'https://metadata.google.internal',
    'https://chat',
    'https://chat.example.com:8065',
    'https://me:secret@chat.example.com',
    'https://emoji.example.net',
    'ftp://chat.example.com',
    'chat.example.com',
  ])('is on a public server only: not %s', async (url) => {
    const { sendJson } = deployed({ origin: 'https://emoji.example.net' });
    expect(await outcomeOf(sendJson(TARGETS, ADMIN_TOKEN, { ...MATTERMOST, url }))).toEqual([422, 'url_not_allowed']);
  });

  it('may be on the same machine, where the service is open to that', async () => {
    const url = 'http://127.0.0.1:8065/chat/';
    expect(await (await post({ ...MATTERMOST, url })).json()).toMatchObject({ url: 'http://127.0.0.1:8065/chat' });
  });
});

describe('the secret of a target', () => {
  it('is stored sealed, and neither shown, nor logged, nor in the audit', async () => {
    const logged: string[] = [];
    for (const method of ['log', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, method).mockImplementation((...parts) => void logged.push(parts.join(' ')));
    }
    const place = await newPlace('mattermost');
    const secrets = [place.secret, btoa(place.secret), 'another-secret'];
    const body = { name: 'chat', platform: 'mattermost', url: place.target.url, secret: place.secret };
    const answers = [await (await post(body)).text()];
    await finished((await accepted(await upload('tada', fixture('halves.png')))).task_id);
    // The server quotes what it was sent in its errors.
    await place.trouble({ path: '/emoji', method: 'POST', times: 1, trouble: 'echo' });
    const order = { target: 'chat' };
    const { task_id } = await accepted(await post(order, '/custom-emoji/emojis/tada/publications'));
    expect(await finished(task_id)).toMatchObject({ status: 'FAILURE' });
    const change = { method: 'PATCH', headers: { 'Content-Type': 'application/json' } };
    answers.push(
      await (await request(`${TARGETS}/chat`, { ...change, body: '{"secret":"another-secret"}' })).text(),
      await (await request(`${TARGETS}/chat/check`, { method: 'POST' })).text(),
    );
    for (const path of [
      TARGETS,
      `${TARGETS}/chat`,
      `/task-queue/tasks/${task_id}`,
      `/task-queue/tasks/${task_id}/events`,
      '/task-queue/tasks',
      '/custom-emoji/emojis/tada/publications',
      '/access/audit',
    ]) {
      answers.push(await (await request(path)).text());
    }
    const { results: tables } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'emoji_search%'",
    ).all<{ name: string }>();
    for (const { name } of tables) {
      answers.push(JSON.stringify((await env.DB.prepare(`SELECT * FROM ${name}`).all()).results));
    }
    expect(answers.join()).toContain('sealed_secret');
    for (const secret of secrets) {
      expect(answers.join('\n')).not.toContain(secret);
      expect(logged.join('\n')).not.toContain(secret);
    }
    expect(logged.join('\n')).toContain('platform_refused');
  });

  it('is sealed for where it is sent: it is nothing to another target, nor at another address', async () => {
    const place = await newPlace('mattermost');
    const body = { platform: 'mattermost', url: place.target.url };
    await post({ ...body, name: 'one', secret: place.secret });
    await post({ ...body, name: 'two', secret: 'wrong' });
    await env.DB.prepare(
      "UPDATE targets SET sealed_secret = (SELECT sealed_secret FROM targets WHERE name = 'one') WHERE name = 'two'",
    ).run();
    expect(await requestJson(`${TARGETS}/two/check`, { method: 'POST' })).toMatchObject({
      account: null,
      error: { code: 'target_secret_lost' },
    });
    const elsewhere = await newPlace('mattermost', { token: place.secret });
    await env.DB.prepare("UPDATE targets SET url = ? WHERE name = 'one'").bind(elsewhere.target.url).run();
    expect(await requestJson(`${TARGETS}/one/check`, { method: 'POST' })).toMatchObject({
      error: { code: 'target_secret_lost' },
    });
    for (const { look } of [place, elsewhere]) expect((await look()).requests).toEqual([]);
  });

  it('is lost with the key of the service, and may be given again', async () => {
    const place = await newPlace('zulip');
    const { url, email } = place.target;
    await post({ name: 'chat', platform: 'zulip', url, email, secret: place.secret });
    const check = async (settings = {}) => {
      const { send } = deployed({ settings });
      return (await send(`${TARGETS}/chat/check`, { method: 'POST', token: ADMIN_TOKEN })).json();
    };
    // The open service has a key of its own.
    expect(await check()).toMatchObject({ error: { code: 'target_secret_lost' } });
    await deployed().sendJson(`${TARGETS}/chat`, ADMIN_TOKEN, { secret: place.secret }, 'PATCH');
    expect(await check()).toEqual({ account: { id: '4711', name: 'emoji-bot' }, error: null });
    const tokenKey = 'a-token-key-of-32-characters-or-so';
    expect(await check({ TOKEN_KEY: tokenKey })).toMatchObject({ error: { code: 'target_secret_lost' } });
  });
});

describe.each(PUBLISHED_PLATFORMS)('a check of a target at %s', (platform) => {
  async function added() {
    const place = await newPlace(platform);
    const { url, guildId, email } = place.target;
    const where = { ...(url && { url }), ...(guildId && { guild_id: guildId }), ...(email && { email }) };
    expect((await post({ name: 'ours', platform, secret: place.secret, ...where })).status).toBe(201);
    return place;
  }
  const check = () => requestJson<object>(`${TARGETS}/ours/check`, { method: 'POST' });

  it('tells whose token it has', async () => {
    await added();
    expect(await check()).toEqual({ account: { id: '4711', name: 'emoji-bot' }, error: null });
  });

  it('tells what is wrong', async () => {
    const place = await added();
    await place.trouble({ times: 1, trouble: { rate: 5 } }, { times: 1, trouble: 'reset' }, { trouble: 'echo' });
    expect(await check()).toMatchObject({ account: null, error: { code: 'platform_busy' } });
    expect(await check()).toMatchObject({ account: null, error: { code: 'platform_unreachable' } });
    expect(await check()).toMatchObject({ account: null, error: { code: 'platform_refused' } });
    const change = { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: '{"secret":"wrong"}' };
    await request(`${TARGETS}/ours`, change);
    await place.trouble();
    expect(await check()).toMatchObject({ account: null, error: { code: 'target_unauthorized' } });
  });
});

describe('whoever may write emoji', () => {
  it('may publish, but neither sees nor changes where the secrets are', async () => {
    const { send, sendJson, newToken } = deployed();
    await sendJson(TARGETS, ADMIN_TOKEN, MATTERMOST);
    const { token } = await newToken('member', ['emoji:write', 'task:write']);
    expect((await send(TARGETS, { token })).status).toBe(200);
    expect(await outcomeOf(sendJson(TARGETS, token, DISCORD))).toEqual([403, 'not_allowed']);
    expect(await outcomeOf(sendJson(`${TARGETS}/chat`, token, { secret: 'x' }, 'PATCH'))).toEqual([403, 'not_allowed']);
    expect(await outcomeOf(send(`${TARGETS}/chat`, { method: 'DELETE', token }))).toEqual([403, 'not_allowed']);
  });

  it('replaces nothing that did not come of an emoji of his own', async () => {
    const place = await newPlace('zulip', { emojis: [{ name: 'tada', base64: fixture('halves.png').toBase64() }] });
    const { url, email } = place.target;
    await post({ name: 'chat', platform: 'zulip', url, email, secret: place.secret });
    const { sendJson, newToken, send } = deployed();
    const { token } = await newToken('member', ['emoji:write']);
    const body = fixture('moving-square.gif');
    const headers = { 'Content-Type': 'image/gif' };
    const uploaded = await send('/custom-emoji/emojis?name=tada', { method: 'POST', token, headers, body });
    await finished((await accepted(uploaded)).task_id);
    const path = '/custom-emoji/emojis/tada/publications';
    const order = { target: 'chat', replace: true };
    const { task_id } = await accepted(await sendJson(path, token, order));
    expect(await finished(task_id)).toMatchObject({ error: { code: 'replacing_not_yours' } });
    expect((await place.look()).emojis).toMatchObject([{ creatorId: 'somebody-else' }]);
    // Nor may somebody else replace what he has published.
    const { token: other } = await newToken('other', ['emoji:write']);
    expect(await outcomeOf(sendJson(path, other, order))).toEqual([403, 'emoji_not_yours']);
    // Whoever looks after the emoji of all may.
    const { task_id: again } = await accepted(await sendJson(path, ADMIN_TOKEN, order));
    expect(await finished(again)).toMatchObject({ status: 'SUCCESS' });
    expect((await place.look()).emojis).toMatchObject([{ creatorId: '4711' }]);
  });
});
