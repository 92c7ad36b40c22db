import { expect, it } from 'vitest';
import { createEmoji } from '../../src/application/create-emoji.ts';
import { replaceImage } from '../../src/application/replace-image.ts';
import { FAILURE, IMAGE, must, SOURCE } from '../support/tasks.ts';
import { memoryPorts, picture, uploadOf } from './memory-ports.ts';

type Memory = ReturnType<typeof memoryPorts>;

async function succeed({ ports }: Memory, taskId: string, hash: string): Promise<void> {
  const { token } = must(await ports.taskOwners.claim(taskId));
  await ports.taskOwners.succeed(taskId, token, { image: { ...IMAGE, hash }, source: SOURCE }, []);
}

/** An emoji that shows the picture `first`. */
async function withEmoji(): Promise<Memory> {
  const memory = memoryPorts();
  const { taskId } = await createEmoji(memory.ports, 'tada', uploadOf('a'));
  await succeed(memory, taskId, 'first');
  return memory;
}

it('orders another picture, and the one of before is shown until that is ready', async () => {
  const memory = await withEmoji();
  const { taskId, name } = await replaceImage(memory.ports, ':TADA:', uploadOf('b'));
  expect(name).toBe('tada');
  const { id } = must(memory.named('tada'));
  expect(memory.tasks.get(taskId)).toMatchObject({ kind: 'replace', emojiId: id, emojiName: 'tada', version: 2 });
  expect(memory.named('tada')?.image?.hash).toBe('first');
  await succeed(memory, taskId, 'second');
  expect(memory.named('tada')).toMatchObject({ id, image: { hash: 'second' } });
});

it('lets the later upload win, in whatever order they are rendered', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const memory = await withEmoji();
    const uploads = [await replaceImage(memory.ports, 'tada', uploadOf('b'))];
    uploads.push(await replaceImage(memory.ports, 'tada', uploadOf('c')));
    for (const index of order) await succeed(memory, must(uploads[index]).taskId, `upload ${index}`);
    expect(memory.named('tada')?.image?.hash).toBe('upload 1');
  }
});

it('keeps the picture of before when the new one cannot be rendered or is cancelled', async () => {
  const memory = await withEmoji();
  const failed = await replaceImage(memory.ports, 'tada', uploadOf('b'));
  const { token } = must(await memory.ports.taskOwners.claim(failed.taskId));
  await memory.ports.taskOwners.fail(failed.taskId, token, FAILURE, []);
  const cancelled = await replaceImage(memory.ports, 'tada', uploadOf('c'));
  await memory.ports.taskOwners.cancel(cancelled.taskId);
  expect(memory.named('tada')?.image?.hash).toBe('first');
});

it('refuses a name that nobody has or can have, and one whose first picture is not ready', async () => {
  const { ports, sources, tasks } = memoryPorts();
  for (const name of ['nobody', 'a b']) {
    await expect(replaceImage(ports, name, uploadOf('a'))).rejects.toMatchObject({ code: 'emoji_not_found' });
  }
  await createEmoji(ports, 'tada', uploadOf('a'));
  await expect(replaceImage(ports, 'tada', uploadOf('b'))).rejects.toMatchObject({ code: 'emoji_not_ready' });
  expect([sources.size, tasks.size]).toEqual([1, 1]);
});

it('refuses an empty picture, and an emoji that goes away meanwhile, and keeps nothing of them', async () => {
  const memory = await withEmoji();
  const kept = memory.sources.size;
  await expect(replaceImage(memory.ports, 'tada', { ...uploadOf(''), picture: picture() })).rejects.toMatchObject({
    code: 'empty_file',
  });
  async function* whileDeleted(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1);
    memory.emojis.clear();
  }
  await expect(replaceImage(memory.ports, 'tada', { ...uploadOf(''), picture: whileDeleted() })).rejects.toMatchObject({
    code: 'emoji_not_found',
  });
  expect([memory.sources.size, memory.tasks.size]).toEqual([kept, 1]);
});

it('keeps the emoji, and nothing of the upload, when the task could not be handed over', async () => {
  const memory = await withEmoji();
  memory.ports.taskOwners.submit = () => Promise.reject(new Error('no Durable Object'));
  await expect(replaceImage(memory.ports, 'tada', uploadOf('b'))).rejects.toThrow('no Durable Object');
  expect(memory.sources.size).toBe(1);
  expect(memory.named('tada')?.image?.hash).toBe('first');
});
