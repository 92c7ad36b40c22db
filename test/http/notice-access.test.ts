import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, deployed, outcomeOf } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { hook } from '../support/notices.ts';
import { expectProblem } from '../support/problems.ts';
import { accepted, finished, fixture, resetAtRest } from '../support/service.ts';

const { send, sendJson, newToken } = deployed();

async function subscribe(token: string, more: object = {}, service = deployed()): Promise<Response> {
  return service.sendJson('/notices/subscriptions', token, { kind: 'webhook', target: hook().url, ...more });
}

async function subscribed(token: string, more: object = {}): Promise<string> {
  const response = await subscribe(token, more);
  expect(response.status, await response.clone().text()).toBe(201);
  return (await response.json<{ id: string }>()).id;
}

async function uploaded(token: string, name: string, picture: BodyInit = fixture('halves.png')): Promise<void> {
  const headers = { 'Content-Type': 'image/png' };
  const sent = await send(`/custom-emoji/emojis?name=${name}`, { method: 'POST', token, headers, body: picture });
  await finished((await accepted(sent)).task_id);
}

/** By whom each subscription was told of what. */
async function told(): Promise<Record<string, string[]>> {
  const { results } = await env.DB.prepare('SELECT subscription_id, event FROM notice_deliveries ORDER BY number').all<{
    subscription_id: string;
    event: string;
  }>();
  const bySubscription = Object.groupBy(results, ({ subscription_id }) => subscription_id);
  return Object.fromEntries(
    Object.entries(bySubscription).map(([id, rows = []]) => [id, rows.map(({ event }) => event)]),
  );
}

beforeEach(migrate);
afterEach(async () => {
  // What was sealed for a deployed service, the queue of the tests cannot open.
  await env.DB.exec("UPDATE notice_deliveries SET state = 'failed'");
  await resetAtRest();
});

describe('notices', () => {
  it('are seen, changed and sent again by who has subscribed, and by who may change all emoji', async () => {
    const [ada, bob, reader] = await Promise.all([
      newToken('ada', ['emoji:write']),
      newToken('bob', ['emoji:write']),
      newToken('reader', ['emoji:read', 'task:write']),
    ]);
    const id = await subscribed(ada.token);
    await uploaded(ada.token, 'tada');
    const listed = (token: string, what: string) =>
      send(`/notices/${what}`, { token }).then((response) => response.json<{ data: { id: string }[] }>());
    const [{ id: delivery = '' } = {}] = (await listed(ada.token, 'deliveries')).data;
    expect(delivery).toMatch(/^msg_/);
    for (const what of ['subscriptions', 'deliveries']) {
      expect((await listed(bob.token, what)).data, what).toEqual([]);
      expect((await listed(ADMIN_TOKEN, what)).data, what).toEqual((await listed(ada.token, what)).data);
      expect(await outcomeOf(send(`/notices/${what}`, { token: reader.token }))).toEqual([403, 'not_allowed']);
    }
    const attempts: [string, string, object?][] = [
      ['GET', `subscriptions/${id}`],
      ['PATCH', `subscriptions/${id}`, { paused: true }],
      ['POST', `subscriptions/${id}/test`, {}],
      ['POST', `subscriptions/${id}/secret/rotate`, {}],
      ['DELETE', `subscriptions/${id}`],
      ['POST', `deliveries/${delivery}/resend`, {}],
    ];
    for (const [method, path, body] of attempts) {
      const code = path.startsWith('d') ? 'delivery_not_found' : 'subscription_not_found';
      const answer = body
        ? sendJson(`/notices/${path}`, bob.token, body, method)
        : send(`/notices/${path}`, { method, token: bob.token });
      expect(await outcomeOf(answer), path).toEqual([404, code]);
    }
    expect(
      (await sendJson(`/notices/subscriptions/${id}`, ADMIN_TOKEN, { events: ['task.failed'] }, 'PATCH')).status,
    ).toBe(200);
    expect((await send(`/notices/subscriptions/${id}`, { method: 'DELETE', token: ada.token })).status).toBe(204);
  });

  it('tell nobody of the tasks of others who may not see them', async () => {
    const [ada, bob, viewer] = await Promise.all([
      newToken('ada', ['emoji:write']),
      newToken('bob', ['emoji:write']),
      newToken('viewer', ['emoji:write', 'task:read']),
    ]);
    const [mine, others, all] = await Promise.all([ada, bob, viewer].map(({ token }) => subscribed(token)));
    await uploaded(ada.token, 'broken', 'no picture');
    await uploaded(ada.token, 'tada');
    expect(await told()).toEqual({
      [mine ?? '']: ['task.failed', 'emoji.created', 'task.succeeded'],
      // What there is to be seen, everybody may see.
      [others ?? '']: ['emoji.created'],
      [all ?? '']: ['task.failed', 'emoji.created', 'task.succeeded'],
    });
    // Another token of that name may do less.
    await send(`/access/tokens/${viewer.id}`, { method: 'DELETE', token: ADMIN_TOKEN });
    await newToken('viewer', ['emoji:write']);
    await uploaded(ada.token, 'late');
    expect((await told())[all ?? '']?.slice(3)).toEqual(['emoji.created']);
  });

  it('tell nothing more once the token is void, until another of its name is there', async () => {
    const ada = await newToken('ada', ['emoji:write']);
    const soon = await newToken('soon', ['emoji:write'], {
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    const id = await subscribed(ada.token);
    const expiring = await subscribed(soon.token, { events: ['emoji.created'] });
    await send(`/access/tokens/${ada.id}`, { method: 'DELETE', token: ADMIN_TOKEN });
    await env.DB.prepare('UPDATE api_tokens SET expires_at = 1 WHERE id = ?').bind(soon.id).run();
    await uploaded(ADMIN_TOKEN, 'a');
    expect(await told()).toEqual({});
    await newToken('ada', ['emoji:write']);
    await uploaded(ADMIN_TOKEN, 'b');
    expect(await told()).toEqual({ [id]: ['emoji.created'] });
    expect(expiring).not.toBe(id);
  });

  it('are for 20 targets of one owner', async () => {
    const { token } = await newToken('ada', ['emoji:write']);
    const answers = await Promise.all(Array.from({ length: 25 }, () => subscribe(token)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    const refused = answers.find(({ status }) => status !== 201);
    await expectProblem(refused as Response, 403, 'too_many_subscriptions', /20/);
    expect((await subscribe(ADMIN_TOKEN)).status).toBe(201);
  });

  it('are kept with their addresses and secrets sealed', async () => {
    const { token } = await newToken('ada', ['emoji:write']);
    const target = 'https://www.example.com/hook/a-path-of-theirs?key=a-secret-of-theirs';
    const { id, secret } = await (await subscribe(token, { target })).json<{ id: string; secret: string }>();
    const rotated = await sendJson(`/notices/subscriptions/${id}/secret/rotate`, token, {});
    const { secret: next } = await rotated.json<{ secret: string }>();
    const everywhere = await Promise.all(
      ['notice_subscriptions', 'notice_deliveries', 'audit_entries'].map((table) =>
        env.DB.prepare(`SELECT * FROM ${table}`).all(),
      ),
    );
    const listed = await (await send('/notices/subscriptions', { token })).text();
    for (const text of [JSON.stringify(everywhere), listed]) {
      expect(text).toContain(id);
      for (const hidden of [
        secret.slice('whsec_'.length),
        next.slice('whsec_'.length),
        'a-secret-of-theirs',
        'a-path-of-theirs',
      ]) {
        expect(text).not.toContain(hidden);
      }
    }
  });

  it('are not sent by another machine than the one that is open to itself', async () => {
    const { token } = await newToken('ada', ['emoji:write']);
    for (const target of ['http://127.0.0.1:8080/hook', 'http://localhost/hook', 'https://[::1]/']) {
      expect(await outcomeOf(subscribe(token, { target })), target).toEqual([422, 'url_not_allowed']);
    }
  });
});

describe('e-mail', () => {
  const to = (target: string) => ({ kind: 'email', target });

  it('is refused where the service sends none, and says what is missing', async () => {
    const none = await subscribe(ADMIN_TOKEN, to('ada@example.org'));
    await expectProblem(none, 422, 'email_not_possible', /MAIL_FROM/);
    const unbound = deployed({
      settings: { EMAIL: undefined, MAIL_FROM: 'emoji@example.org', MAIL_TO: '*@example.org' },
    });
    const answer = await subscribe(ADMIN_TOKEN, to('ada@example.org'), unbound);
    await expectProblem(answer, 422, 'email_not_possible', /\[\[send_email\]\]/);
  });

  it('goes to the addresses only that it may go to', async () => {
    const service = deployed({
      settings: { MAIL_FROM: 'emoji@example.org', MAIL_TO: '*@example.org, bob@example.com' },
    });
    for (const address of ['ada@example.org', 'Ada@EXAMPLE.org', 'bob@example.com']) {
      expect((await subscribe(ADMIN_TOKEN, to(address), service)).status, address).toBe(201);
    }
    for (const address of [
      'ada@example.com',
      'ada@sub.example.org',
      'a@b@example.org',
      'x@example.org\r\nBcc: y@example.com',
    ]) {
      expect(await outcomeOf(subscribe(ADMIN_TOKEN, to(address), service)), address).toEqual([
        422,
        'email_not_possible',
      ]);
    }
  });
});
