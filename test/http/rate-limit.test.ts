import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networkOf } from '../../src/http/access/rates.ts';
import { ADMIN_TOKEN, deployed, outcomeOf } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { request, resetAtRest } from '../support/service.ts';

/** Three a minute of what is limited so; a limit that is reached in one test is reached in all others. */
const strict = (...names: ('READ_LIMIT' | 'WRITE_LIMIT')[]) =>
  deployed({ settings: Object.fromEntries(names.map((name) => [name, env.LIMIT_OF_THREE])) });

const CHANGE = '/custom-emoji/emojis/nothing';

let lastAddress = 0;
/** Nobody has had it before. */
const newAddress = () => `192.0.2.${++lastAddress}`;
const from = (address: string) => ({ headers: { 'CF-Connecting-IP': address } });

async function statuses(times: number, send: () => Promise<Response>): Promise<number[]> {
  const answers: number[] = [];
  for (let i = 0; i < times; i++) answers.push((await send()).status);
  return answers;
}

/** Minutes are those of the clock: a test that is begun in one must end in it. */
async function beginOfMinute(): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 15_000) await scheduler.wait(left);
}

beforeEach(migrate);
beforeEach(beginOfMinute, 20_000);
afterEach(resetAtRest);

describe('a rate limit', () => {
  it('is of a token, from wherever it is used, and says when to come back', async () => {
    const { send, newToken } = strict('WRITE_LIMIT');
    const first = await newToken('first', ['emoji:write']);
    const second = await newToken('second', ['emoji:write']);
    const remove = (token: string) => send(CHANGE, { method: 'DELETE', token, ...from(newAddress()) });
    expect(await statuses(5, () => remove(first.token))).toEqual([404, 404, 404, 429, 429]);
    const refused = await remove(first.token);
    expect(refused.headers.get('Retry-After')).toBe('60');
    expect(await refused.json()).toEqual({
      title: 'Too Many Requests',
      status: 429,
      code: 'rate_limited',
      detail: 'You have sent more than 120 changes within 60 seconds. Send this again in 60 seconds.',
    });
    expect((await remove(second.token)).status).toBe(404);
    // What is refused is not noted as a change, and reading goes on.
    const { data } = await (await send('/access/audit', { token: ADMIN_TOKEN })).json<{ data: { name: string }[] }>();
    expect(data.filter(({ name }) => name === 'first')).toHaveLength(3);
    expect((await send('/custom-emoji/emojis', { token: first.token })).status).toBe(200);
  });

  it('is of the ADMIN_TOKEN too, whomever it speaks for', async () => {
    const { send } = strict('WRITE_LIMIT');
    let speakers = 0;
    const remove = () => {
      const headers = { 'X-Actor': `speaker-${++speakers}`, ...from(newAddress()).headers };
      return send(CHANGE, { method: 'DELETE', token: ADMIN_TOKEN, headers });
    };
    expect(await statuses(4, remove)).toEqual([404, 404, 404, 429]);
    // Nor is what it says counted against who has that name.
    const person = deployed({
      settings: { WRITE_LIMIT: env.LIMIT_OF_THREE, ACCESS_MEMBERS: '*@example.org' },
      person: 'ada@example.org',
    });
    const change = (headers: HeadersInit) => send(CHANGE, { method: 'DELETE', token: ADMIN_TOKEN, headers });
    expect(await statuses(3, () => change({ 'X-Actor': 'ada@example.org' }))).toEqual([429, 429, 429]);
    expect((await person.send(CHANGE, { method: 'DELETE' })).status).toBe(404);
  });

  it('is of an address where nobody says who he is', async () => {
    const { send } = strict('READ_LIMIT');
    const [one, other] = [newAddress(), newAddress()];
    expect(await statuses(4, () => send('/custom-emoji/emojis', from(one)))).toEqual([200, 200, 200, 429]);
    expect((await send('/custom-emoji/emojis', from(other))).status).toBe(200);
  });

  it('stops whoever guesses tokens before they are looked up', async () => {
    const { send, newToken } = deployed();
    const { token } = await newToken('bot', ['emoji:write']);
    const address = newAddress();
    const guess = (text: string) => strict('READ_LIMIT').send('/access/tokens', { token: text, ...from(address) });
    expect(await statuses(4, () => guess('cemoji_guess'))).toEqual([401, 401, 401, 429]);
    // Neither a right guess nor the cookie of a session is told from a wrong one.
    expect((await guess(token)).status).toBe(429);
    const { headers } = from(address);
    const withCookie = { headers: { ...headers, Cookie: '__Host-session=guess' } };
    expect((await strict('READ_LIMIT').send('/access/tokens', withCookie)).status).toBe(429);
    const { results } = await env.DB.prepare('SELECT last_used_at FROM api_tokens').all();
    expect(results).toEqual([{ last_used_at: null }]);
    // Others go on.
    expect((await send('/access/tokens', { token: ADMIN_TOKEN, ...from(newAddress()) })).status).toBe(200);
  });

  it('stops whoever tries to sign in again and again', async () => {
    const { sendJson } = strict('WRITE_LIMIT');
    const signIn = () => sendJson('/access/session', undefined, { token: 'cemoji_guess' });
    expect(await statuses(4, signIn)).toEqual([401, 401, 401, 429]);
  });

  it('is not for programs on this machine', async () => {
    expect(new Set(await statuses(130, () => request(CHANGE, { method: 'DELETE' })))).toEqual(new Set([404]));
  });

  it('is told by any route', async () => {
    const { paths } = await (await request('/openapi.json')).json<{
      paths: Record<string, Record<string, { responses: Record<string, { headers?: object }> }>>;
    }>();
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      expect(operation.responses[429]?.headers).toHaveProperty('Retry-After');
    }
  });

  it('is told with the number that the binding has', async () => {
    // In workerd nobody can read wrangler.toml: the real bindings are counted.
    const limited = deployed();
    const address = newAddress();
    const send = () => limited.send('/access/session', { method: 'DELETE', ...from(address) });
    const answers = await statuses(Number(env.WRITES_PER_MINUTE) + 1, send);
    expect(answers.filter((status) => status !== 429)).toHaveLength(Number(env.WRITES_PER_MINUTE));
    expect(await outcomeOf(send())).toEqual([429, 'rate_limited']);
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['', ''],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001::', '2001:db8:1:0::/64'],
  ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
  ['::1', '0:0:0:0::/64'],
])('counts %s as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
