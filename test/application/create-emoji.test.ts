import { describe, expect, it, vi } from 'vitest';
import type { Upload } from '../../src/application/accept-upload.ts';
import { createEmoji } from '../../src/application/create-emoji.ts';
import type { Principal } from '../../src/domain/access.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import { OPERATOR } from '../support/principals.ts';
import { memoryPorts, uploadOf } from './memory-ports.ts';

/** An upload that tells whether anybody has read of it. */
function watched(): { upload: Upload; isRead: () => boolean } {
  let isRead = false;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    isRead = true;
    yield new Uint8Array(1);
  }
  return { upload: { ...uploadOf(), picture: bytes() }, isRead: () => isRead };
}

describe('createEmoji', () => {
  it('keeps the upload, takes the canonical name and orders the rendering', async () => {
    const { ports, named, sources, tasks, copies } = memoryPorts();
    const before = Date.now();
    const { taskId, name } = await createEmoji(ports, ':Tada:', uploadOf('ab', 'c'));
    expect(name).toBe('tada');
    const task = tasks.get(taskId);
    expect(task).toMatchObject({
      state: 'PENDING',
      kind: 'create',
      emojiName: 'tada',
      emojiId: named('tada')?.id,
      version: 1,
      rendering: DEFAULT_RENDERING,
    });
    expect(task?.receivedAt).toBeGreaterThanOrEqual(before);
    expect(new TextDecoder().decode(sources.get(task?.sourceKey ?? ''))).toBe('abc');
    expect(copies.get(taskId)).toMatchObject({ state: 'PENDING', sequence: 1 });
  });

  it('refuses what is over a quota before it reads the upload', async () => {
    const { ports, used } = memoryPorts();
    const by = { ...OPERATOR, name: 'ada', quotas: { emojis: 2, bytes: 100, tasks: 3 } };
    const attempt = (owner: Principal) => {
      const { upload, isRead } = watched();
      return createEmoji(ports, 'tada', { ...upload, by: owner }).then(
        () => 'accepted',
        ({ code, facts }) => (isRead() ? 'read' : [code, facts.quota]),
      );
    };
    Object.assign(used, { emojis: 2, bytes: 100, tasks: 3 });
    expect(await attempt(by)).toEqual(['quota_exceeded', { of: 'emojis', used: 2, limit: 2 }]);
    used.emojis = 1;
    expect(await attempt(by)).toEqual(['quota_exceeded', { of: 'bytes', used: 100, limit: 100 }]);
    used.bytes = 99;
    expect(await attempt(by)).toEqual(['too_many_tasks', { of: 'tasks', used: 3, limit: 3 }]);
    expect(await attempt({ ...by, quotas: null })).toBe('accepted');
  });

  it('refuses what is wrong in two ways for the same one of them, whichever is found out first', async () => {
    const { ports, used } = memoryPorts();
    await createEmoji(ports, 'tada', uploadOf('a'));
    Object.assign(used, { emojis: 1 });
    const { isTaken } = ports.catalogue;
    ports.catalogue.isTaken = async (name) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return isTaken(name);
    };
    const by = { ...OPERATOR, name: 'ada', quotas: { emojis: 1, bytes: 100, tasks: 3 } };
    const attempt = (name: string) => createEmoji(ports, name, { ...uploadOf('b'), by });
    await expect(attempt('tada')).rejects.toMatchObject({ code: 'name_taken' });
    await expect(attempt('free')).rejects.toMatchObject({ code: 'quota_exceeded' });
  });

  it('changes nothing before it may, and nothing at all where it may not', async () => {
    const { ports, emojis, sources, tasks, keys } = memoryPorts();
    const attempt = (cleared: Promise<void>, key: string | null) => {
      const { upload, isRead } = watched();
      const idempotency = key === null ? null : { key, fingerprint: async () => 'same' };
      return { accepting: createEmoji(ports, `tada-${key}`, { ...upload, idempotency, cleared }), isRead };
    };
    for (const key of [null, 'k']) {
      const clearing = Promise.withResolvers<void>();
      const { accepting, isRead } = attempt(clearing.promise, key);
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect([isRead(), emojis.size, sources.size, tasks.size, keys.size]).toEqual([false, 0, 0, 0, 0]);
      clearing.reject(new Error('not noted'));
      await expect(accepting).rejects.toThrow('not noted');
      expect([isRead(), emojis.size, sources.size, tasks.size, keys.size]).toEqual([false, 0, 0, 0, 0]);
    }
    await attempt(Promise.resolve(), 'k').accepting;
    expect([emojis.size, sources.size, tasks.size, keys.size]).toEqual([1, 1, 1, 1]);
  });

  it('refuses a name that breaks the rules before it reads the upload', async () => {
    const { ports } = memoryPorts();
    const { upload, isRead } = watched();
    await expect(createEmoji(ports, 'a b', upload)).rejects.toMatchObject({ code: 'name_bad_character' });
    expect(isRead()).toBe(false);
  });

  it('refuses a name in use before it reads the upload', async () => {
    const { ports } = memoryPorts();
    await createEmoji(ports, 'tada', uploadOf('a'));
    const { upload, isRead } = watched();
    await expect(createEmoji(ports, 'TADA', upload)).rejects.toMatchObject({ code: 'name_taken' });
    expect(isRead()).toBe(false);
  });

  it('lets one of two uploads at once have the name, and keeps nothing of the other', async () => {
    const { ports, emojis, sources, tasks, copies } = memoryPorts();
    const outcomes = await Promise.allSettled(['a', 'b'].map((it) => createEmoji(ports, 'tada', uploadOf(it))));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect([emojis.size, sources.size, tasks.size, copies.size]).toEqual([1, 1, 1, 1]);
  });

  it('keeps nothing of an empty upload', async () => {
    const { ports, emojis, sources, copies } = memoryPorts();
    await expect(createEmoji(ports, 'tada', uploadOf())).rejects.toMatchObject({ code: 'empty_file' });
    expect([emojis.size, sources.size, copies.size]).toEqual([0, 0, 0]);
  });

  it('keeps nothing of an upload that breaks off', async () => {
    const { ports, emojis, sources } = memoryPorts();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1);
      throw new Error('the client went away');
    }
    const upload = { ...uploadOf(), picture: broken() };
    await expect(createEmoji(ports, 'tada', upload)).rejects.toThrow('the client went away');
    expect([emojis.size, sources.size]).toEqual([0, 0]);
  });

  it('keeps nothing of an upload whose task could not be handed over, and passes the fault on', async () => {
    const { ports, emojis, sources, copies } = memoryPorts();
    ports.taskOwners.submit = () => Promise.reject(new Error('no Durable Object'));
    await expect(createEmoji(ports, 'tada', uploadOf('a'))).rejects.toThrow('no Durable Object');
    expect([emojis.size, sources.size, copies.size]).toEqual([0, 0, 0]);
  });

  it('is accepted when the owner has the task, and only its answer was lost', async () => {
    const { ports, emojis, sources, tasks } = memoryPorts();
    const { submit } = ports.taskOwners;
    ports.taskOwners.submit = async (order) => {
      await submit(order);
      throw new Error('the connection broke');
    };
    const { taskId } = await createEmoji(ports, 'tada', uploadOf('a'));
    expect(tasks.get(taskId)?.state).toBe('PENDING');
    expect([emojis.size, sources.size]).toEqual([1, 1]);
  });

  it('undoes nothing when nobody can tell whether the owner has the task: it may be rendered', async () => {
    const { ports, emojis, sources, tasks, copies } = memoryPorts();
    const { submit } = ports.taskOwners;
    ports.taskOwners.submit = async (order) => {
      await submit(order);
      throw new Error('the connection broke');
    };
    ports.taskOwners.read = () => Promise.reject(new Error('no Durable Object'));
    await expect(createEmoji(ports, 'tada', uploadOf('a'))).rejects.toThrow('the connection broke');
    expect([emojis.size, sources.size, tasks.size, copies.size]).toEqual([1, 1, 1, 1]);
  });

  it('frees the name when the answer to taking it is lost', async () => {
    const { ports, emojis, sources, copies } = memoryPorts();
    const { take } = ports.catalogue;
    ports.catalogue.take = async (order) => {
      await take(order);
      throw new Error('the connection broke');
    };
    await expect(createEmoji(ports, 'tada', uploadOf('a'))).rejects.toThrow('the connection broke');
    expect([emojis.size, sources.size, copies.size]).toEqual([0, 0, 0]);
  });

  it('deletes the upload when the answer to storing it is lost', async () => {
    const { ports, emojis, sources } = memoryPorts();
    const { put } = ports.sources;
    ports.sources.put = async (key, chunks) => {
      await put(key, chunks);
      throw new Error('the connection broke');
    };
    await expect(createEmoji(ports, 'tada', uploadOf('a'))).rejects.toThrow('the connection broke');
    expect([emojis.size, sources.size]).toEqual([0, 0]);
  });

  it('says so in the log when it could not clean up, cleans up the rest, and still passes on the first fault', async () => {
    const { ports, sources, logged } = memoryPorts();
    ports.taskOwners.submit = () => Promise.reject(new Error('no Durable Object'));
    ports.catalogue.release = vi.fn().mockRejectedValue(new Error('no D1'));
    await expect(createEmoji(ports, 'tada', uploadOf('a'))).rejects.toThrow('no Durable Object');
    expect(logged).toContain('upload not undone');
    expect(sources.size).toBe(0);
  });
});
