import { describe, expect, it, vi } from 'vitest';
import { createEmoji } from '../../src/application/create-emoji.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import { memoryPorts } from './memory-ports.ts';

async function* picture(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield new TextEncoder().encode(chunk);
}

describe('createEmoji', () => {
  it('keeps the upload, takes the canonical name and orders the rendering', async () => {
    const { ports, names, sources, tasks } = memoryPorts();
    const { taskId, name } = await createEmoji(ports, ':Tada:', DEFAULT_RENDERING, picture('ab', 'c'));
    expect(name).toBe('tada');
    const task = tasks.get(taskId);
    expect(task).toMatchObject({
      state: 'PENDING',
      kind: 'create',
      emojiName: 'tada',
      emojiId: names.get('tada')?.id,
      rendering: DEFAULT_RENDERING,
    });
    expect(new TextDecoder().decode(sources.get(task?.sourceKey ?? ''))).toBe('abc');
  });

  it('refuses a name that breaks the rules before it reads the upload', async () => {
    const { ports } = memoryPorts();
    const upload = picture('abc');
    await expect(createEmoji(ports, 'a b', DEFAULT_RENDERING, upload)).rejects.toMatchObject({
      code: 'name_bad_character',
    });
    expect(await upload.next()).toMatchObject({ done: false });
  });

  it('refuses a name in use before it reads the upload', async () => {
    const { ports } = memoryPorts();
    await createEmoji(ports, 'tada', DEFAULT_RENDERING, picture('a'));
    const upload = picture('b');
    await expect(createEmoji(ports, 'TADA', DEFAULT_RENDERING, upload)).rejects.toMatchObject({ code: 'name_taken' });
    expect(await upload.next()).toMatchObject({ done: false });
  });

  it('lets one of two uploads at once have the name, and keeps nothing of the other', async () => {
    const { ports, names, sources, tasks } = memoryPorts();
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((it) => createEmoji(ports, 'tada', DEFAULT_RENDERING, picture(it))),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect([names.size, sources.size, tasks.size]).toEqual([1, 1, 1]);
  });

  it('keeps nothing of an empty upload', async () => {
    const { ports, names, sources } = memoryPorts();
    await expect(createEmoji(ports, 'tada', DEFAULT_RENDERING, picture())).rejects.toMatchObject({
      code: 'empty_file',
    });
    expect([names.size, sources.size]).toEqual([0, 0]);
  });

  it('keeps nothing of an upload whose task could not be handed over, and passes the fault on', async () => {
    const { ports, names, sources } = memoryPorts();
    ports.taskOwners.submit = () => Promise.reject(new Error('no Durable Object'));
    await expect(createEmoji(ports, 'tada', DEFAULT_RENDERING, picture('a'))).rejects.toThrow('no Durable Object');
    expect([names.size, sources.size]).toEqual([0, 0]);
  });

  it('frees the name when the answer to taking it is lost', async () => {
    const { ports, names, sources } = memoryPorts();
    const take = ports.catalogue.take;
    ports.catalogue.take = async (emoji) => {
      await take(emoji);
      throw new Error('the connection broke');
    };
    await expect(createEmoji(ports, 'tada', DEFAULT_RENDERING, picture('a'))).rejects.toThrow('the connection broke');
    expect([names.size, sources.size]).toEqual([0, 0]);
  });

  it('says so in the log when it could not clean up, and still passes on the first fault', async () => {
    const { ports, logged } = memoryPorts();
    ports.taskOwners.submit = () => Promise.reject(new Error('no Durable Object'));
    ports.catalogue.release = vi.fn().mockRejectedValue(new Error('no D1'));
    await expect(createEmoji(ports, 'tada', DEFAULT_RENDERING, picture('a'))).rejects.toThrow('no Durable Object');
    expect(logged).toContain('upload not undone');
  });
});
