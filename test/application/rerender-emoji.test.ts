import { beforeEach, describe, expect, it } from 'vitest';
import { createEmoji } from '../../src/application/create-emoji.ts';
import { samePictures, sameUploads } from '../../src/application/find-duplicates.ts';
import { replaceImage } from '../../src/application/replace-image.ts';
import { rerenderEmoji } from '../../src/application/rerender-emoji.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import { OPERATOR } from '../support/principals.ts';
import { must, RESULT, taskIn } from '../support/tasks.ts';
import { memoryPorts, uploadOf } from './memory-ports.ts';

const SMALLER = { rendering: { ...DEFAULT_RENDERING, size: 64 }, idempotency: null, by: OPERATOR };

let memory: ReturnType<typeof memoryPorts>;

/** Has the picture of a task rendered. */
async function succeed(taskId: string): Promise<void> {
  const { taskOwners } = memory.ports;
  await taskOwners.succeed(taskId, must(await taskOwners.claim(taskId)).token, RESULT, []);
}

beforeEach(() => {
  memory = memoryPorts();
});

describe('rerenderEmoji', () => {
  it('orders the upload that is shown, as the latest picture', async () => {
    await succeed((await createEmoji(memory.ports, 'tada', uploadOf('first'))).taskId);
    const second = await replaceImage(memory.ports, 'tada', uploadOf('second'));
    await succeed(second.taskId);
    const { taskId, ...accepted } = await rerenderEmoji(memory.ports, ':TADA:', SMALLER);
    const shown = must(memory.named('tada'));
    const sourceHash = uploadOf('second').hash();
    expect(accepted).toEqual({ emojiId: shown.id, name: 'tada', sourceHash });
    expect(memory.tasks.get(taskId)).toMatchObject({
      kind: 'render',
      version: 3,
      sourceKey: `sources/${second.taskId}`,
      sourceHash,
      rendering: SMALLER.rendering,
    });
    // It has no upload of its own.
    expect(memory.sources.has(`sources/${taskId}`)).toBe(false);
    await succeed(taskId);
    expect(memory.named('tada')).toMatchObject({ version: 3, sourceKey: `sources/${second.taskId}` });
  });

  it('leaves the upload alone when the order cannot be given', async () => {
    const { taskId } = await createEmoji(memory.ports, 'tada', uploadOf('first'));
    await succeed(taskId);
    memory.ports.taskOwners.submit = () => Promise.reject(new Error('no Durable Object'));
    await expect(rerenderEmoji(memory.ports, 'tada', SMALLER)).rejects.toThrow('no Durable Object');
    expect([...memory.sources.keys()]).toEqual([`sources/${taskId}`]);
    expect(memory.tasks.size).toBe(1);
  });

  it('refuses an emoji that is not there, not ready, or whose upload is not known', async () => {
    await expect(rerenderEmoji(memory.ports, 'nobody', SMALLER)).rejects.toMatchObject({ code: 'emoji_not_found' });
    const { taskId } = await createEmoji(memory.ports, 'tada', uploadOf('first'));
    await expect(rerenderEmoji(memory.ports, 'tada', SMALLER)).rejects.toMatchObject({ code: 'emoji_not_ready' });
    await succeed(taskId);
    must(memory.named('tada')).sourceKey = null;
    await expect(rerenderEmoji(memory.ports, 'tada', SMALLER)).rejects.toMatchObject({ code: 'original_not_found' });
  });
});

describe('rerenderEmoji beside another upload', () => {
  const MINUTE = 60_000;
  const rerender = () => rerenderEmoji(memory.ports, 'tada', SMALLER);
  const replace = (picture: string) => replaceImage(memory.ports, 'tada', uploadOf(picture));

  beforeEach(async () => {
    await succeed((await createEmoji(memory.ports, 'tada', uploadOf('first'))).taskId);
  });

  it('is refused until the upload is rendered, and says which task that is', async () => {
    const { taskId } = await replace('second');
    const refusal = {
      code: 'picture_pending',
      facts: { taskId },
      message:
        'Another picture was uploaded for "tada" and is not ready yet. ' +
        `Send this again when its task ${taskId} has ended.`,
    };
    await expect(rerender()).rejects.toMatchObject(refusal);
    const { token } = must(await memory.ports.taskOwners.claim(taskId));
    await expect(rerender()).rejects.toMatchObject(refusal);
    expect([memory.tasks.size, memory.orders.length]).toEqual([2, 1]);
    await memory.ports.taskOwners.succeed(taskId, token, RESULT, []);
    const anew = await rerender();
    expect(memory.tasks.get(anew.taskId)).toMatchObject({ version: 3, sourceKey: `sources/${taskId}` });
  });

  it('is not, once the upload is known to come no more', async () => {
    await memory.ports.taskOwners.cancel((await replace('second')).taskId);
    const { taskId } = await rerender();
    await succeed(taskId);
    expect(memory.named('tada')).toMatchObject({ version: 3, sourceHash: uploadOf('first').hash() });
  });

  it('is refused while the upload is on its way to the owner of its task', async () => {
    const { submit } = memory.ports.taskOwners;
    let meanwhile: Promise<unknown> = Promise.resolve();
    memory.ports.taskOwners.submit = async (order) => {
      memory.ports.taskOwners.submit = submit;
      meanwhile = expect(rerender()).rejects.toMatchObject({ code: 'picture_pending', facts: { taskId: order.id } });
      await meanwhile;
      return submit(order);
    };
    const { taskId } = await replace('second');
    await meanwhile;
    await succeed(taskId);
    expect(memory.named('tada')?.sourceHash).toBe(uploadOf('second').hash());
  });

  it('is refused when the upload comes between a look and the order', async () => {
    const { pendingUpload } = memory.ports.catalogue;
    memory.ports.catalogue.pendingUpload = async (...asked) => {
      memory.ports.catalogue.pendingUpload = pendingUpload;
      const pending = await pendingUpload(...asked);
      expect(pending).toBeNull();
      await replace('second');
      return pending;
    };
    await expect(rerender()).rejects.toMatchObject({ code: 'picture_pending' });
  });

  it('is not held up by an upload that was not accepted, if it is known not to be', async () => {
    const { submit } = memory.ports.taskOwners;
    memory.ports.taskOwners.submit = () => Promise.reject(new Error('no Durable Object'));
    await expect(replace('second')).rejects.toThrow('no Durable Object');
    memory.ports.taskOwners.submit = submit;
    // Nor is there a trace of it.
    expect(memory.orders).toEqual([]);
    expect(await rerender()).toMatchObject({ name: 'tada' });
  });

  it('is held up for 15 minutes by an upload that was left half way', async () => {
    const { id: emojiId } = must(memory.named('tada'));
    const left = { id: 'lost', kind: 'replace' as const, emojiId, version: 2, at: Date.now() - 14 * MINUTE };
    memory.orders.push(left);
    await expect(rerender()).rejects.toMatchObject({ code: 'picture_pending', facts: { taskId: 'lost' } });
    left.at -= 2 * MINUTE;
    expect(await rerender()).toMatchObject({ name: 'tada' });
  });

  it('undoes no other of its kind: both are of one upload, and the last stays', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { version } = must(memory.named('tada'));
      const anew = [await rerender(), await rerender()];
      for (const index of order) await succeed(must(anew[index]).taskId);
      expect(memory.named('tada')).toMatchObject({ version: version + 2, sourceHash: uploadOf('first').hash() });
    }
  });

  it('gives way to an upload that comes later, in whatever order they are rendered', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const tasks = [await rerender(), await replace(`upload ${order}`)];
      for (const index of order) await succeed(must(tasks[index]).taskId);
      expect(memory.named('tada')?.sourceHash).toBe(uploadOf(`upload ${order}`).hash());
    }
  });
});

describe('duplicates', () => {
  const accepted = { taskId: 't', emojiId: 'e', name: 'tada', sourceHash: 'ab' };
  const nobody = { ofSource: async () => [], ofImage: async () => [] };

  it('that cannot be told do not undo an upload', async () => {
    const away = { ...nobody, ofSource: () => Promise.reject(new Error('D1 is away')) };
    const { log } = memory.ports;
    expect(await sameUploads({ duplicates: away, log }, accepted)).toEqual([]);
    expect(memory.logged).toEqual(['duplicates not told']);
  });

  it('are not asked for where there is nothing to compare', async () => {
    const never = {
      ofSource: () => Promise.reject(new Error('asked')),
      ofImage: () => Promise.reject(new Error('asked')),
    };
    const { log } = memory.ports;
    expect(await sameUploads({ duplicates: never, log }, { ...accepted, sourceHash: null })).toEqual([]);
    expect(await samePictures({ duplicates: never, log }, taskIn('FAILURE', 0))).toBeNull();
    expect(memory.logged).toEqual([]);
  });
});
