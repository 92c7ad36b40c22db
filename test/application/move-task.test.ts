import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEmoji } from '../../src/application/create-emoji.ts';
import { cancelTask, moveTasks, retryTask } from '../../src/application/move-task.ts';
import type { TaskFilter } from '../../src/application/ports.ts';
import { replaceImage } from '../../src/application/replace-image.ts';
import { rerenderEmoji } from '../../src/application/rerender-emoji.ts';
import { type Principal, type Scope, withIncluded } from '../../src/domain/access.ts';
import { OPERATOR } from '../support/principals.ts';
import { FAILURE, must, RESULT } from '../support/tasks.ts';
import { memoryPorts, uploadOf } from './memory-ports.ts';

const ALL: TaskFilter = { states: [], kind: null, parentId: null, emojiName: null, from: null, to: null, reason: null };
const UNKNOWN = '0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1';

let memory: ReturnType<typeof memoryPorts>;

const create = async (name: string) => (await createEmoji(memory.ports, name, uploadOf('a'))).taskId;
const replace = async (name: string) => (await replaceImage(memory.ports, name, uploadOf('b'))).taskId;
const rerender = async (name: string) => (await rerenderEmoji(memory.ports, name, uploadOf(''))).taskId;
const tokenOf = async (taskId: string) => must(await memory.ports.taskOwners.claim(taskId)).token;
const fail = async (taskId: string) => memory.ports.taskOwners.fail(taskId, await tokenOf(taskId), FAILURE, []);
const succeed = async (taskId: string) => memory.ports.taskOwners.succeed(taskId, await tokenOf(taskId), RESULT, []);

beforeEach(() => {
  memory = memoryPorts();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('cancelTask', () => {
  it('ends a task in PENDING, STARTED and RETRY, and frees the name', async () => {
    const [pending, started, retrying] = [await create('a'), await create('b'), await create('c')];
    await tokenOf(started);
    await memory.ports.taskOwners.retry(retrying, await tokenOf(retrying), 'R2 is away', []);
    for (const taskId of [pending, started, retrying]) {
      expect(await cancelTask(memory.ports, taskId, OPERATOR)).toMatchObject({ id: taskId, state: 'REVOKED' });
    }
    expect(memory.emojis.size).toBe(0);
  });

  it('refuses a task that has ended, with the state it is in, and one that is not there', async () => {
    const taskId = await create('a');
    await succeed(taskId);
    await expect(cancelTask(memory.ports, taskId, OPERATOR)).rejects.toMatchObject({
      code: 'task_state',
      facts: { state: 'SUCCESS' },
      message: 'The task is SUCCESS; only a task that is PENDING, STARTED or RETRY can be cancelled.',
    });
    // Also when its owner has forgotten it.
    memory.tasks.clear();
    await expect(cancelTask(memory.ports, taskId, OPERATOR)).rejects.toMatchObject({ facts: { state: 'SUCCESS' } });
    await expect(cancelTask(memory.ports, UNKNOWN, OPERATOR)).rejects.toMatchObject({ code: 'task_not_found' });
  });

  it('tells the state of the end that came in between', async () => {
    const taskId = await create('a');
    const { cancel } = memory.ports.taskOwners;
    memory.ports.taskOwners.cancel = async (id) => {
      await succeed(taskId);
      return cancel(id);
    };
    await expect(cancelTask(memory.ports, taskId, OPERATOR)).rejects.toMatchObject({ facts: { state: 'SUCCESS' } });
  });
});

describe('retryTask', () => {
  it('takes the name again, and renders the kept upload once more', async () => {
    const taskId = await create('tada');
    await fail(taskId);
    expect(memory.named('tada')).toBeUndefined();
    expect(await retryTask(memory.ports, taskId, OPERATOR)).toMatchObject({
      id: taskId,
      state: 'PENDING',
      attempts: 0,
    });
    expect(memory.named('tada')?.id).toBe(memory.tasks.get(taskId)?.emojiId);
    await succeed(taskId);
    expect(memory.named('tada')?.image).toEqual(RESULT.image);
  });

  it('does so for a cancelled task, and for one that its owner has forgotten', async () => {
    const taskId = await create('tada');
    await cancelTask(memory.ports, taskId, OPERATOR);
    memory.tasks.clear();
    expect(await retryTask(memory.ports, taskId, OPERATOR)).toMatchObject({ state: 'PENDING' });
    expect(await memory.ports.taskOwners.claim(taskId)).toMatchObject({ sourceKey: `sources/${taskId}` });
  });

  it('is refused when another emoji has the name by now; the task stays as it is', async () => {
    const taskId = await create('tada');
    await fail(taskId);
    const other = await create('tada');
    await expect(retryTask(memory.ports, taskId, OPERATOR)).rejects.toMatchObject({ code: 'name_taken' });
    expect(memory.tasks.get(taskId)?.state).toBe('FAILURE');
    expect(memory.named('tada')?.id).toBe(memory.tasks.get(other)?.emojiId);
  });

  it('counts as the latest picture of the emoji that it replaces', async () => {
    await succeed(await create('tada'));
    const taskId = await replace('tada');
    await fail(taskId);
    await succeed(await rerender('tada'));
    expect(await retryTask(memory.ports, taskId, OPERATOR)).toMatchObject({ state: 'PENDING', version: 4 });
    await succeed(taskId);
    expect(memory.named('tada')?.sourceKey).toBe(`sources/${taskId}`);
  });

  it('is refused to who may not change the emoji any more, unless he may move all tasks', async () => {
    const as = (name: string, ...scopes: Scope[]): Principal => ({
      kind: 'token',
      name,
      scopes: withIncluded(scopes),
      tokenId: name,
      expiresAt: null,
      quotas: null,
    });
    const { taskId: first } = await createEmoji(memory.ports, 'tada', {
      ...uploadOf('a'),
      by: as('ada', 'emoji:write'),
    });
    await succeed(first);
    const chief = as('chief', 'emoji:admin');
    const { taskId } = await replaceImage(memory.ports, 'tada', { ...uploadOf('b'), by: chief });
    await fail(taskId);
    await expect(retryTask(memory.ports, taskId, as('chief', 'emoji:write'))).rejects.toMatchObject({
      code: 'emoji_not_yours',
    });
    expect(memory.tasks.get(taskId)?.state).toBe('FAILURE');
    for (const by of [as('ops', 'task:write'), chief]) {
      expect(await retryTask(memory.ports, taskId, by)).toMatchObject({ state: 'PENDING' });
      await fail(taskId);
    }
  });

  it('brings no upload back over a later one', async () => {
    await succeed(await create('tada'));
    const first = await replace('tada');
    await fail(first);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1 });
    const second = await replace('tada');
    await expect(retryTask(memory.ports, first, OPERATOR)).rejects.toMatchObject({
      code: 'picture_pending',
      facts: { taskId: second },
    });
    await succeed(second);
    await expect(retryTask(memory.ports, first, OPERATOR)).rejects.toMatchObject({ code: 'picture_replaced' });
    expect(memory.tasks.get(first)?.state).toBe('FAILURE');
    expect(memory.named('tada')?.sourceKey).toBe(`sources/${second}`);
  });

  it('makes the picture anew once more, as the latest, where the emoji shows the same upload', async () => {
    await succeed(await create('tada'));
    const taskId = await rerender('tada');
    await fail(taskId);
    expect(await retryTask(memory.ports, taskId, OPERATOR)).toMatchObject({ state: 'PENDING', version: 3 });
  });

  it('brings no upload back over a later one by making it anew', async () => {
    const first = await create('tada');
    await succeed(first);
    const taskId = await rerender('tada');
    await fail(taskId);
    const second = await replace('tada');
    await expect(retryTask(memory.ports, taskId, OPERATOR)).rejects.toMatchObject({
      code: 'picture_pending',
      facts: { taskId: second },
    });
    await succeed(second);
    await expect(retryTask(memory.ports, taskId, OPERATOR)).rejects.toMatchObject({ code: 'picture_replaced' });
    expect(memory.tasks.get(taskId)?.state).toBe('FAILURE');
    expect(memory.named('tada')?.sourceKey).toBe(`sources/${second}`);
  });

  it('counts as an upload that is on its way, from the moment on', async () => {
    await succeed(await create('tada'));
    const taskId = await replace('tada');
    await fail(taskId);
    const { restart } = memory.ports.taskOwners;
    memory.ports.taskOwners.restart = async (...asked) => {
      await expect(rerender('tada')).rejects.toMatchObject({ code: 'picture_pending', facts: { taskId } });
      return restart(...asked);
    };
    expect(await retryTask(memory.ports, taskId, OPERATOR)).toMatchObject({ state: 'PENDING', version: 3 });
  });

  it('is refused when the emoji to be replaced is gone', async () => {
    await succeed(await create('tada'));
    const taskId = await replace('tada');
    await fail(taskId);
    memory.emojis.clear();
    await expect(retryTask(memory.ports, taskId, OPERATOR)).rejects.toMatchObject({ code: 'emoji_not_found' });
  });

  it('is refused in every other state, and says which', async () => {
    const taskId = await create('tada');
    const refusal = (state: string) => ({
      code: 'task_state',
      facts: { state },
      message: `The task is ${state}; only a task that is FAILURE or REVOKED can be tried again.`,
    });
    await expect(retryTask(memory.ports, taskId, OPERATOR)).rejects.toMatchObject(refusal('PENDING'));
    const token = await tokenOf(taskId);
    await expect(retryTask(memory.ports, taskId, OPERATOR)).rejects.toMatchObject(refusal('STARTED'));
    await memory.ports.taskOwners.succeed(taskId, token, RESULT, []);
    await expect(retryTask(memory.ports, taskId, OPERATOR)).rejects.toMatchObject(refusal('SUCCESS'));
    await expect(retryTask(memory.ports, UNKNOWN, OPERATOR)).rejects.toMatchObject({ code: 'task_not_found' });
    expect(memory.named('tada')?.image).toEqual(RESULT.image);
  });

  it('of two people at once moves the task once', async () => {
    const taskId = await create('tada');
    await fail(taskId);
    const outcomes = await Promise.allSettled([
      retryTask(memory.ports, taskId, OPERATOR),
      retryTask(memory.ports, taskId, OPERATOR),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(memory.tasks.get(taskId)?.history.filter(({ state }) => state === 'PENDING')).toHaveLength(2);
  });

  it('changes nothing while the history cannot be brought up to date', async () => {
    const taskId = await create('tada');
    await fail(taskId);
    memory.ports.taskOwners.settle = () => Promise.reject(new Error('no D1'));
    await expect(retryTask(memory.ports, taskId, OPERATOR)).rejects.toThrow('no D1');
    expect(memory.tasks.get(taskId)?.state).toBe('FAILURE');
    expect(memory.named('tada')).toBeUndefined();
  });
});

describe('moveTasks', () => {
  it('moves all that match, and tells of those that it could not', async () => {
    const [a, b, c] = [await create('a'), await create('b'), await create('c')];
    for (const taskId of [a, b, c]) await fail(taskId);
    await create('b');
    const { moved, refused, next } = await moveTasks(
      memory.ports,
      OPERATOR,
      retryTask,
      { ...ALL, states: ['FAILURE'] },
      null,
    );
    expect(moved.sort()).toEqual([a, c].sort());
    expect(refused).toEqual([{ id: b, code: 'name_taken', message: 'The name "b" is in use. Choose another one.' }]);
    expect(next).toBeNull();
  });

  it.each(['as it was', 'renamed meanwhile'])(
    'of several uploads for one emoji, %s, tries the last one again',
    async (how) => {
      await succeed(await create('tada'));
      const first = await replace('tada');
      if (how === 'renamed meanwhile') must(memory.named('tada')).name = 'party';
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1 });
      const second = await replace(how === 'renamed meanwhile' ? 'party' : 'tada');
      for (const taskId of [first, second]) await fail(taskId);
      // The later one takes its time.
      const { settle } = memory.ports.taskOwners;
      memory.ports.taskOwners.settle = async (id) => {
        if (id === second) await new Promise((resolve) => setTimeout(resolve, 20));
        return settle(id);
      };
      const { moved, refused } = await moveTasks(
        memory.ports,
        OPERATOR,
        retryTask,
        { ...ALL, states: ['FAILURE'] },
        null,
      );
      expect(moved).toEqual([second]);
      expect(refused).toMatchObject([{ id: first, code: 'picture_pending' }]);
    },
  );

  it('says nothing of a fault but that there was one, and moves the others', async () => {
    const [a, b] = [await create('a'), await create('b')];
    const { cancel } = memory.ports.taskOwners;
    memory.ports.taskOwners.cancel = async (id) => {
      if (id === a) throw new Error('secret');
      return cancel(id);
    };
    const { moved, refused } = await moveTasks(memory.ports, OPERATOR, cancelTask, ALL, null);
    expect(moved).toEqual([b]);
    expect(refused).toMatchObject([{ id: a, code: 'internal_error' }]);
    expect(JSON.stringify(refused)).not.toContain('secret');
    expect(memory.logged).toContain('task not moved');
  });

  it('moves 100 a request, and goes on where it ended', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
    for (let i = 0; i < 205; i++) {
      vi.setSystemTime(1_000_000 + i);
      await create(`e${i}`);
    }
    vi.useRealTimers();
    const sizes: number[] = [];
    for (let after = null as Parameters<typeof moveTasks>[4]; ; ) {
      const { moved, next } = await moveTasks(memory.ports, OPERATOR, cancelTask, ALL, after);
      sizes.push(moved.length);
      after = next;
      if (after === null) break;
    }
    expect(sizes).toEqual([100, 100, 5]);
    expect([...memory.tasks.values()].every(({ state }) => state === 'REVOKED')).toBe(true);
  });
});
