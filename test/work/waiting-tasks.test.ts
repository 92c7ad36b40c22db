import { reset } from 'cloudflare:test';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deployed, outcomeOf } from '../support/closed.ts';
import { migrate } from '../support/database.ts';
import { accepted, fixture } from '../support/service.ts';

beforeEach(migrate);
afterEach(reset);

it('a task that waits is nothing to others who may not see all', async () => {
  const { send, newToken } = deployed();
  const ada = await newToken('ada', ['emoji:write']);
  const bob = await newToken('bob', ['emoji:write']);
  const eve = await newToken('eve', ['task:read']);
  const picture = { headers: { 'Content-Type': 'image/png' }, body: fixture('halves.png') };
  const order = send('/custom-emoji/emojis?name=tada', { method: 'POST', token: ada.token, ...picture });
  const { task_id } = await accepted(await order);
  const task = `/task-queue/tasks/${task_id}`;
  for (const path of [task, `${task}/events`, `/task-queue/status?task_id=${task_id}&wait=1`]) {
    expect(await outcomeOf(send(path, { token: bob.token })), path).toEqual([404, 'task_not_found']);
    for (const { token } of [ada, eve]) expect(await outcomeOf(send(path, { token })), path).toEqual([200, undefined]);
  }
  for (const move of ['cancel', 'retry']) {
    const path = `${task}/${move}`;
    expect(await outcomeOf(send(path, { method: 'POST', token: bob.token })), path).toEqual([404, 'task_not_found']);
  }
  const { status } = await (await send(`/task-queue/status?task_id=${task_id}`, { token: ada.token })).json<{
    status: string;
  }>();
  expect(status).toBe('PENDING');
});
