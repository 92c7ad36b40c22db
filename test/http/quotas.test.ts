import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADMIN_TOKEN, deployed, outcomeOf } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { type Accepted, fixture, resetAtRest } from '../support/service.ts';
import { usageCounted, usageKept } from '../support/usage.ts';

const PICTURE = fixture('halves.png');
const BYTES = PICTURE.byteLength;
const { send, sendJson, newToken } = deployed();

/** What a session tells. */
interface Who {
  quotas: Record<'used' | 'limit', Record<'emojis' | 'bytes' | 'tasks', number>> | null;
}

function upload(token: string, name: string, headers: Record<string, string> = {}): Promise<Response> {
  const init = { method: 'POST', token, body: PICTURE, headers: { 'Content-Type': 'image/png', ...headers } };
  return send(`/custom-emoji/emojis?name=${name}`, init);
}

const who = async (token: string) => (await send('/access/session', { token })).json<Who>();

const newOne = async (quotas: object) => (await newToken('bot', ['emoji:write'], { quotas })).token;

/** Waits until no task is under way. */
async function atRest(token: string): Promise<void> {
  await vi.waitFor(async () => expect((await who(token)).quotas?.used.tasks).toBe(0), { timeout: 20_000 });
}

async function sourceCount(): Promise<number> {
  return (await env.PICTURES.list({ prefix: 'sources/' })).objects.length;
}

beforeEach(migrate);
afterEach(resetAtRest);
afterEach(async () => expect(await usageKept()).toEqual(await usageCounted()));

describe('a quota', () => {
  it.each([
    [{ emojis: 3 }, 403, 'quota_exceeded', { of: 'emojis', used: 3, limit: 3 }],
    [{ bytes: 4 * BYTES - 1 }, 403, 'quota_exceeded', { of: 'bytes', used: 3 * BYTES, limit: 4 * BYTES - 1 }],
  ])('is kept to exactly by uploads that come at once, every time', async (quotas, status, code, quota) => {
    const token = await newOne(quotas);
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((i) => upload(token, `tada-${round}-${i}`)));
      const refused = answers.filter((answer) => !answer.ok);
      const made = await Promise.all(
        answers.filter(({ ok }) => ok).map(async (answer) => (await answer.json<Accepted>()).name),
      );
      expect(made).toHaveLength(3);
      for (const answer of refused) {
        expect(answer.status).toBe(status);
        expect(await answer.json()).toMatchObject({ code, quota });
      }
      // Nothing is left of those that were refused.
      expect(await sourceCount()).toBe(3 * (round + 1));
      await atRest(token);
      expect((await who(token)).quotas?.used).toEqual({ emojis: 3, bytes: 3 * BYTES * (round + 1), tasks: 0 });
      // Room for the next ones.
      await Promise.all(made.map((name) => send(`/custom-emoji/emojis/${name}`, { method: 'DELETE', token })));
      // Deleted emoji have bytes still.
      if ('bytes' in quotas) break;
    }
  });

  it('of tasks says when to come back, and lets them in one after the other', async () => {
    const token = await newOne({ tasks: 2 });
    const answers = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => upload(token, `tada-${i}`)));
    const refused = answers.filter((answer) => !answer.ok);
    // A task may have ended, and made room, while others came.
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect([answer.status, answer.headers.get('Retry-After')]).toEqual([429, '5']);
      expect(await answer.json()).toMatchObject({
        code: 'too_many_tasks',
        quota: { of: 'tasks', used: 2, limit: 2 },
        detail: expect.stringContaining('"bot" has 2 tasks that have not ended; the limit is 2.'),
      });
    }
    await atRest(token);
    expect((await upload(token, 'later')).status).toBe(202);
  });

  it('of no task at all is not waited for', async () => {
    const token = await newOne({ tasks: 0 });
    const refused = await upload(token, 'tada');
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([403, null]);
    expect(await refused.json()).toMatchObject({
      code: 'quota_exceeded',
      quota: { of: 'tasks', used: 0, limit: 0 },
      detail: '"bot" may have no tasks: ask whoever runs the service for a token with more.',
    });
  });

  it('counts a request that is sent again once', async () => {
    const token = await newOne({ emojis: 1, bytes: BYTES });
    const key = { 'Idempotency-Key': '"once"' };
    const first = await (await upload(token, 'tada', key)).json<Accepted>();
    await atRest(token);
    expect(await (await upload(token, 'tada', key)).json<Accepted>()).toMatchObject({ task_id: first.task_id });
    expect((await who(token)).quotas?.used).toEqual({ emojis: 1, bytes: BYTES, tasks: 0 });
    expect(await outcomeOf(upload(token, 'other'))).toEqual([403, 'quota_exceeded']);
  });

  it('holds for replacing, restoring and trying again as for uploading', async () => {
    const token = await newOne({ emojis: 1, bytes: 3 * BYTES });
    await upload(token, 'first');
    await atRest(token);
    await send('/custom-emoji/emojis/first', { method: 'DELETE', token });
    await upload(token, 'second');
    await atRest(token);
    expect(await outcomeOf(send('/custom-emoji/emojis/first/restore', { method: 'POST', token }))).toEqual([
      403,
      'quota_exceeded',
    ]);
    const replace = () =>
      send('/custom-emoji/emojis/second/image', {
        method: 'PUT',
        token,
        body: PICTURE,
        headers: { 'Content-Type': 'image/png' },
      });
    expect((await replace()).status).toBe(202);
    await atRest(token);
    expect(await outcomeOf(replace())).toEqual([403, 'quota_exceeded']);
    // Whoever may change the emoji of all may bring it back all the same.
    const restored = await send('/custom-emoji/emojis/first/restore', { method: 'POST', token: ADMIN_TOKEN });
    expect(restored.status).toBe(200);
    expect((await who(token)).quotas?.used).toEqual({ emojis: 2, bytes: 3 * BYTES, tasks: 0 });
  });

  it('lets go of a picture that cannot be used, but for its upload', async () => {
    const token = await newOne({ emojis: 1 });
    const broken = { method: 'POST', token, body: 'no picture', headers: { 'Content-Type': 'image/png' } };
    const { task_id } = await (await send('/custom-emoji/emojis?name=broken', broken)).json<Accepted>();
    await atRest(token);
    expect((await who(token)).quotas?.used).toEqual({ emojis: 0, bytes: 10, tasks: 0 });
    await upload(token, 'tada');
    await atRest(token);
    const retry = await send(`/task-queue/tasks/${task_id}/retry`, { method: 'POST', token });
    expect(await outcomeOf(retry)).toEqual([403, 'quota_exceeded']);
  });
});

describe('the numbers', () => {
  it('are those of the service, unless a token has its own', async () => {
    const [emojis, bytes, tasks] = [env.QUOTA_EMOJIS, env.QUOTA_BYTES, env.QUOTA_TASKS].map(Number);
    const plain = await newToken('plain', ['emoji:write']);
    expect((await who(plain.token)).quotas).toEqual({
      used: { emojis: 0, bytes: 0, tasks: 0 },
      limit: { emojis, bytes, tasks },
    });
    const made = await newToken('own', ['emoji:write'], { quotas: { bytes: 0, tasks: 7 } });
    expect(made).toMatchObject({ quotas: { emojis: null, bytes: 0, tasks: 7 } });
    expect((await who(made.token)).quotas?.limit).toEqual({ emojis, bytes: 0, tasks: 7 });
    const list = await (await send('/access/tokens', { token: ADMIN_TOKEN })).json<{ data: object[] }>();
    expect(list.data).toMatchObject([
      { name: 'own', quotas: { emojis: null, bytes: 0, tasks: 7 } },
      { name: 'plain', quotas: { emojis: null, bytes: null, tasks: null } },
    ]);
    expect(await outcomeOf(upload(made.token, 'tada'))).toEqual([403, 'quota_exceeded']);
  });

  it("are nobody's who looks after the emoji of all", async () => {
    const { token } = await newToken('keeper', ['emoji:admin'], { quotas: { emojis: 0 } });
    expect((await upload(token, 'tada')).status).toBe(202);
    for (const one of [token, ADMIN_TOKEN]) expect((await who(one)).quotas).toBeNull();
  });

  it('hold for people who sign in with Cloudflare Access', async () => {
    const settings = { ACCESS_MEMBERS: '*@example.org', QUOTA_EMOJIS: '0' };
    const { send: sendAs } = deployed({ settings, person: 'ada@example.org' });
    const init = { method: 'POST', body: PICTURE, headers: { 'Content-Type': 'image/png' } };
    expect(await outcomeOf(sendAs('/custom-emoji/emojis?name=tada', init))).toEqual([403, 'quota_exceeded']);
  });

  it('make sense, or nothing is done', async () => {
    const wrong = { name: 'bot', scopes: ['emoji:write'] };
    for (const quotas of [{ emojis: -1 }, { bytes: 1.5 }, { tasks: 'many' }, { pictures: 1 }]) {
      const answer = sendJson('/access/tokens', ADMIN_TOKEN, { ...wrong, quotas });
      expect(await outcomeOf(answer)).toEqual([422, 'invalid_request']);
    }
    const { send: sendTo } = deployed({ settings: { QUOTA_TASKS: 'many' } });
    expect(await outcomeOf(sendTo('/task-queue/counts', { token: ADMIN_TOKEN }))).toEqual([500, 'internal_error']);
  });
});
