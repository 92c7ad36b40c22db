import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADMIN_TOKEN, deployed, outcomeOf } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { addEmoji } from '../support/emojis.ts';
import { accepted, fixture, resetAtRest } from '../support/service.ts';

const PICTURE = { method: 'POST', headers: { 'Content-Type': 'image/png' }, body: fixture('halves.png') };

interface Operation {
  security?: Record<string, string[]>[];
  responses: Record<string, { description: string }>;
}

beforeEach(migrate);
afterEach(resetAtRest);
afterEach(() => vi.useRealTimers());

/** Every route, with something in the place of its parameters. */
async function routes(): Promise<{ method: string; path: string; operation: Operation }[]> {
  const { paths } = await (await deployed().send('/openapi.json')).json<{
    paths: Record<string, Record<string, Operation>>;
  }>();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, 'x'),
      operation,
    })),
  );
}

const isForAnybody = ({ security }: Operation) => security?.length === 0;
const isReadable = ({ security }: Operation) => security?.some((needed) => Object.keys(needed).length === 0) === true;

describe('a service without an ADMIN_TOKEN', () => {
  const closed = deployed({ settings: { ADMIN_TOKEN: undefined } });

  it('refuses every change and every list of tasks, and says how to set it up', async () => {
    let refused = 0;
    for (const { method, path, operation } of await routes()) {
      const response = await closed.send(path, { method });
      const outcome = await outcomeOf(response.clone());
      if (isForAnybody(operation) || isReadable(operation)) {
        expect(outcome[1], `${method} ${path}`).not.toBe('not_set_up');
        continue;
      }
      expect(outcome, `${method} ${path}`).toEqual([503, 'not_set_up']);
      const { detail } = await response.json<{ detail: string }>();
      expect(detail).toContain('npx wrangler secret put ADMIN_TOKEN');
      refused++;
    }
    expect(refused).toBeGreaterThan(20);
  });

  it('shows emoji', async () => {
    await addEmoji({ name: 'tada', hash: 'ab' });
    await env.PICTURES.put('images/ab.gif', fixture('moving-square.gif'));
    const response = await closed.send('/custom-emoji/emojis/tada');
    expect(response.status).toBe(200);
    await response.bytes();
    expect((await closed.send('/custom-emoji/emojis')).status).toBe(200);
  });

  it('is one whose ADMIN_TOKEN can be guessed, too', async () => {
    for (const settings of [
      { ADMIN_TOKEN: '' },
      { ADMIN_TOKEN: ADMIN_TOKEN.slice(1) },
      { ADMIN_TOKEN, TOKEN_KEY: 'short' },
    ]) {
      const { send } = deployed({ settings });
      expect(await outcomeOf(send('/task-queue/tasks', { token: settings.ADMIN_TOKEN }))).toEqual([503, 'not_set_up']);
    }
  });

  it('is open only to who asks for this very machine, and only where npm start says so', async () => {
    const local = { ADMIN_TOKEN: undefined, OPEN_TO_LOOPBACK: 'true' };
    const statusAt = async (origin: string, settings: object) =>
      (await deployed({ origin, settings }).send('/task-queue/tasks')).status;
    for (const origin of ['http://localhost:8787', 'http://127.0.0.1:8787', 'http://[::1]:8787', 'http://127.1.2.3']) {
      expect(await statusAt(origin, local), origin).toBe(200);
      expect(await statusAt(origin, { ADMIN_TOKEN: undefined }), origin).toBe(503);
      expect(await statusAt(origin, { ...local, ADMIN_TOKEN }), origin).toBe(401);
    }
    for (const origin of ['https://emoji.example', 'http://192.168.0.7', 'http://localhost.example', 'http://[::2]']) {
      expect(await statusAt(origin, local), origin).toBe(503);
    }
  });
});

describe('a route', () => {
  it('says what it needs', async () => {
    for (const { method, path, operation } of await routes()) {
      expect(operation.security, `${method} ${path}`).toBeInstanceOf(Array);
    }
  });

  it('says where it matters whose the emoji is, or the task', async () => {
    const saying = async (code: string) =>
      (await routes())
        .filter(({ operation }) => operation.responses['403']?.description.includes(code))
        .map(({ method, path }) => `${method} ${path}`)
        .sort();
    const emoji = '/custom-emoji/emojis/x';
    const retry = 'POST /task-queue/tasks/x/retry';
    expect(await saying('emoji_not_yours')).toEqual([
      `DELETE ${emoji}`,
      `PATCH ${emoji}`,
      `POST ${emoji}/publications`,
      `POST ${emoji}/render`,
      `POST ${emoji}/restore`,
      retry,
      `PUT ${emoji}/image`,
    ]);
    expect(await saying('task_not_yours')).toEqual([
      'POST /custom-emoji/imports/x/run',
      'POST /task-queue/tasks/x/cancel',
      retry,
    ]);
  });

  it('lets nobody through who has not what it needs', async () => {
    const { send, newToken } = deployed();
    const all = ['emoji:read', 'emoji:write', 'emoji:admin', 'task:read', 'task:write', 'token:admin'];
    // What each scope includes, as the issue of tokens tells it.
    const includes: Record<string, string[]> = {
      'emoji:write': ['emoji:read'],
      'emoji:admin': ['emoji:read', 'emoji:write'],
      'task:write': ['task:read'],
    };
    const tokens = await Promise.all(
      all.map(async (scope) => ({ scope, ...(await newToken(scope.replace(':', '-'), [scope])) })),
    );
    for (const { method, path, operation } of await routes()) {
      if (isForAnybody(operation) || isReadable(operation)) continue;
      const wanted = operation.security?.flatMap(({ token = [] }) => token) ?? [];
      expect(await outcomeOf(send(path, { method })), `${method} ${path}`).toEqual([401, 'not_signed_in']);
      for (const { scope, token } of tokens) {
        const has = [scope, ...(includes[scope] ?? [])];
        const response = await send(path, { method, token });
        const [status, code] = await outcomeOf(response);
        const isRefused = status === 403 && code === 'not_allowed';
        expect(isRefused, `${method} ${path} with ${scope}: ${status} ${code}`).toBe(
          !has.some((one) => wanted.includes(one)),
        );
      }
    }
  });

  it('names the scheme when it refuses (RFC 9110)', async () => {
    const { headers } = await deployed().send('/task-queue/tasks');
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="custom-emoji"');
  });
});

describe('a token', () => {
  const { send, sendJson, newToken } = deployed();

  it('is shown once, can be recognised, and is stored as a hash only', async () => {
    const response = await sendJson('/access/tokens', ADMIN_TOKEN, { name: 'slack-bot', scopes: ['emoji:write'] });
    const made = await response.json<{ id: string; token: string }>();
    expect(made).toMatchObject({ name: 'slack-bot', created_by: 'admin', expires_at: null, revoked_at: null });
    expect(made.token).toMatch(/^cemoji_[0-9A-Za-z]{36}$/);
    const listed = await (await send('/access/tokens', { token: ADMIN_TOKEN })).text();
    expect(listed).toContain(made.id);
    const { results } = await env.DB.prepare('SELECT * FROM api_tokens').all();
    for (const text of [listed, JSON.stringify(results)]) {
      expect(text).not.toContain(made.token);
      expect(text).not.toContain(made.token.slice(7));
    }
  });

  it('is nothing once it is revoked, or its time is over', async () => {
    const bot = await newToken('bot', ['task:read']);
    const list = () => outcomeOf(send('/task-queue/tasks', { token: bot.token }));
    expect(await list()).toEqual([200, undefined]);
    const revoked = await send(`/access/tokens/${bot.id}`, { method: 'DELETE', token: ADMIN_TOKEN });
    expect(await revoked.json()).toMatchObject({ id: bot.id, revoked_at: expect.stringMatching(/Z$/) });
    expect(await list()).toEqual([401, 'token_invalid']);

    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-12-01T00:00:00Z') });
    const brief = await newToken('brief', ['task:read'], { expires_at: '2026-12-02T01:00:00+01:00' });
    vi.setSystemTime(Date.parse('2026-12-01T23:59:59.999Z'));
    expect((await send('/task-queue/tasks', { token: brief.token })).status).toBe(200);
    vi.setSystemTime(Date.parse('2026-12-02T00:00:00Z'));
    expect(await outcomeOf(send('/task-queue/tasks', { token: brief.token }))).toEqual([401, 'token_invalid']);
  });

  it('makes no other one once it is revoked, however long its request takes', async () => {
    const clerk = await newToken('clerk', ['token:admin']);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const making = send('/access/tokens', {
      method: 'POST',
      token: clerk.token,
      headers: { 'Content-Type': 'application/json' },
      body: readable,
    });
    const [start, rest] = ['{"name":"heir",', '"scopes":["token:admin"]}'].map((part) =>
      new TextEncoder().encode(part),
    );
    await writer.write(start);
    await send(`/access/tokens/${clerk.id}`, { method: 'DELETE', token: ADMIN_TOKEN });
    await writer.write(rest);
    await writer.close();
    expect(await outcomeOf(making)).toEqual([401, 'token_invalid']);
  });

  it('tells when it was used last, to a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-12-01T00:00:00Z') });
    const { token } = await newToken('bot', ['task:read']);
    const lastUsed = async () => {
      const { data } = await (await send('/access/tokens', { token: ADMIN_TOKEN })).json<{ data: object[] }>();
      return data[0];
    };
    expect(await lastUsed()).toMatchObject({ last_used_at: null });
    await send('/task-queue/counts', { token });
    expect(await lastUsed()).toMatchObject({ last_used_at: '2026-12-01T00:00:00.000Z' });
    vi.setSystemTime(Date.parse('2026-12-01T00:00:30Z'));
    await send('/task-queue/counts', { token });
    expect(await lastUsed()).toMatchObject({ last_used_at: '2026-12-01T00:00:00.000Z' });
    vi.setSystemTime(Date.parse('2026-12-01T00:01:00Z'));
    await send('/task-queue/counts', { token });
    expect(await lastUsed()).toMatchObject({ last_used_at: '2026-12-01T00:01:00.000Z' });
  });

  it('is good also when that cannot be noted', async () => {
    const { token } = await newToken('bot', ['task:read']);
    const full = "CREATE TRIGGER full BEFORE UPDATE ON api_tokens BEGIN SELECT RAISE(ABORT, 'full'); END";
    await env.DB.prepare(full).run();
    expect(await outcomeOf(send('/task-queue/counts', { token }))).toEqual([200, undefined]);
    expect(await env.DB.prepare('SELECT last_used_at FROM api_tokens').first('last_used_at')).toBeNull();
  });

  it('that is none is refused alike, whatever is wrong with it', async () => {
    const { token } = await newToken('bot', ['task:read']);
    const other = token.endsWith('a') ? 'b' : 'a';
    for (const wrong of [
      'x',
      ADMIN_TOKEN.slice(0, -1),
      `${ADMIN_TOKEN}x`,
      token.slice(0, -1) + other,
      'x'.repeat(5_000),
    ]) {
      expect(await outcomeOf(send('/task-queue/tasks', { token: wrong })), wrong).toEqual([401, 'token_invalid']);
    }
    for (const header of ['', 'Bearer', 'Basic YTpi', `bearer  two words`, token]) {
      const response = send('/task-queue/tasks', { headers: { Authorization: header } });
      expect(await outcomeOf(response), header).toEqual([401, 'authorization_malformed']);
    }
    expect((await send('/task-queue/tasks', { headers: { Authorization: `bearer ${token}` } })).status).toBe(200);
  });

  it('of another TOKEN_KEY is none; another ADMIN_TOKEN does not matter then', async () => {
    const key = { TOKEN_KEY: 'k'.repeat(32) };
    const first = deployed({ settings: key });
    const { token } = await first.newToken('bot', ['task:read']);
    const statusOf = async (settings: object) =>
      (await deployed({ settings }).send('/task-queue/tasks', { token })).status;
    expect(await statusOf({ ...key, ADMIN_TOKEN: 'z'.repeat(32) })).toBe(200);
    expect(await statusOf({ TOKEN_KEY: 'l'.repeat(32) })).toBe(401);
    expect(await statusOf({})).toBe(401);
  });

  it('has a name of its own, among those that are not revoked', async () => {
    const bot = await newToken('bot', ['task:read']);
    const again = () => outcomeOf(sendJson('/access/tokens', ADMIN_TOKEN, { name: 'bot', scopes: ['task:read'] }));
    expect(await again()).toEqual([409, 'token_name_taken']);
    await send(`/access/tokens/${bot.id}`, { method: 'DELETE', token: ADMIN_TOKEN });
    expect((await again())[0]).toBe(201);
    const admin = sendJson('/access/tokens', ADMIN_TOKEN, { name: 'admin', scopes: ['task:read'] });
    expect(await outcomeOf(admin)).toEqual([409, 'token_name_taken']);
    for (const name of ['', 'Bot', 'a b', '-bot', 'ada@example.org', 'x'.repeat(65)]) {
      const refused = sendJson('/access/tokens', ADMIN_TOKEN, { name, scopes: ['task:read'] });
      expect(await outcomeOf(refused), name).toEqual([422, 'invalid_request']);
    }
  });

  it('gives nothing to others that it has not', async () => {
    const { token } = await newToken('clerk', ['token:admin', 'emoji:write']);
    const give = (...scopes: string[]) => outcomeOf(sendJson('/access/tokens', token, { name: 'new', scopes }));
    expect(await give('emoji:admin')).toEqual([403, 'scope_not_yours']);
    expect(await give('emoji:write', 'task:read')).toEqual([403, 'scope_not_yours']);
    expect((await give('emoji:write', 'emoji:read', 'token:admin'))[0]).toBe(201);
  });

  it('gives nothing for longer than it has it', async () => {
    const end = Date.now() + 3_600_000;
    const iso = (at: number) => new Date(at).toISOString();
    const { token } = await newToken('clerk', ['token:admin'], { expires_at: iso(end) });
    const give = (name: string, expires_at: string | null) =>
      outcomeOf(sendJson('/access/tokens', token, { name, scopes: ['token:admin'], expires_at }));
    expect(await give('a', null)).toEqual([403, 'expiry_not_yours']);
    expect(await give('a', iso(end + 1))).toEqual([403, 'expiry_not_yours']);
    expect((await give('a', iso(end)))[0]).toBe(201);
    expect(await give('b', iso(Date.now() - 1))).toEqual([422, 'invalid_request']);
    // RFC 3339, section 5.6: a year has four digits, in every answer that tells of the token, too.
    for (const [expires_at, status] of [
      ['9999-12-31T23:59:59.999Z', 201],
      ['9999-12-31T23:59:59-00:01', 422],
    ]) {
      const made = sendJson('/access/tokens', ADMIN_TOKEN, { name: 'late', scopes: ['task:read'], expires_at });
      expect((await made).status, `${expires_at}`).toBe(status);
    }
  });

  it('that is not there cannot be revoked', async () => {
    const missing = send('/access/tokens/nothing', { method: 'DELETE', token: ADMIN_TOKEN });
    expect(await outcomeOf(missing)).toEqual([404, 'token_not_found']);
  });
});

describe('an emoji', () => {
  const { send, sendJson, newToken } = deployed();

  it('is changed by its owner, and by who may change all', async () => {
    const ada = await newToken('ada', ['emoji:write']);
    const bob = await newToken('bob', ['emoji:write']);
    const chief = await newToken('chief', ['emoji:admin']);
    const { task_id } = await accepted(await send('/custom-emoji/emojis?name=tada', { ...PICTURE, token: ada.token }));
    await finishedAs(ada.token, task_id);
    const change = (token: string) =>
      send('/custom-emoji/emojis/tada', {
        method: 'PATCH',
        token,
        headers: { 'Content-Type': 'application/json', 'If-Match': '*' },
        body: JSON.stringify({ tags: [token === ada.token ? 'mine' : 'theirs'] }),
      });
    const others: [string, RequestInit][] = [
      ['/custom-emoji/emojis/tada', { method: 'DELETE' }],
      ['/custom-emoji/emojis/tada/image', { ...PICTURE, method: 'PUT' }],
      ['/custom-emoji/emojis/tada/render', { method: 'POST' }],
    ];
    expect(await outcomeOf(change(bob.token))).toEqual([403, 'emoji_not_yours']);
    for (const [path, init] of others) {
      expect(await outcomeOf(send(path, { ...init, token: bob.token })), path).toEqual([403, 'emoji_not_yours']);
    }
    expect((await change(ada.token)).status).toBe(200);
    expect((await change(chief.token)).status).toBe(200);
    const info = await send('/custom-emoji/emojis/tada/info', { token: bob.token });
    expect(await info.json()).toMatchObject({ owner: 'ada', tags: ['theirs'] });

    expect((await send('/custom-emoji/emojis/tada', { method: 'DELETE', token: ada.token })).status).toBe(200);
    const bin = async (token: string) => {
      const { data } = await (await send('/custom-emoji/bin', { token })).json<{ data: object[] }>();
      return data.length;
    };
    expect([await bin(ada.token), await bin(bob.token), await bin(chief.token)]).toEqual([1, 0, 1]);
    const restore = (token: string) => send('/custom-emoji/emojis/tada/restore', { method: 'POST', token });
    expect(await outcomeOf(restore(bob.token))).toEqual([403, 'emoji_not_yours']);
    expect((await restore(ada.token)).status).toBe(200);
  });

  it("is its owner's again by another token of the same name", async () => {
    const first = await newToken('ada', ['emoji:write']);
    await addEmoji({ name: 'tada' });
    await env.DB.prepare("UPDATE emojis SET owner = 'ada'").run();
    await send(`/access/tokens/${first.id}`, { method: 'DELETE', token: ADMIN_TOKEN });
    const second = await newToken('ada', ['emoji:write']);
    expect((await send('/custom-emoji/emojis/tada', { method: 'DELETE', token: second.token })).status).toBe(200);
  });

  it('of nobody is changed by who may change all', async () => {
    const ada = await newToken('ada', ['emoji:write']);
    await addEmoji({ name: 'tada' });
    const remove = (token: string) => outcomeOf(send('/custom-emoji/emojis/tada', { method: 'DELETE', token }));
    expect(await remove(ada.token)).toEqual([403, 'emoji_not_yours']);
    expect((await remove(ADMIN_TOKEN))[0]).toBe(200);
  });

  it('is shown to everybody without the names of people', async () => {
    await addEmoji({ name: 'tada' });
    await env.DB.prepare("UPDATE emojis SET owner = 'ada@example.org'").run();
    await send('/custom-emoji/emojis/tada', { method: 'DELETE', token: ADMIN_TOKEN });
    await send('/custom-emoji/emojis/tada/restore', { method: 'POST', token: ADMIN_TOKEN });
    const reader = await newToken('reader', ['emoji:read']);
    const seen = async (token?: string) => {
      const list = await (await send('/custom-emoji/emojis?image_data=false', { token })).text();
      const info = await (await send('/custom-emoji/emojis/tada/info', { token })).text();
      const many = await (await sendJson('/custom-emoji/emojis:batchGet', token, { names: ['tada'] })).text();
      return {
        owner: [list, info, many].map((text) => text.includes('ada@example.org')),
        actor: info.includes('"actor":"admin"'),
      };
    };
    expect(await seen(reader.token)).toEqual({ owner: [true, true, true], actor: true });
    expect(await seen()).toEqual({ owner: [false, false, false], actor: false });
    const filtered = send('/custom-emoji/emojis?owner=ada%40example.org');
    expect(await outcomeOf(filtered)).toEqual([401, 'not_signed_in']);
    const ops = await newToken('ops', ['task:read']);
    const known = send('/custom-emoji/emojis?owner=ada%40example.org', { token: ops.token });
    expect(await outcomeOf(known)).toEqual([403, 'not_allowed']);
    const pack = '/custom-emoji/packs/emojipacks?owner=ada%40example.org';
    expect(await outcomeOf(send(pack))).toEqual([401, 'not_signed_in']);
    expect(await outcomeOf(send(pack, { token: ops.token }))).toEqual([403, 'not_allowed']);
    const own = await (await send(pack, { token: reader.token })).bytes();
    expect(new TextDecoder().decode(own)).toContain('name: "tada_2"');
    expect((await send('/custom-emoji/emojis/tada/history')).status).toBe(401);
    expect((await send('/custom-emoji/emojis/tada/original')).status).toBe(401);
  });

  it('is not taken from what a browser has kept of before somebody signed in or out', async () => {
    await addEmoji({ name: 'tada' });
    const { token } = await newToken('reader', ['emoji:read']);
    for (const path of ['/custom-emoji/emojis', '/custom-emoji/emojis/tada/info']) {
      const etagOf = async (as?: string) => {
        const response = await send(path, { token: as });
        await response.text();
        return response.headers.get('ETag') ?? '';
      };
      const statusOf = async (etag: string, as?: string) =>
        (await send(path, { token: as, headers: { 'If-None-Match': etag } })).status;
      const [signedIn, signedOut] = [await etagOf(token), await etagOf()];
      expect([await statusOf(signedIn, token), await statusOf(signedOut)], path).toEqual([304, 304]);
      expect([await statusOf(signedOut, token), await statusOf(signedIn)], path).toEqual([200, 200]);
    }
  });

  it('of a private service is shown to who may see it, and kept by nobody else', async () => {
    const hidden = deployed({ settings: { READ_ACCESS: 'private' } });
    await addEmoji({ name: 'tada', hash: 'ab' });
    await env.PICTURES.put('images/ab.gif', fixture('moving-square.gif'));
    const reader = await newToken('reader', ['emoji:read']);
    for (const { method, path, operation } of await routes()) {
      if (!isReadable(operation)) continue;
      expect(await outcomeOf(hidden.send(path, { method })), path).toEqual([401, 'not_signed_in']);
    }
    // Whether it is there or not.
    for (const name of ['tada', 'nobody']) {
      expect(await outcomeOf(hidden.send(`/custom-emoji/${name}`))).toEqual([401, 'not_signed_in']);
    }
    const shown = await hidden.send('/custom-emoji/tada', { token: reader.token });
    expect([shown.status, shown.headers.get('Cache-Control')]).toEqual([200, expect.stringMatching(/^private/)]);
    await shown.bytes();
    // Nor is it told what an emoji is called now, where a cache keeps the way there.
    const writer = await newToken('writer', ['emoji:admin']);
    const headers = { 'Content-Type': 'application/json', 'If-Match': '*' };
    const renaming = { method: 'PATCH', token: writer.token, headers, body: JSON.stringify({ name: 'hooray' }) };
    expect((await hidden.send('/custom-emoji/emojis/tada', renaming)).status).toBe(200);
    for (const what of ['', '/info', '/history', '/original']) {
      const moved = await hidden.send(`/custom-emoji/emojis/tada${what}`, { token: reader.token, redirect: 'manual' });
      expect([moved.status, moved.headers.get('Cache-Control')], what).toEqual([301, 'private, max-age=60']);
    }
  });
});

describe('a task', () => {
  const { send, newToken } = deployed();

  it('is followed, cancelled and tried again by who ordered it, and by who may', async () => {
    const ada = await newToken('ada', ['emoji:write']);
    const bob = await newToken('bob', ['emoji:write']);
    const eve = await newToken('eve', ['task:read']);
    const ops = await newToken('ops', ['task:write']);
    const broken = { ...PICTURE, body: PICTURE.body.subarray(0, 30) };
    const { task_id } = await accepted(await send('/custom-emoji/emojis?name=tada', { ...broken, token: ada.token }));
    await finishedAs(ada.token, task_id);
    const paths = [
      `/task-queue/status?task_id=${task_id}`,
      `/task-queue/tasks/${task_id}`,
      `/task-queue/tasks/${task_id}/events`,
    ];
    for (const path of paths) {
      const look = async (token: string) => {
        const response = await send(path, { token });
        await response.body?.cancel();
        return response.status;
      };
      expect([await look(ada.token), await look(bob.token), await look(eve.token)], path).toEqual([200, 404, 200]);
    }
    const retry = (token: string) => outcomeOf(send(`/task-queue/tasks/${task_id}/retry`, { method: 'POST', token }));
    expect(await retry(bob.token)).toEqual([404, 'task_not_found']);
    expect(await retry(eve.token)).toEqual([403, 'not_allowed']);
    expect((await retry(ada.token))[0]).toBe(200);
    await finishedAs(ada.token, task_id);
    expect((await retry(ops.token))[0]).toBe(200);
    await finishedAs(ada.token, task_id);
    const both = await newToken('both', ['emoji:write', 'task:read']);
    expect(await retry(both.token)).toEqual([403, 'task_not_yours']);
  });

  it('of one under an Idempotency-Key is nothing to another', async () => {
    const ada = await newToken('ada', ['emoji:write']);
    const bob = await newToken('bob', ['emoji:write']);
    const order = (token: string, name: string) =>
      send(`/custom-emoji/emojis?name=${name}`, {
        ...PICTURE,
        token,
        headers: { ...PICTURE.headers, 'Idempotency-Key': 'k' },
      });
    const first = await accepted(await order(ada.token, 'tada'));
    expect((await accepted(await order(ada.token, 'tada'))).task_id).toBe(first.task_id);
    expect(await outcomeOf(order(bob.token, 'tada'))).toEqual([409, 'name_taken']);
    expect((await accepted(await order(bob.token, 'other'))).task_id).not.toBe(first.task_id);
  });
});

describe('X-Actor', () => {
  const { send, newToken } = deployed();
  const upload = (token: string, name: string, actor: string) =>
    send(`/custom-emoji/emojis?name=${name}`, { ...PICTURE, token, headers: { ...PICTURE.headers, 'X-Actor': actor } });

  it('is for who may change the emoji of all', async () => {
    const front = await newToken('front', ['emoji:admin']);
    const ada = await newToken('ada', ['emoji:write']);
    await accepted(await upload(front.token, 'tada', 'ada@example.org'));
    expect(await env.DB.prepare('SELECT owner FROM emojis').first('owner')).toBe('ada@example.org');
    expect(await outcomeOf(upload(ada.token, 'other', 'bob'))).toEqual([403, 'actor_not_yours']);
    await accepted(await upload(ada.token, 'other', 'ada'));
    expect(await outcomeOf(upload(front.token, 'third', '   é'))).toEqual([422, 'invalid_request']);
  });
});

/** As `finished`, of a service that asks for a token. */
async function finishedAs(token: string, taskId: string): Promise<void> {
  const { send } = deployed();
  await vi.waitFor(
    async () => {
      const { status } = await (await send(`/task-queue/status?task_id=${taskId}`, { token })).json<{
        status: string;
      }>();
      expect(['SUCCESS', 'FAILURE', 'REVOKED']).toContain(status);
    },
    { timeout: 20_000, interval: 20 },
  );
}
