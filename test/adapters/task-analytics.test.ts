import { reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { noteTaskEnd } from '../../src/adapters/task-analytics.ts';
import { migrate } from '../support/database.ts';
import { FAILURE, must, newOrder, RESULT } from '../support/tasks.ts';

const dataset = { writeDataPoint: vi.fn<(point: Required<AnalyticsEngineDataPoint>) => void>() };

/** A task that was accepted, with an owner who writes what has ended into `dataset`. */
async function accepted() {
  const order = newOrder();
  const object = env.TASKS.getByName(order.id);
  await runInDurableObject(object, (instance) => Object.assign(instance, { env: { ...env, TASK_ENDS: dataset } }));
  await d1EmojiCatalogue(env.DB).take(order);
  await object.submit(order);
  return { order, object, token: must(await object.claim()).token };
}

beforeEach(async () => {
  await migrate();
  dataset.writeDataPoint.mockClear();
});
afterEach(reset);

it('writes each task that ends, once, and none before', async () => {
  const { order, object, token } = await accepted();
  expect(dataset.writeDataPoint).not.toHaveBeenCalled();
  await object.succeed(token, RESULT);
  await object.settle();
  expect(dataset.writeDataPoint).toHaveBeenCalledTimes(1);
  const { source, image } = RESULT;
  const point = must(dataset.writeDataPoint.mock.lastCall)[0];
  expect(point.indexes).toEqual(['create']);
  expect(point.blobs).toEqual([order.id, 'create', 'SUCCESS', '', source.format, order.emojiName, order.actor ?? '']);
  const [queued, took, ...facts] = point.doubles;
  for (const milliseconds of [queued, took]) expect(milliseconds).toBeGreaterThanOrEqual(0);
  expect(facts).toEqual([1, source.bytes, source.frames, source.width * source.height, image.bytes]);
});

it('says why one failed', async () => {
  const { object, token } = await accepted();
  await object.fail(token, FAILURE);
  expect(must(dataset.writeDataPoint.mock.lastCall)[0].blobs.slice(1, 4)).toEqual(['create', 'FAILURE', FAILURE.code]);
});

it('keeps to what Analytics Engine takes, whatever is written, and does nothing where there is none', async () => {
  const { object, token } = await accepted();
  await object.succeed(token, RESULT);
  const task = must(await object.read());
  const most = { ...task, emojiName: '\u{1F99C}'.repeat(64), actor: 'x'.repeat(200) };
  noteTaskEnd({ ...env, TASK_ENDS: dataset } as Env, most);
  // https://developers.cloudflare.com/analytics/analytics-engine/limits/
  const { indexes, blobs, doubles } = must(dataset.writeDataPoint.mock.lastCall)[0];
  const bytes = (texts: unknown[]) => new TextEncoder().encode(texts.join('')).length;
  expect(indexes.length).toBe(1);
  expect(bytes(indexes)).toBeLessThanOrEqual(96);
  expect(blobs.length).toBeLessThanOrEqual(20);
  expect(bytes(blobs)).toBeLessThanOrEqual(16_384);
  expect(doubles.length).toBeLessThanOrEqual(20);
  const calls = dataset.writeDataPoint.mock.calls.length;
  noteTaskEnd({ ...env, TASK_ENDS: undefined } as unknown as Env, task);
  expect(dataset.writeDataPoint).toHaveBeenCalledTimes(calls);
});
