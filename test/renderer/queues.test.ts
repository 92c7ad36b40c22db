import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import worker from '../../src/index.ts';

async function consume(queue: string): Promise<string[]> {
  const batch = createMessageBatch(queue, [{ id: '1', timestamp: new Date(), attempts: 1, body: 'nonsense' }]);
  const context = createExecutionContext();
  await worker.queue(batch, env, context);
  return (await getQueueResult(batch, context)).explicitAcks;
}

it.each(['render', 'render-dead', 'work'])('has a consumer in each environment: custom-emoji-%s', async (name) => {
  expect(await consume(`custom-emoji-${name}`)).toEqual(['1']);
  expect(await consume(`staging-custom-emoji-${name}`)).toEqual(['1']);
});

it.each(['custom-emoji-other', 'render', ''])('drops nothing of a queue that it does not know: %j', async (queue) => {
  await expect(consume(queue)).rejects.toThrow(`no consumer is known for the queue ${queue}`);
});
