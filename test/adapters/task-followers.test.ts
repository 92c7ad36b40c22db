import { evictDurableObject, reset, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import type { TaskObject } from '../../src/adapters/task-object.ts';
import type { TaskOrder } from '../../src/domain/task.ts';
import { migrate } from '../support/database.ts';
import { allEvents, type Follower, follow } from '../support/events.ts';
import { FAILURE, must, newOrder, RESULT } from '../support/tasks.ts';

const ADDRESS = 'https://emoji.example/events';

let order: TaskOrder;
let object: DurableObjectStub<TaskObject>;

const connect = async () => follow(await object.fetch(ADDRESS, { headers: { Upgrade: 'websocket' } }));
const statesOf = ({ messages }: Follower) => messages.map(({ state }) => state);
const claimed = async () => must(await object.claim()).token;

beforeEach(async () => {
  await migrate();
  order = newOrder();
  object = env.TASKS.getByName(order.id);
  await d1EmojiCatalogue(env.DB).take(order);
  await object.submit(order);
});
afterEach(reset);

describe('a WebSocket that follows a task', () => {
  it('is told the task as it is, then each change and the progress, and is closed at the end', async () => {
    const follower = await connect();
    const token = await claimed();
    await object.progress(token, { done: 3, of: 10 });
    await object.succeed(token, RESULT);
    expect(await follower.closed).toEqual({ code: 1000, reason: 'The task is finished.' });
    expect(follower.messages.map(({ state, progress }) => [state, progress])).toEqual([
      ['PENDING', null],
      ['STARTED', null],
      ['STARTED', { done: 3, of: 10 }],
      ['SUCCESS', null],
    ]);
    expect(follower.messages.at(-1)).toMatchObject({
      id: order.id,
      kind: 'create',
      emoji_name: 'tada',
      attempts: 1,
      error: null,
      source: { format: 'png', bytes: 1_000, width: 20, height: 10, frames: 1, duration_ms: 0 },
    });
  });

  it('outlives the hibernation of the object', async () => {
    const follower = await connect();
    await evictDurableObject(object);
    const token = await claimed();
    await evictDurableObject(object);
    await object.fail(token, FAILURE);
    await follower.closed;
    expect(statesOf(follower)).toEqual(['PENDING', 'STARTED', 'FAILURE']);
  });

  it('is one of several, of which each is told all', async () => {
    const followers = [await connect(), await connect(), await connect()];
    await object.cancel();
    for (const follower of followers) {
      await follower.closed;
      expect(statesOf(follower)).toEqual(['PENDING', 'REVOKED']);
    }
  });

  it('is told the end only when the history has it', async () => {
    const follower = await connect();
    const token = await claimed();
    await env.DB.exec('ALTER TABLE tasks RENAME TO away');
    await object.succeed(token, RESULT);
    await env.DB.exec('ALTER TABLE away RENAME TO tasks');
    expect(statesOf(follower)).not.toContain('SUCCESS');
    await runDurableObjectAlarm(object);
    await follower.closed;
    expect(statesOf(follower)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  });

  it('that goes away is no trouble for the task', async () => {
    const response = await object.fetch(ADDRESS, { headers: { Upgrade: 'websocket' } });
    response.webSocket?.accept();
    response.webSocket?.close(1000, 'enough');
    const stays = await connect();
    await object.succeed(await claimed(), RESULT);
    await stays.closed;
    expect((await object.read())?.state).toBe('SUCCESS');
  });

  it('that has not answered the close of before is no trouble when the task is tried again', async () => {
    const response = await object.fetch(ADDRESS, { headers: { Upgrade: 'websocket' } });
    const ended = must(await object.cancel());
    // Its client has not even begun to listen.
    expect(await object.restart(ended, 1, Date.now())).toMatchObject({ state: 'PENDING' });
    const slow = follow(response);
    await slow.closed;
    expect(statesOf(slow)).toEqual(['PENDING', 'REVOKED']);
  });

  it('of a task that has ended is told so, and closed', async () => {
    await object.cancel();
    const follower = await connect();
    expect((await follower.closed).code).toBe(1000);
    expect(statesOf(follower)).toEqual(['REVOKED']);
  });
});

describe('Server-Sent Events of a task', () => {
  it('tell the same, numbered by its sequence, and end with it', async () => {
    const response = await object.fetch(ADDRESS);
    expect(response.headers.get('Content-Type')).toBe('text/event-stream');
    const token = await claimed();
    await object.progress(token, { done: 1, of: 2 });
    await object.retry(token, 'R2 is away');
    await object.cancel();
    const events = await allEvents(response);
    expect(events.map(({ event, id, data }) => [event, id, JSON.parse(data).state])).toEqual([
      ['task', '1', 'PENDING'],
      ['task', '2', 'STARTED'],
      ['task', '2', 'STARTED'],
      ['task', '3', 'RETRY'],
      ['task', '4', 'REVOKED'],
    ]);
    expect(JSON.parse(must(events[2]).data).progress).toEqual({ done: 1, of: 2 });
    expect(JSON.parse(must(events[3]).data).history.at(-1).reason).toBe('R2 is away');
  });

  it('whose client goes away are no trouble for the task', async () => {
    const response = await object.fetch(ADDRESS);
    await response.body?.cancel();
    await object.succeed(await claimed(), RESULT);
    expect((await object.read())?.state).toBe('SUCCESS');
  });

  it('of a task that has ended are its end', async () => {
    await object.cancel();
    const events = await allEvents(await object.fetch(ADDRESS));
    expect(events.map(({ data }) => JSON.parse(data).state)).toEqual(['REVOKED']);
  });
});

it('answers 404 where there is no task (any more)', async () => {
  expect((await env.TASKS.getByName('nobody').fetch(ADDRESS)).status).toBe(404);
});
