import { createExecutionContext, createMessageBatch, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { d1Housekeeping } from '../../src/adapters/d1-housekeeping.ts';
import { d1ImportItems } from '../../src/adapters/d1-import-items.ts';
import { importPack } from '../../src/application/imports/import-pack.ts';
import type { Claim } from '../../src/application/ports.ts';
import { consumeRenderQueue } from '../../src/renderer/consumer.ts';
import { workPorts } from '../../src/work/ports.ts';
import { ADMIN_TOKEN, deployed, outcomeOf } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { type Accepted, fixture } from '../support/service.ts';
import { zipBytes } from '../support/zip-bytes.ts';

const PNG = fixture('halves.png');
const { send, newToken } = deployed();
const bindings = { ...env, OPEN_TO_LOOPBACK: undefined, ADMIN_TOKEN } as unknown as Env;

/** Orders the import of so many pictures. */
async function order(token: string, count: number, query = ''): Promise<string> {
  const files = Array.from({ length: count }, (_, index) => ({ name: `e${index}.png`, content: PNG }));
  const response = await send(`/custom-emoji/imports${query}`, { method: 'POST', token, body: zipBytes(files) });
  expect(response.status, await response.clone().text()).toBe(202);
  return (await response.json<Accepted>()).task_id;
}

/** Orders it, and has its archive read. */
async function plan(token: string, count: number, query = ''): Promise<string> {
  const id = await order(token, count, query);
  await slice(id);
  expect(await outcomes(id)).toEqual({ planned: count });
  return id;
}

/** Works on an import by one claim, as soon as there is one. */
async function slice(id: string): Promise<void> {
  await importPack(workPorts(bindings, {}), await claimed(id));
}

/** What an import works with, where something befalls it when its second task has been taken over. */
function interrupted(befall: () => Promise<unknown>) {
  const ports = workPorts(bindings, {});
  let submitted = 0;
  const taskOwners = {
    ...ports.taskOwners,
    async submit(order: Parameters<typeof ports.taskOwners.submit>[0]) {
      await ports.taskOwners.submit(order);
      if (++submitted === 2) await befall();
    },
  };
  return { ...ports, taskOwners };
}

function claimed(id: string): Promise<Claim> {
  return vi.waitFor(
    async () => {
      const claim = await env.TASKS.getByName(id).claim();
      if (claim === null) throw new Error('there is nothing to claim');
      return claim;
    },
    { timeout: 12_000, interval: 50 },
  );
}

/** Renders what waits. */
async function render(id: string): Promise<void> {
  const items = await d1ImportItems(env.DB).list(id, { outcomes: ['waiting'], after: 0, limit: 100 });
  for (const { taskId } of items) {
    const body = { version: 1, taskId, sequence: 1, sends: 1 };
    const batch = createMessageBatch('custom-emoji-render', [
      { id: `${taskId}`, timestamp: new Date(), attempts: 1, body },
    ]);
    await consumeRenderQueue(batch, env, createExecutionContext());
  }
}

const read = async (id: string) => env.TASKS.getByName(id).read();

async function outcomes(id: string): Promise<Record<string, number>> {
  const items = await d1ImportItems(env.DB).list(id, { outcomes: [], after: 0, limit: 1_000 });
  const by = Map.groupBy(items, ({ outcome, error }) => (error ? `${outcome}: ${error.code}` : outcome));
  return Object.fromEntries([...by].map(([what, some]) => [what, some.length]));
}

beforeEach(migrate);
afterEach(reset);

describe('an import', () => {
  it('waits where there is no room for more tasks, and fails nothing for that', async () => {
    const { token } = await newToken('bot', ['emoji:write'], { quotas: { tasks: 3 } });
    const id = await plan(token, 5);
    await slice(id);
    // It is a task itself.
    expect(await outcomes(id)).toEqual({ planned: 3, waiting: 2 });
    for (const left of [1, 0]) {
      await render(id);
      await slice(id);
      expect((await outcomes(id)).planned ?? 0).toBe(left);
    }
    await render(id);
    await slice(id);
    expect(await outcomes(id)).toEqual({ done: 5 });
    expect(await read(id)).toMatchObject({ state: 'SUCCESS', outcome: { counts: { succeeded: 5 } } });
  });

  it('fails what is more than a quota of emoji, and goes on', async () => {
    const { token } = await newToken('bot', ['emoji:write'], { quotas: { emojis: 2 } });
    const id = await plan(token, 4);
    await slice(id);
    await render(id);
    await slice(id);
    expect(await outcomes(id)).toEqual({ done: 2, 'failed: quota_exceeded': 2 });
    expect(await read(id)).toMatchObject({ state: 'SUCCESS' });
  });

  it('says so where nobody may have a task beside it any more', async () => {
    const { token, id: tokenId } = await newToken('bot', ['emoji:write']);
    const id = await plan(token, 2);
    const quotas = JSON.stringify({ emojis: null, bytes: null, tasks: 1 });
    await env.DB.prepare('UPDATE api_tokens SET quotas = ? WHERE id = ?').bind(quotas, tokenId).run();
    await slice(id);
    await slice(id);
    expect(await outcomes(id)).toEqual({ 'failed: too_many_tasks': 2 });
  });

  it('leaves room for an emoji: several would wait for each other for ever', async () => {
    const { token } = await newToken('bot', ['emoji:write'], { quotas: { tasks: 3 } });
    const ids = [await order(token, 1), await order(token, 1)];
    const body = () => zipBytes([{ name: 'a.png', content: PNG }]);
    const third = await send('/custom-emoji/imports', { method: 'POST', token, body: body() });
    expect([third.status, await third.json()]).toEqual([
      429,
      expect.objectContaining({
        code: 'too_many_tasks',
        detail: expect.stringContaining('has 2 tasks that have not ended; the limit is 3. This needs room for 2,'),
      }),
    ]);
    const [first = ''] = ids;
    await slice(first);
    await slice(first);
    await render(first);
    await slice(first);
    expect(await outcomes(first)).toEqual({ done: 1 });

    const { token: other } = await newToken('other', ['emoji:write'], { quotas: { tasks: 1 } });
    const refused = await send('/custom-emoji/imports', { method: 'POST', token: other, body: body() });
    expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ code: 'quota_exceeded' })]);
    const dry = await send('/custom-emoji/imports?dry_run=true', { method: 'POST', token: other, body: body() });
    expect(dry.status).toBe(202);
  });

  it('leaves room for an emoji when it is tried again', async () => {
    const { token } = await newToken('bot', ['emoji:write'], { quotas: { tasks: 2 } });
    const id = await order(token, 1);
    const move = (what: string) => send(`/task-queue/tasks/${id}/${what}`, { method: 'POST', token });
    expect((await move('cancel')).status).toBe(200);
    const other = await order(token, 1);
    const again = await move('retry');
    expect([again.status, await again.json()]).toEqual([429, expect.objectContaining({ code: 'too_many_tasks' })]);
    expect(await read(other)).toMatchObject({ state: 'PENDING' });
  });

  it('carries out a dry run that is known no more, from its archive', async () => {
    const { token } = await newToken('bot', ['emoji:write']);
    const dry = await order(token, 2, '?dry_run=true');
    await slice(dry);
    const response = await send(`/custom-emoji/imports/${dry}/run`, { method: 'POST', token });
    const { task_id: id } = await response.json<Accepted>();
    await d1Housekeeping(env.DB).forgetTasks(Date.now() + 1, 10);
    await slice(id);
    expect(await outcomes(id)).toEqual({ planned: 2 });
    expect(await read(id)).toMatchObject({ outcome: { format: 'pictures' } });
  });

  it('that has listed what there is, is carried out by who ordered it, and by who may move it', async () => {
    const ada = await newToken('ada', ['emoji:write']);
    const bob = await newToken('bob', ['emoji:write']);
    const member = await newToken('member', ['emoji:write', 'task:read']);
    const ops = await newToken('ops', ['emoji:write', 'task:write']);
    const dry = await order(ada.token, 1, '?dry_run=true');
    await slice(dry);
    const path = `/custom-emoji/imports/${dry}`;
    for (const what of [path, `${path}/items`]) {
      expect(await outcomeOf(send(what, { token: bob.token }))).toEqual([404, 'import_not_found']);
      for (const { token } of [ada, member]) expect((await send(what, { token })).status).toBe(200);
    }
    for (const query of ['', '?dry_run=true', '?on_conflict=rename']) {
      const run = ({ token }: { token: string }) => outcomeOf(send(`${path}/run${query}`, { method: 'POST', token }));
      expect(await run(bob), query).toEqual([404, 'import_not_found']);
      // Who sees all tasks has no part in what was uploaded for them.
      expect(await run(member), query).toEqual([403, 'task_not_yours']);
      expect(await run(ops), query).toEqual([202, undefined]);
      expect(await run(ada), query).toEqual([202, undefined]);
    }
  });

  it('has no more than 25 emoji on their way', async () => {
    const { token } = await newToken('bot', ['emoji:write']);
    const id = await plan(token, 30);
    await slice(id);
    expect(await outcomes(id)).toEqual({ planned: 5, waiting: 25 });
    await slice(id);
    expect(await outcomes(id)).toEqual({ planned: 5, waiting: 25 });
  });

  it('stops when the token of who ordered it is revoked', async () => {
    const { token, id: tokenId } = await newToken('bot', ['emoji:write']);
    const id = await plan(token, 30);
    await slice(id);
    await send(`/access/tokens/${tokenId}`, { method: 'DELETE', token: ADMIN_TOKEN });
    await slice(id);
    expect(await read(id)).toMatchObject({
      state: 'FAILURE',
      failure: { code: 'token_invalid', message: expect.stringContaining('revoked') },
      outcome: { counts: { waiting: 25, planned: 5 } },
    });
    expect(await outcomes(id)).toEqual({ planned: 5, waiting: 25 });
  });

  it('replaces only what who ordered it may change', async () => {
    const ada = await newToken('ada', ['emoji:write']);
    const bob = await newToken('bob', ['emoji:write']);
    const first = await plan(ada.token, 1);
    await slice(first);
    await render(first);
    await slice(first);
    const second = await plan(bob.token, 2, '?on_conflict=replace');
    await slice(second);
    await render(second);
    await slice(second);
    expect(await outcomes(second)).toEqual({ done: 1, 'failed: emoji_not_yours': 1 });
  });

  it('decides anew where somebody else is faster to take a name', async () => {
    const { token } = await newToken('bot', ['emoji:write']);
    const id = await plan(token, 1, '?on_conflict=rename');
    const ports = workPorts(bindings, {});
    let looks = 0;
    const importItems = {
      ...ports.importItems,
      async holders(names: string[]) {
        const found = await ports.importItems.holders(names);
        if (++looks > 1) return found;
        const headers = { 'Content-Type': 'image/png' };
        const taken = await send('/custom-emoji/emojis?name=e0', { method: 'POST', token, headers, body: PNG });
        expect(taken.status).toBe(202);
        return found;
      },
    };
    await importPack({ ...ports, importItems }, await claimed(id));
    const items = await d1ImportItems(env.DB).list(id, { outcomes: [], after: 0, limit: 10 });
    expect(items).toMatchObject([{ action: 'rename', outcome: 'waiting', finalName: 'e0_2', error: null }]);
  });

  it.each<[string, (id: string, claim: Claim, token: string) => Promise<unknown>]>([
    ['it is cancelled', (id, _, token) => send(`/task-queue/tasks/${id}/cancel`, { method: 'POST', token })],
    [
      'somebody else works on it',
      async (id, claim) => {
        await workPorts(bindings, {}).taskOwners.retry(id, claim.token, 'it was too slow', []);
        await claimed(id);
      },
    ],
  ])('orders nothing more from when %s', async (_, meanwhile) => {
    const { token } = await newToken('bot', ['emoji:write']);
    const id = await plan(token, 5);
    const claim = await claimed(id);
    await importPack(
      interrupted(() => meanwhile(id, claim, token)),
      claim,
    );
    expect(await outcomes(id)).toEqual({ waiting: 2, planned: 3 });
  });

  it('is broken off while it orders, and goes on where it was', async () => {
    const { token } = await newToken('bot', ['emoji:write']);
    const id = await plan(token, 3);
    const claim = await claimed(id);
    const failed = Promise.withResolvers<void>();
    // The power fails when the second one has been taken over, and nobody hears of it.
    const ports = interrupted(() => {
      failed.resolve();
      return new Promise(() => {});
    });
    void importPack(ports, claim);
    await failed.promise;
    expect(await outcomes(id)).toEqual({ waiting: 1, ordering: 1, planned: 1 });
    await ports.taskOwners.retry(id, claim.token, 'the power has failed', []);
    await slice(id);
    expect(await outcomes(id)).toEqual({ waiting: 3 });
    await render(id);
    await slice(id);
    expect(await outcomes(id)).toEqual({ done: 3 });
    const { results } = await env.DB.prepare('SELECT id FROM tasks WHERE parent_id = ?').bind(id).all();
    expect(results).toHaveLength(3);
  });

  it('counts no attempt in which something was done', async () => {
    const { token } = await newToken('bot', ['emoji:write']);
    const id = await plan(token, 12);
    const ports = workPorts(bindings, {});
    for (let part = 1; part <= 6; part++) {
      // As where a plan of Cloudflare allows few calls: here, what two emoji need.
      let calls = 0;
      const importItems = {
        ...ports.importItems,
        holders: (names: string[]) => {
          if (++calls > 2) throw new Error('Too many API requests by single Worker invocation.');
          return ports.importItems.holders(names);
        },
      };
      await importPack({ ...ports, importItems }, await claimed(id));
      expect((await outcomes(id)).waiting).toBe(2 * part);
    }
    expect(await read(id)).toMatchObject({ state: 'STARTED' });
  });
});
