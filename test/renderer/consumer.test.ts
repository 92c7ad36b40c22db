import { createExecutionContext, createMessageBatch, getQueueResult, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TaskMessage } from '../../src/adapters/task-message.ts';
import worker from '../../src/index.ts';
import { migrate } from '../support/database.ts';
import { fixture } from '../support/service.ts';
import { newOrder } from '../support/tasks.ts';

beforeEach(migrate);
afterEach(reset);

function batchOf(queue: string, taskIds: string[], attempts = 1): MessageBatch<TaskMessage> {
  return createMessageBatch<TaskMessage>(
    queue,
    taskIds.map((taskId) => ({
      id: `m-${taskId}`,
      timestamp: new Date(),
      attempts,
      body: { version: 1, taskId, sequence: 1, sends: 1 },
    })),
  );
}

async function deliver(queue: string, taskIds: string[], bindings: Env = env) {
  const batch = batchOf(queue, taskIds);
  const context = createExecutionContext();
  await worker.queue(batch, bindings, context);
  return getQueueResult(batch, context);
}

/** A task that waits for a renderer, for a picture of `test/fixtures` or other bytes. */
async function waiting(picture: Uint8Array): Promise<string> {
  const order = newOrder();
  await env.PICTURES.put(order.sourceKey, picture);
  await env.TASKS.getByName(order.id).submit(order);
  return order.id;
}

const stateOf = async (taskId: string) => (await env.TASKS.getByName(taskId).read())?.state;

describe('the queue consumer', () => {
  it('renders each task of a batch, broken pictures between whole ones, and acknowledges all', async () => {
    const pictures = ['halves.png', 'moving-square.gif', 'orientation-6.jpg', 'quadrants.webp'].map(fixture);
    const broken = fixture('halves.png').slice(0, 40);
    const taskIds: string[] = [];
    for (const picture of pictures) taskIds.push(await waiting(picture), await waiting(broken));
    const { explicitAcks, retryMessages } = await deliver('custom-emoji-render', taskIds);
    expect(explicitAcks).toHaveLength(8);
    expect(retryMessages).toEqual([]);
    expect(await Promise.all(taskIds.map(stateOf))).toEqual(Array(4).fill(['SUCCESS', 'FAILURE']).flat());
  });

  it('acknowledges a message that comes twice, or for a task that nobody knows', async () => {
    const taskId = await waiting(fixture('halves.png'));
    await deliver('custom-emoji-render', [taskId]);
    const { explicitAcks } = await deliver('custom-emoji-render', [taskId, taskId, crypto.randomUUID()]);
    expect(explicitAcks).toHaveLength(3);
    expect((await env.TASKS.getByName(taskId).read())?.attempts).toBe(1);
  });

  it('leaves another attempt to the owner of the task, when storage is away', async () => {
    const taskId = await waiting(fixture('halves.png'));
    const away = { get: () => Promise.reject(new Error('R2 is away')) } as unknown as R2Bucket;
    const { explicitAcks } = await deliver('custom-emoji-render', [taskId], { ...env, PICTURES: away });
    expect(explicitAcks).toHaveLength(1);
    expect(await env.TASKS.getByName(taskId).read()).toMatchObject({
      state: 'RETRY',
      history: [{}, {}, { reason: 'a fault while reading the upload' }],
    });
  });

  it('acknowledges what it does not understand: it would only come again', async () => {
    for (const queue of ['custom-emoji-render', 'custom-emoji-render-dead']) {
      const bodies = [null, 'text', {}, { version: 2, taskId: 't' }];
      const batch = createMessageBatch(
        queue,
        bodies.map((body, index) => ({ id: `m-${index}`, timestamp: new Date(), attempts: 1, body })),
      );
      const context = createExecutionContext();
      await worker.queue(batch, env, createExecutionContext());
      expect((await getQueueResult(batch, context)).explicitAcks).toHaveLength(4);
    }
  });

  it.each([
    [1, 2],
    [5, 32],
    [50, 300],
  ])('wants a message back whose task cannot be reached: delivery %i after %i s', async (deliveries, delaySeconds) => {
    const away = { getByName: () => ({ claim: () => Promise.reject(new Error('away')) }) } as unknown as Env['TASKS'];
    const batch = batchOf('custom-emoji-render', ['t'], deliveries);
    const retry = vi.spyOn(batch.messages[0] as Message<TaskMessage>, 'retry');
    await worker.queue(batch, { ...env, TASKS: away }, createExecutionContext());
    // The queue result of the test runner leaves out the delay.
    expect(retry.mock.calls).toEqual([[{ delaySeconds }]]);
  });
});

describe('the consumer of dead letters', () => {
  it('fails the waiting task of a message that the queue gave up on', async () => {
    const taskId = await waiting(fixture('halves.png'));
    const { explicitAcks } = await deliver('custom-emoji-render-dead', [taskId]);
    expect(explicitAcks).toHaveLength(1);
    expect((await env.TASKS.getByName(taskId).read())?.failure).toMatchObject({ code: 'not_delivered' });
  });

  it('leaves a finished task alone', async () => {
    const taskId = await waiting(fixture('halves.png'));
    await deliver('custom-emoji-render', [taskId]);
    await deliver('custom-emoji-render-dead', [taskId]);
    expect(await stateOf(taskId)).toBe('SUCCESS');
  });

  it('leaves a task alone that has moved on since the message: a later one is out', async () => {
    const taskId = await waiting(fixture('halves.png'));
    const owner = env.TASKS.getByName(taskId);
    await owner.retry((await owner.claim())?.token ?? '', 'R2 is away');
    await deliver('custom-emoji-render-dead', [taskId]);
    expect(await stateOf(taskId)).toBe('RETRY');
  });

  it('wants a letter back when the task cannot be reached', async () => {
    const away = {
      getByName: () => ({ undeliverable: () => Promise.reject(new Error('away')) }),
    } as unknown as Env['TASKS'];
    const result = await deliver('custom-emoji-render-dead', ['t'], { ...env, TASKS: away });
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(['m-t']);
  });
});

describe('an order to make a picture fit', () => {
  const order = (key: string, sourceKey: string) => ({
    version: 1,
    fit: {
      key,
      sourceKey,
      look: { fit: 'contain', background: null, matte: null },
      budget: { side: 64, bytes: 51_200, frames: 2, png: true },
    },
  });

  const deliverFit = async (queue: string, body: object, bindings: Env = env) => {
    const batch = createMessageBatch(queue, [{ id: 'm', timestamp: new Date(), attempts: 1, body }]);
    const context = createExecutionContext();
    await worker.queue(batch, bindings, context);
    return getQueueResult(batch, context);
  };

  it('is done once, however often it comes', async () => {
    await env.PICTURES.put('sources/moving', fixture('moving-square.gif'));
    for (let i = 0; i < 2; i++) {
      const { explicitAcks } = await deliverFit('custom-emoji-render', order('k', 'sources/moving'));
      expect(explicitAcks).toEqual(['m']);
    }
    const file = await env.PICTURES.head('fitted/k');
    expect(file?.httpMetadata?.contentType).toBe('image/gif');
    expect(JSON.parse(file?.customMetadata?.facts ?? '')).toMatchObject({ size: 64, frames: 2, of: 3, lossy: 0 });
  });

  it('is acknowledged with the reason where it can never be done', async () => {
    await env.PICTURES.put('sources/broken', new Uint8Array(3));
    expect((await deliverFit('custom-emoji-render', order('broken', 'sources/broken'))).explicitAcks).toEqual(['m']);
    expect(await env.PICTURES.head('fitted/broken')).toMatchObject({
      size: 0,
      customMetadata: { failure: expect.stringContaining('"code"') },
    });
    expect((await deliverFit('custom-emoji-render', order('lost', 'sources/lost'))).explicitAcks).toEqual(['m']);
    expect(await env.PICTURES.head('fitted/lost')).toBeNull();
  });

  it('comes again after a fault, and is let go of when the queue gives up', async () => {
    const PICTURES = { head: () => Promise.reject(new Error('no R2')) } as unknown as R2Bucket;
    const { retryMessages } = await deliverFit('custom-emoji-render', order('k', 's'), { ...env, PICTURES });
    expect(retryMessages).toEqual([{ msgId: 'm' }]);
    expect((await deliverFit('custom-emoji-render-dead', order('k', 's'))).explicitAcks).toEqual(['m']);
  });
});
