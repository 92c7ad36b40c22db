import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADMIN_TOKEN, deployed, outcomeOf } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { accepted, finished, fixture, ORIGIN, resetAtRest, upload } from '../support/service.ts';

beforeEach(migrate);
afterEach(resetAtRest);
afterEach(() => vi.useRealTimers());

/** The cookie that signing in gives, as a browser sends it back. */
async function signIn(token: string, service = deployed()): Promise<string> {
  const response = await service.sendJson('/access/session', undefined, { token });
  expect(response.status, await response.clone().text()).toBe(200);
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

const tasks = (cookie: string, service = deployed()) =>
  outcomeOf(service.send('/task-queue/tasks', { headers: { Cookie: cookie } }));

/** How much of an order is there, by table, and the pictures. */
async function kept() {
  const tables = ['tasks', 'tasks_in_flight', 'uploads', 'idempotency_keys', 'emoji_events'];
  const counts = tables.map((table) => env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first('n'));
  const { objects } = await env.PICTURES.list();
  return { counts: await Promise.all(counts), pictures: objects.map(({ key }) => key) };
}

describe('signing in to the pages', () => {
  it('gives a cookie that no script and no other site can use', async () => {
    const response = await deployed().sendJson('/access/session', undefined, { token: ADMIN_TOKEN });
    expect(await response.json()).toMatchObject({ kind: 'admin', name: 'admin', can_sign_in: true, set_up: true });
    const [cookie = '', ...others] = response.headers.getSetCookie().filter((one) => !one.startsWith('d1_bookmark'));
    expect(others).toEqual([]);
    expect(cookie).toMatch(/^__Host-session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    expect(cookie).not.toContain(ADMIN_TOKEN);
    const { results } = await env.DB.prepare('SELECT * FROM sessions').all();
    expect(JSON.stringify(results)).not.toContain(cookie.split(/[=;]/)[1]);
  });

  it('is over after 7 days, by signing out, and with the token', async () => {
    const { newToken, send } = deployed();
    const bot = await newToken('bot', ['task:read']);
    const [first, second] = [await signIn(bot.token), await signIn(bot.token)];
    expect(await tasks(first)).toEqual([200, undefined]);
    const out = await send('/access/session', { method: 'DELETE', headers: { Cookie: first } });
    expect([out.status, out.headers.get('Clear-Site-Data')]).toEqual([204, '"cache"']);
    expect(out.headers.getSetCookie().some((cookie) => cookie.startsWith('__Host-session=; Max-Age=0'))).toBe(true);
    expect(await tasks(first)).toEqual([401, 'not_signed_in']);
    expect(await tasks(second)).toEqual([200, undefined]);
    await send(`/access/tokens/${bot.id}`, { method: 'DELETE', token: ADMIN_TOKEN });
    expect(await tasks(second)).toEqual([401, 'not_signed_in']);

    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-12-01T00:00:00Z') });
    const third = await signIn(ADMIN_TOKEN);
    vi.setSystemTime(Date.parse('2026-12-07T23:59:59Z'));
    expect(await tasks(third)).toEqual([200, undefined]);
    vi.setSystemTime(Date.parse('2026-12-08T00:00:00Z'));
    expect(await tasks(third)).toEqual([401, 'not_signed_in']);

    const short = await newToken('short', ['task:read'], { expires_at: '2026-12-09T00:00:00Z' });
    const fourth = await signIn(short.token);
    vi.setSystemTime(Date.parse('2026-12-08T23:59:59Z'));
    expect(await tasks(fourth)).toEqual([200, undefined]);
    vi.setSystemTime(Date.parse('2026-12-09T00:00:00Z'));
    expect(await tasks(fourth)).toEqual([401, 'not_signed_in']);
  });

  it('is over for everybody when the ADMIN_TOKEN is another one', async () => {
    const cookie = await signIn(ADMIN_TOKEN);
    expect(await tasks(cookie, deployed({ settings: { ADMIN_TOKEN: 'z'.repeat(32) } }))).toEqual([
      401,
      'not_signed_in',
    ]);
  });

  it('is refused without a token that is valid', async () => {
    const { sendJson } = deployed();
    expect(await outcomeOf(sendJson('/access/session', undefined, { token: 'x' }))).toEqual([401, 'token_invalid']);
    expect(await outcomeOf(sendJson('/access/session', undefined, {}))).toEqual([422, 'invalid_request']);
    expect(await tasks('__Host-session=x')).toEqual([401, 'not_signed_in']);
    // A cookie that other hosts of the domain can set is none.
    const cookie = await signIn(ADMIN_TOKEN);
    expect(await tasks(cookie.replace('__Host-', ''))).toEqual([401, 'not_signed_in']);
  });

  it('is a use of the token, as long as it lasts', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-12-01T00:00:00Z') });
    const { send, newToken } = deployed();
    const cookie = await signIn((await newToken('bot', ['task:read'])).token);
    vi.setSystemTime(Date.parse('2026-12-03T00:00:00Z'));
    expect(await tasks(cookie)).toEqual([200, undefined]);
    const { data } = await (await send('/access/tokens', { token: ADMIN_TOKEN })).json<{ data: object[] }>();
    expect(data).toMatchObject([{ last_used_at: '2026-12-03T00:00:00.000Z' }]);
  });

  it('tells who one is', async () => {
    const { send, newToken } = deployed();
    const { token } = await newToken('bot', ['emoji:write']);
    const who = async (init: Parameters<typeof send>[1]) => (await send('/access/session', init)).json();
    expect(await who({ token })).toMatchObject({ kind: 'token', name: 'bot', scopes: ['emoji:read', 'emoji:write'] });
    expect(await who({})).toMatchObject({ kind: 'anonymous', name: null, scopes: [], private: false });
    const cookie = await signIn(token);
    expect(await who({ headers: { Cookie: cookie } })).toMatchObject({ kind: 'token', name: 'bot' });
  });
});

describe('a change that another site makes a browser ask for', () => {
  const evil = 'https://evil.example';

  it.each([
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'Sec-Fetch-Site': 'same-site' }, 403],
    [{ Origin: evil }, 403],
    [{ Origin: 'null' }, 403],
    [{ Origin: ORIGIN.replace('https', 'http') }, 403],
    [{ 'Sec-Fetch-Site': 'same-origin', Origin: ORIGIN }, 200],
    [{ 'Sec-Fetch-Site': 'none' }, 200],
    [{ Origin: ORIGIN }, 200],
    [{}, 200],
  ])('is refused: %j', async (headers, status) => {
    const cookie = await signIn(ADMIN_TOKEN);
    const response = await deployed().send('/task-queue/tasks/retry', {
      method: 'POST',
      headers: { ...headers, Cookie: cookie },
    });
    expect(response.status).toBe(status);
    // As is one of a service that is open to this machine: what a browser sends is the machine's.
    const open = deployed({ settings: { ADMIN_TOKEN: undefined, OPEN_TO_LOOPBACK: 'true' } });
    for (const token of [undefined, 'whatever']) {
      expect((await open.send('/task-queue/tasks/retry', { method: 'POST', headers, token })).status).toBe(status);
    }
  });

  it('is refused on every route, also where anybody may: to sign somebody in as somebody else, or out', async () => {
    const { send } = deployed();
    const cookie = await signIn(ADMIN_TOKEN);
    const { paths } = await (await send('/openapi.json')).json<{ paths: Record<string, object> }>();
    const changes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).flatMap((method) => (method === 'get' ? [] : [[method.toUpperCase(), path]])),
    ) as [string, string][];
    expect(changes.length).toBeGreaterThan(25);
    for (const [method, path] of changes) {
      const headers = { Cookie: cookie, Origin: evil, 'Content-Type': 'application/json' };
      const init = { method, headers, body: JSON.stringify({ token: ADMIN_TOKEN }) };
      const answer = send(path.replaceAll(/\{\w+\}/g, 'x'), init);
      expect(await outcomeOf(answer), `${method} ${path}`).toEqual([403, 'cross_site']);
    }
    expect(await tasks(cookie)).toEqual([200, undefined]);
  });

  it('is refused where it is a WebSocket, which a browser lets every site read', async () => {
    const open = deployed({ settings: { ADMIN_TOKEN: undefined, OPEN_TO_LOOPBACK: 'true' } });
    const headers = { Upgrade: 'websocket', Connection: 'Upgrade', Origin: evil };
    const id = crypto.randomUUID();
    const answer = open.send(`/task-queue/tasks/${id}/events`, { headers });
    expect(await outcomeOf(answer)).toEqual([403, 'cross_site']);
    const own = open.send(`/task-queue/tasks/${id}/events`, { headers: { ...headers, Origin: ORIGIN } });
    expect(await outcomeOf(own)).toEqual([404, 'task_not_found']);
  });

  it('is refused where it only looks, and the service is open to this machine: CORS may let the site see', async () => {
    const open = deployed({ settings: { ADMIN_TOKEN: undefined, OPEN_TO_LOOPBACK: 'true' } });
    const headers = { Origin: evil };
    expect(await outcomeOf(open.send('/task-queue/tasks', { headers }))).toEqual([403, 'cross_site']);
    expect(await outcomeOf(open.send('/custom-emoji/emojis', { headers }))).toEqual([200, undefined]);
    expect(await outcomeOf(open.send('/task-queue/tasks', { headers: { Origin: ORIGIN } }))).toEqual([200, undefined]);
  });

  it('is none when it has a token, which no browser sends by itself', async () => {
    const { send } = deployed();
    const headers = { Origin: evil, 'Sec-Fetch-Site': 'cross-site' };
    expect((await send('/task-queue/tasks/retry', { method: 'POST', token: ADMIN_TOKEN, headers })).status).toBe(200);
  });
});

describe('who has signed in with Cloudflare Access', () => {
  const settings = {
    ACCESS_ADMINS: 'Chief@example.org',
    ACCESS_MEMBERS: 'ada@example.org, *@team.example, kim@example.com',
    ACCESS_READERS: '*@example.org *',
  };

  it.each([
    ['chief@example.org', ['emoji:read', 'emoji:write', 'emoji:admin', 'task:read', 'task:write', 'token:admin']],
    ['ADA@example.org', ['emoji:read', 'emoji:write', 'task:read']],
    ['bob@team.example', ['emoji:read', 'emoji:write', 'task:read']],
    ['bob@example.org', ['emoji:read', 'task:read']],
    ['eve@evil.example', []],
    ['eve@example.org.evil.example', []],
    ['eve@xteam.example', []],
    // Its first sign is that of the unit of temperature, whose small letter is a k.
    ['\u212Aim@example.com', []],
    ['*', []],
    ['', []],
    [null, []],
  ])('may do what the role of the address is: %s', async (person, scopes: string[]) => {
    const { send } = deployed({ settings, person });
    const who = await (await send('/access/session')).json<{ name: string | null; scopes: string[] }>();
    expect(who).toMatchObject({
      kind: 'person',
      name: person?.includes('@') ? person.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : null,
      scopes,
      can_sign_in: false,
    });
    const [status, code] = await outcomeOf(send('/task-queue/tasks'));
    expect([status, code]).toEqual(scopes.includes('task:read') ? [200, undefined] : [403, 'not_allowed']);
  });

  it('may do nothing where no roles are given', async () => {
    const { send } = deployed({ person: 'chief@example.org' });
    const response = await send('/task-queue/tasks');
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      code: 'not_allowed',
      detail: expect.stringContaining('ACCESS_READERS'),
    });
  });

  it('may do nothing where wrangler.toml is of a release that had no roles', async () => {
    const none = { ACCESS_ADMINS: undefined, ACCESS_MEMBERS: undefined, ACCESS_READERS: undefined };
    const { send } = deployed({ settings: none, person: 'chief@example.org' });
    expect(await outcomeOf(send('/task-queue/tasks'))).toEqual([403, 'not_allowed']);
    expect((await send('/custom-emoji/emojis')).status).toBe(200);
  });

  it('may send a token all the same', async () => {
    const { send } = deployed({ settings, person: 'eve@evil.example' });
    expect((await send('/task-queue/tasks', { token: ADMIN_TOKEN })).status).toBe(200);
  });

  it('cannot do anything in the name of somebody else', async () => {
    const { send } = deployed({ settings, person: 'chief@example.org' });
    const as = (actor: string) =>
      outcomeOf(send('/custom-emoji/emojis/nobody', { method: 'DELETE', headers: { 'X-Actor': actor } }));
    expect(await as('ada@example.org')).toEqual([403, 'actor_not_yours']);
    expect(await as('chief@example.org')).toEqual([404, 'emoji_not_found']);
    expect(await env.DB.prepare('SELECT group_concat(name) FROM audit_entries').first()).toEqual({
      'group_concat(name)': 'chief@example.org',
    });
  });

  it('may do nothing in a service that is not set up', async () => {
    const { send } = deployed({ settings: { ...settings, ADMIN_TOKEN: undefined }, person: 'chief@example.org' });
    expect(await outcomeOf(send('/task-queue/tasks'))).toEqual([503, 'not_set_up']);
  });
});

describe('GET /access/audit', () => {
  const { send, sendJson, newToken } = deployed();
  const audit = async (query = '') =>
    (await send(`/access/audit${query}`, { token: ADMIN_TOKEN })).json<{
      data: { id: number; name: string; token_id: string | null; target: string }[];
      next_cursor: string | null;
    }>();

  it('tells who asked for which change, when, with which token, and how it ended', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-12-01T00:00:00Z') });
    const bot = await newToken('bot', ['emoji:write']);
    vi.setSystemTime(Date.parse('2026-12-01T00:01:00Z'));
    await send('/custom-emoji/emojis/nobody?x=1', { method: 'DELETE', token: bot.token });
    const { data } = await audit();
    expect(data).toEqual([
      {
        id: expect.any(Number),
        at: '2026-12-01T00:01:00.000Z',
        name: 'bot',
        kind: 'token',
        token_id: bot.id,
        method: 'DELETE',
        route: '/custom-emoji/emojis/{name}',
        target: '/custom-emoji/emojis/nobody?x=1',
        status: 404,
      },
      expect.objectContaining({ name: 'admin', kind: 'admin', token_id: null, route: '/access/tokens', status: 201 }),
    ]);
  });

  it('has nothing of who only reads, or may not', async () => {
    await send('/task-queue/tasks', { token: ADMIN_TOKEN });
    await sendJson('/custom-emoji/emojis:batchGet', ADMIN_TOKEN, { names: ['a'] });
    await send('/custom-emoji/emojis/nobody', { method: 'DELETE' });
    await send('/custom-emoji/emojis/nobody', { method: 'DELETE', token: 'x' });
    expect((await audit()).data).toEqual([]);
  });

  it('has who signed in, and nothing of who tried to: a stranger could fill it', async () => {
    const bot = await newToken('bot', ['emoji:write']);
    expect((await sendJson('/access/session', undefined, { token: 'x' })).status).toBe(401);
    expect((await send('/access/session', { method: 'DELETE' })).status).toBe(204);
    expect((await audit()).data).toHaveLength(1);
    await signIn(bot.token);
    const { data } = await audit();
    expect(data).toHaveLength(2);
    expect(data[0]).toMatchObject({
      name: 'bot',
      kind: 'token',
      token_id: bot.id,
      route: '/access/session',
      status: 200,
    });
  });

  it('is read page by page, and by name', async () => {
    const bot = await newToken('bot', ['emoji:write']);
    for (let i = 0; i < 3; i++) await send(`/custom-emoji/emojis/e${i}`, { method: 'DELETE', token: bot.token });
    const first = await audit('?name=bot&limit=2');
    expect(first.data.map(({ target }) => target)).toEqual(['/custom-emoji/emojis/e2', '/custom-emoji/emojis/e1']);
    const second = await audit(`?name=bot&limit=2&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ data: [{ target: '/custom-emoji/emojis/e0' }], next_cursor: null });
  });

  it('keeps a change from being made that cannot be noted', async () => {
    const bot = await newToken('bot', ['token:admin']);
    await env.DB.exec('ALTER TABLE audit_entries RENAME TO away');
    expect((await send(`/access/tokens/${bot.id}`, { method: 'DELETE', token: ADMIN_TOKEN })).status).toBe(503);
    await env.DB.exec('ALTER TABLE away RENAME TO audit_entries');
    expect((await send('/access/tokens', { token: bot.token })).status).toBe(200);
  });

  it('keeps a picture from being ordered that cannot be noted', async () => {
    const { token } = await newToken('bot', ['emoji:admin']);
    const { task_id } = await accepted(await upload('tada', fixture('halves.png')));
    await finished(task_id);
    const before = await kept();
    await env.DB.exec('ALTER TABLE audit_entries RENAME TO away');
    const change = (method: string, path: string) =>
      outcomeOf(
        send(`/custom-emoji/emojis${path}`, {
          method,
          token,
          headers: { 'Content-Type': 'image/png', 'Idempotency-Key': path },
          body: fixture('halves.png'),
        }),
      );
    for (const [method, path] of [
      ['POST', '?name=other'],
      ['PUT', '/tada/image'],
      ['POST', '/tada/render'],
      // Refused for another reason too.
      ['POST', '?name=tada'],
      ['POST', '?name=a%20b'],
    ] as const) {
      expect(await change(method, path), path).toEqual([503, 'database_not_migrated']);
    }
    await env.DB.exec('ALTER TABLE away RENAME TO audit_entries');
    expect(await kept()).toEqual(before);
    // Each of them could have been done.
    expect(await change('POST', '?name=other')).toEqual([202, undefined]);
    expect(await change('POST', '/tada/render')).toEqual([202, undefined]);
    expect(await change('PUT', '/tada/image')).toEqual([202, undefined]);
    expect(await change('POST', '?name=tada')).toEqual([409, 'name_taken']);
  });

  it('keeps somebody from being signed in where that cannot be noted', async () => {
    await env.DB.exec('ALTER TABLE audit_entries RENAME TO away');
    const refused = await sendJson('/access/session', undefined, { token: ADMIN_TOKEN });
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([503, []]);
    expect(await env.DB.prepare('SELECT count(*) AS n FROM sessions').first('n')).toBe(0);
    await env.DB.exec('ALTER TABLE away RENAME TO audit_entries');
  });
});
