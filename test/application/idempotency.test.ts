import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Accepted, Upload } from '../../src/application/accept-upload.ts';
import { createEmoji } from '../../src/application/create-emoji.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import { OPERATOR } from '../support/principals.ts';
import { must, RESULT } from '../support/tasks.ts';
import { memoryPorts } from './memory-ports.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An upload under a key, whose fingerprint is that of its bytes. */
function keyed(key: string, content: string): Upload {
  let read: string | null = null;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(content);
    read = createHash('sha256').update(content).digest('hex');
  }
  const hash = () => must(read);
  const picture = bytes();
  const fingerprint = async () => {
    for await (const _ of picture);
    return hash();
  };
  return { picture, hash, rendering: DEFAULT_RENDERING, by: OPERATOR, idempotency: { key, fingerprint } };
}

let memory: ReturnType<typeof memoryPorts>;
const create = (name: string, upload: Upload): Promise<Accepted> => createEmoji(memory.ports, name, upload);
const letPass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  memory = memoryPorts();
});
afterEach(() => void vi.useRealTimers());

describe('a request with an Idempotency-Key', () => {
  it('that is sent again has the same answer, and is carried out once', async () => {
    const first = await create('tada', keyed('k', 'a'));
    expect(await create('tada', keyed('k', 'a'))).toEqual({ ...first, isReplay: true });
    expect([memory.tasks.size, memory.sources.size, memory.keys.size]).toEqual([1, 1, 1]);
  });

  it('has the same answer after the task has ended, in whatever way', async () => {
    const first = await create('tada', keyed('k', 'a'));
    const { token } = must(await memory.ports.taskOwners.claim(first.taskId));
    await memory.ports.taskOwners.succeed(first.taskId, token, RESULT, []);
    expect(await create('tada', keyed('k', 'a'))).toEqual({ ...first, isReplay: true });
    // Its owner forgets it after a while.
    memory.tasks.clear();
    expect(await create('tada', keyed('k', 'a'))).toEqual({ ...first, isReplay: true });

    const second = await create('other', keyed('k2', 'a'));
    await memory.ports.taskOwners.cancel(second.taskId);
    expect(await create('other', keyed('k2', 'a'))).toEqual({ ...second, isReplay: true });
  });

  it('that is another request under the key of before is refused', async () => {
    await create('tada', keyed('k', 'a'));
    await expect(create('tada', keyed('k', 'b'))).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    // The first one is still what the key stands for.
    expect(await create('tada', keyed('k', 'a'))).toMatchObject({ name: 'tada' });
    expect(memory.tasks.size).toBe(1);
  });

  it('of another key is another request', async () => {
    await create('tada', keyed('k', 'a'));
    await expect(create('tada', keyed('k2', 'a'))).rejects.toMatchObject({ code: 'name_taken' });
    await create('other', keyed('k2', 'a'));
    expect(memory.tasks.size).toBe(2);
  });

  it('is refused while the first one is carried out', async () => {
    const gate = Promise.withResolvers<void>();
    const { put } = memory.ports.sources;
    memory.ports.sources.put = async (...args) => {
      await gate.promise;
      return put(...args);
    };
    const first = create('tada', keyed('k', 'a'));
    await expect(create('tada', keyed('k', 'a'))).rejects.toMatchObject({ code: 'idempotency_key_in_use' });
    gate.resolve();
    const accepted = await first;
    expect(await create('tada', keyed('k', 'a'))).toEqual({ ...accepted, isReplay: true });
  });

  it('that was refused leaves its key free', async () => {
    await create('tada', keyed('k', 'a'));
    await expect(create('tada', keyed('k2', 'b'))).rejects.toMatchObject({ code: 'name_taken' });
    await expect(create('free', keyed('k2', ''))).rejects.toMatchObject({ code: 'empty_file' });
    expect((await create('free', keyed('k2', 'b'))).name).toBe('free');
  });

  it('that failed on our side leaves its key free', async () => {
    const { submit } = memory.ports.taskOwners;
    memory.ports.taskOwners.submit = () => Promise.reject(new Error('no Durable Object'));
    await expect(create('tada', keyed('k', 'a'))).rejects.toThrow('no Durable Object');
    memory.ports.taskOwners.submit = submit;
    expect((await create('tada', keyed('k', 'a'))).name).toBe('tada');
    expect(memory.tasks.size).toBe(1);
  });

  it('that was accepted, but never answered, is answered when it comes again', async () => {
    const { submit, read } = memory.ports.taskOwners;
    memory.ports.taskOwners.submit = async (order) => {
      await submit(order);
      throw new Error('the connection broke');
    };
    memory.ports.taskOwners.read = () => Promise.reject(new Error('no Durable Object'));
    await expect(create('tada', keyed('k', 'a'))).rejects.toThrow('the connection broke');
    memory.ports.taskOwners.read = read;
    const [taskId] = memory.tasks.keys();
    expect(await create('tada', keyed('k', 'a'))).toMatchObject({ taskId, name: 'tada' });
  });

  it('whose first one died is carried out after 15 minutes, and not before', async () => {
    memory.keys.set('\nk', { taskId: 'dead', fingerprint: null, createdAt: Date.now() });
    letPass(15 * MINUTE - 1);
    await expect(create('tada', keyed('k', 'a'))).rejects.toMatchObject({ code: 'idempotency_key_in_use' });
    letPass(1);
    const { taskId } = await create('tada', keyed('k', 'a'));
    expect(memory.keys.get('\nk')).toMatchObject({ taskId, createdAt: Date.now() });
  });

  it('whose first one died between its note and its owner is carried out too', async () => {
    memory.keys.set('\nk', { taskId: 'dead', fingerprint: 'whatever', createdAt: Date.now() - 15 * MINUTE });
    const { taskId } = await create('tada', keyed('k', 'a'));
    expect(memory.tasks.has(taskId)).toBe(true);
  });

  it('that was only slow, and was taken for dead, is not carried out as well', async () => {
    const gate = Promise.withResolvers<void>();
    const { put } = memory.ports.sources;
    memory.ports.sources.put = async (...args) => {
      await gate.promise;
      return put(...args);
    };
    const slow = create('slow', keyed('k', 'a'));
    await Promise.resolve();
    memory.ports.sources.put = put;
    letPass(15 * MINUTE);
    const { taskId } = await create('tada', keyed('k', 'a'));
    gate.resolve();
    await expect(slow).rejects.toMatchObject({ code: 'idempotency_key_in_use' });
    expect([...memory.tasks.keys()]).toEqual([taskId]);
    expect([...memory.sources.keys()]).toEqual([`sources/${taskId}`]);
  });

  it('that was slow to upload is under way for another 15 minutes once it has been read', async () => {
    const gate = Promise.withResolvers<void>();
    const { put } = memory.ports.sources;
    memory.ports.sources.put = async (...args) => {
      await gate.promise;
      return put(...args);
    };
    const { take } = memory.ports.catalogue;
    const between = Promise.withResolvers<void>();
    const taking = Promise.withResolvers<void>();
    memory.ports.catalogue.take = async (order) => {
      taking.resolve();
      await between.promise;
      return take(order);
    };
    const slow = create('tada', keyed('k', 'a'));
    letPass(15 * MINUTE - 1);
    gate.resolve();
    await taking.promise;
    letPass(1);
    await expect(create('tada', keyed('k', 'a'))).rejects.toMatchObject({ code: 'idempotency_key_in_use' });
    between.resolve();
    const { taskId } = await slow;
    expect([...memory.tasks.keys()]).toEqual([taskId]);
  });

  it('of two that come for a dead one, one is carried out', async () => {
    memory.keys.set('\nk', { taskId: 'dead', fingerprint: null, createdAt: Date.now() - HOUR });
    const outcomes = await Promise.allSettled([create('a', keyed('k', 'a')), create('a', keyed('k', 'a'))]);
    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'idempotency_key_in_use' } }]);
  });

  it('is remembered for 24 hours', async () => {
    const first = await create('tada', keyed('k', 'a'));
    letPass(24 * HOUR - 1);
    expect(await create('tada', keyed('k', 'a'))).toEqual({ ...first, isReplay: true });
    letPass(1);
    const second = await create('other', keyed('k', 'b'));
    expect(second.taskId).not.toBe(first.taskId);
  });
});
