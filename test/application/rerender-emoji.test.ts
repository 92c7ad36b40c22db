import { beforeEach, describe, expect, it } from 'vitest';
import { createEmoji } from '../../src/application/create-emoji.ts';
import { samePictures, sameUploads } from '../../src/application/find-duplicates.ts';
import { replaceImage } from '../../src/application/replace-image.ts';
import { rerenderEmoji } from '../../src/application/rerender-emoji.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import { must, RESULT, taskIn } from '../support/tasks.ts';
import { memoryPorts, uploadOf } from './memory-ports.ts';

const SMALLER = { rendering: { ...DEFAULT_RENDERING, size: 64 }, idempotency: null, actor: null };

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
