import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { allPorts } from '../../src/adapters/ports.ts';
import { publishEmoji } from '../../src/application/publish-emoji.ts';
import { sha256 } from '../../src/application/sha256.ts';
import { destinationOf } from '../../src/application/targets.ts';
import type { FitOrder } from '../../src/domain/platforms/budget.ts';
import { migrate } from '../support/database.ts';
import { addEmoji } from '../support/emojis.ts';
import { newPlace } from '../support/places.ts';
import { fixture } from '../support/service.ts';
import { ownerOf } from '../support/task-owner.ts';
import { must, newOrder } from '../support/tasks.ts';

const GIF = fixture('moving-square.gif');

beforeEach(async () => {
  for (const method of ['log', 'info', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => {});
  await migrate();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** A publication of an emoji of which nothing fits yet; renderers get what is to be made, and do not make it. */
async function waiting() {
  const ports = allPorts(env);
  await ports.sources.put(
    'sources/t',
    (async function* () {
      yield GIF;
    })(),
  );
  await addEmoji({ name: 'tada', bytes: 300_000 });
  await env.DB.prepare("UPDATE emojis SET source_key = 'sources/t'").run();
  const place = await newPlace('discord');
  const { target, secret } = place;
  await ports.targets.add({ ...target, sealedSecret: await ports.secrets.seal(secret, destinationOf(target)) });
  const details = {
    targetId: target.id,
    target: target.name,
    name: 'tada',
    replace: 'no',
    service: 'https://e.example',
  };
  const owner = ownerOf(newOrder({ kind: 'publish', emojiId: 'emoji-tada', receivedAt: Date.now(), details }));
  const ordered: FitOrder[] = [];
  const fitQueue = { send: async (order: FitOrder) => void ordered.push(order) };
  const attempt = () => publishEmoji({ ...ports, fitQueue, taskOwners: owner.owners }, owner.claim());
  return { ports, place, owner, ordered, attempt };
}

it('an emoji waits for its file, which is no attempt, and is published once that is made', async () => {
  const { ports, place, owner, ordered, attempt } = await waiting();
  const before = Date.now();
  await attempt();
  expect(owner.now()).toMatchObject({ state: 'STARTED', attempts: 0, outcome: { waiting_since: expect.any(Number) } });
  expect(owner.now().outcome?.waiting_since).toBeGreaterThanOrEqual(before);
  expect((await place.look()).requests).toEqual([]);
  const [{ key = '' } = {}] = ordered;
  const facts = { type: 'gif' as const, hash: await sha256(GIF), size: 128, colours: 8, lossy: 0, frames: 3, of: 3 };
  await ports.fitted.put(key, GIF, facts);
  await attempt();
  expect(owner.now()).toMatchObject({ state: 'SUCCESS', outcome: { change: 'added', hash: facts.hash } });
  expect((await place.look()).emojis).toMatchObject([{ sha256: facts.hash }]);
});

it('a file that is not made within ten minutes is a fault', async () => {
  const { owner, attempt } = await waiting();
  await attempt();
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + 600_000);
  await attempt();
  expect(owner.now()).toMatchObject({ state: 'RETRY', attempts: 1 });
  expect(owner.now().history.at(-1)?.reason).toContain('still being made');
});

it('a picture of which nothing fits is not published, and nobody is asked', async () => {
  const { ports, place, owner, ordered, attempt } = await waiting();
  await attempt();
  const failure = { code: 'too_many_bytes', message: 'Nothing is to be had in 10 bytes.', remedy: 'Allow more.' };
  await ports.fitted.fail(ordered[0]?.key ?? '', failure);
  await attempt();
  expect(owner.now()).toMatchObject({ state: 'FAILURE', failure: { code: 'not_fittable' } });
  expect(owner.now().failure?.message).toContain('10 bytes');
  expect((await place.look()).requests).toEqual([]);
});

it('an emoji that was deleted is not published', async () => {
  const { ports, place, owner, attempt } = await waiting();
  const emoji = must(await ports.life.find('tada'));
  await ports.life.delete(emoji, { actor: null, at: Date.now() });
  await attempt();
  expect(owner.now()).toMatchObject({ state: 'FAILURE', failure: { code: 'emoji_gone' } });
  expect((await place.look()).requests).toEqual([]);
});
