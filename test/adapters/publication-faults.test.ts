import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { allPorts } from '../../src/adapters/ports.ts';
import { type PublishPorts, publishEmoji } from '../../src/application/publish-emoji.ts';
import { type PlatformClient, PlatformFault } from '../../src/application/publishing-ports.ts';
import { sha256 } from '../../src/application/sha256.ts';
import { destinationOf } from '../../src/application/targets.ts';
import { PUBLISHED_PLATFORMS } from '../../src/domain/publishing/target.ts';
import * as moves from '../../src/domain/task.ts';
import { migrate } from '../support/database.ts';
import { addEmoji } from '../support/emojis.ts';
import { newPlace, type TestPlace } from '../support/places.ts';
import { fixture } from '../support/service.ts';
import { ownerOf } from '../support/task-owner.ts';
import { newOrder } from '../support/tasks.ts';

const GIF = fixture('moving-square.gif');

/** What happens at one call of a port: an error before it is done, or after; or the end of the Worker after it. */
const TROUBLES = ['an error before', 'an error after', 'a crash after'] as const;
type Trouble = (typeof TROUBLES)[number];

class Crash extends Error {}

/** Breaks the call of a number, of all that are made to all that an attempt works with. */
class Breaker {
  calls = 0;
  #isDead = false;
  readonly at: number;
  readonly trouble: Trouble;

  constructor(at: number, trouble: Trouble) {
    this.at = at;
    this.trouble = trouble;
  }

  /** Another Worker takes the message. */
  revive(): void {
    this.#isDead = false;
  }

  async call<T>(what: string, act: () => Promise<T>): Promise<T> {
    if (this.#isDead) throw new Crash();
    const isNow = this.calls++ === this.at;
    if (isNow && this.trouble.endsWith('before')) throw this.#fault(what);
    const result = await act();
    if (isNow) throw this.#fault(what);
    return result;
  }

  #fault(what: string): Error {
    if (this.trouble.startsWith('an error')) return new PlatformFault(`no answer of ${what}`);
    this.#isDead = true;
    return new Crash();
  }

  /** An object whose functions may break. */
  wrap<T extends object>(name: string, inner: T): T {
    return new Proxy(inner, {
      get: (target, key) => {
        const value = Reflect.get(target, key) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          this.call(`${name}.${String(key)}`, async () => Reflect.apply(value, target, args) as unknown);
      },
    });
  }
}

async function publishing(place: TestPlace, breaker: Breaker, replace: 'no' | 'any') {
  const ports = allPorts(env);
  const { target, secret } = place;
  const sealedSecret = await ports.secrets.seal(secret, destinationOf(target));
  await ports.targets.add({ ...target, sealedSecret });
  const details = { targetId: target.id, target: target.name, name: 'tada', replace, service: 'https://e.example.net' };
  const owner = ownerOf(newOrder({ kind: 'publish', emojiId: 'emoji-tada', receivedAt: Date.now(), details }));
  const faulty: PublishPorts = {
    ...ports,
    catalogue: breaker.wrap('catalogue', ports.catalogue),
    life: breaker.wrap('life', ports.life),
    images: breaker.wrap('images', ports.images),
    targets: breaker.wrap('targets', ports.targets),
    publications: breaker.wrap('publications', ports.publications),
    secrets: breaker.wrap('secrets', ports.secrets),
    taskOwners: breaker.wrap('taskOwners', owner.owners),
    clients: {
      of: (...args): PlatformClient => breaker.wrap('client', ports.clients.of(...args)),
    },
  };
  for (let round = 0; round < 20 && !moves.isFinished(owner.now().state); round++) {
    const claim = owner.claim();
    // Otherwise the message comes again, as it does when its owner cannot be told.
    await publishEmoji(faulty, claim).catch(() => {});
    breaker.revive();
    const { state, sendAt } = owner.now();
    if (state === 'STARTED') {
      vi.setSystemTime(Date.now() + moves.LEASE_MS);
      owner.expire();
    } else if (sendAt !== null) vi.setSystemTime(Math.max(Date.now(), sendAt));
  }
  return owner.now();
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  for (const method of ['log', 'info', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => {});
  await migrate();
  const stored = { hash: await sha256(GIF), bytes: GIF.byteLength };
  await allPorts(env).images.put(stored.hash, 'gif', GIF, 'task');
  await addEmoji({ name: 'tada', ...stored, renditions: { gif64: stored, gif128: stored } });
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

const THERE = { emojis: [{ name: 'tada', base64: fixture('halves.png').toBase64() }] };

describe.each(PUBLISHED_PLATFORMS)('an emoji for %s', (platform) => {
  it.each(
    TROUBLES.flatMap((trouble) => [
      [trouble, 'is added', {}, 'no'] as const,
      [trouble, 'takes the place of another one', THERE, 'any'] as const,
    ]),
  )('with %s any call: %s, once', async (trouble, _, setup, replace) => {
    let at = 0;
    for (; ; at++) {
      const breaker = new Breaker(at, trouble);
      const place = await newPlace(platform, setup);
      const task = await publishing(place, breaker, replace);
      const { emojis } = await place.look();
      const mine = { name: 'tada', creatorId: '4711', ...(platform !== 'slack' && { sha256: await sha256(GIF) }) };
      expect([task.state, task.failure, emojis], `${trouble} call ${at}`).toEqual([
        'SUCCESS',
        null,
        [expect.objectContaining(mine)],
      ]);
      const known = await allPorts(env).publications.find(place.target.id, 'tada');
      expect(known?.published?.platformId).toContain(emojis[0]?.id);
      expect(known?.sent).toBeNull();
      await allPorts(env).targets.delete(place.target.name);
      // The call of that number was not made any more.
      if (breaker.calls <= at) break;
    }
    expect(at).toBeGreaterThan(8);
  });
});
