import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { Progress, Renderer } from '../../src/application/ports.ts';
import { renderEmoji } from '../../src/application/render-emoji.ts';
import type { LogEntry } from '../../src/domain/task-log.ts';
import { FAILURE, newOrder, SOURCE } from '../support/tasks.ts';
import { memoryPorts } from './memory-ports.ts';

const ORDER = newOrder({ id: 't' });
const GIF = new TextEncoder().encode('GIF89a…');
const GIF128 = new TextEncoder().encode('larger');
const PNG = new TextEncoder().encode('still');
/** Of size 64: the same file as one of its renditions. */
const RENDERED = { gif: GIF, renditions: { gif64: GIF, gif128: GIF128, png: PNG }, frames: 1, source: SOURCE };
const hashOf = (file: Uint8Array) => createHash('sha256').update(file).digest('hex');
const keptAs = (file: Uint8Array) => ({ hash: hashOf(file), bytes: file.byteLength });

async function submitted(render: Renderer['render'], order = ORDER) {
  const memory = memoryPorts();
  memory.sources.set(order.sourceKey, new TextEncoder().encode('picture'));
  await memory.ports.taskOwners.submit(order);
  return { ...memory, ports: { ...memory.ports, renderer: { render } } };
}

describe('renderEmoji', () => {
  it('stores each picture once, under its hash, and the task succeeds with it', async () => {
    const { ports, images, tasks } = await submitted(async (picture, rendering) => {
      expect(new TextDecoder().decode(picture)).toBe('picture');
      expect(rendering).toBe(ORDER.rendering);
      return { ...RENDERED, frames: 3 };
    });
    await renderEmoji(ports, 't');
    expect(tasks.get('t')).toMatchObject({
      state: 'SUCCESS',
      image: {
        ...keptAs(GIF),
        frames: 3,
        renditions: { gif64: keptAs(GIF), gif128: keptAs(GIF128), png: keptAs(PNG) },
      },
      source: SOURCE,
    });
    expect(Object.fromEntries(images)).toEqual({
      [`images/${hashOf(GIF)}.gif`]: GIF,
      [`images/${hashOf(GIF128)}.gif`]: GIF128,
      [`images/${hashOf(PNG)}.png`]: PNG,
    });
  });

  it('does nothing the second time', async () => {
    let renderings = 0;
    const { ports, tasks } = await submitted(async () => {
      renderings++;
      return RENDERED;
    });
    await renderEmoji(ports, 't');
    await renderEmoji(ports, 't');
    expect([renderings, tasks.get('t')?.attempts]).toEqual([1, 1]);
  });

  it('drops what the edge keeps of an emoji that has another picture, and only then', async () => {
    const outcomes = [async () => RENDERED, async () => ({ failure: FAILURE })];
    for (const [kind, render, dropped] of [
      ['create', outcomes[0], []],
      ['replace', outcomes[0], [ORDER.emojiId]],
      ['render', outcomes[0], [ORDER.emojiId]],
      ['replace', outcomes[1], []],
    ] as const) {
      const { ports, purged } = await submitted(render as Renderer['render'], { ...ORDER, kind });
      await renderEmoji(ports, 't');
      expect(purged, kind).toEqual(dropped);
    }
  });

  it('succeeds where the edge cannot be reached', async () => {
    const { ports, tasks } = await submitted(async () => RENDERED, { ...ORDER, kind: 'replace' });
    const edge = { purge: () => Promise.reject(new Error('429')) };
    await renderEmoji({ ...ports, edge }, 't');
    expect(tasks.get('t')).toMatchObject({ state: 'SUCCESS', attempts: 1 });
  });

  it('fails the task of a picture that can never work, with its reason', async () => {
    const failure = { code: 'corrupt_picture', message: 'PNG: broken', remedy: 'Save it again.' };
    const { ports, images, tasks } = await submitted(async () => ({ failure }));
    await renderEmoji(ports, 't');
    expect(tasks.get('t')).toMatchObject({ state: 'FAILURE', failure });
    expect(images.size).toBe(0);
  });

  it('fails the task whose upload is gone', async () => {
    const { ports, sources, tasks } = await submitted(() => Promise.reject(new Error('never called')));
    sources.clear();
    await renderEmoji(ports, 't');
    expect(tasks.get('t')).toMatchObject({ state: 'FAILURE', failure: { code: 'source_missing' } });
  });

  it('asks for another attempt after a fault that may pass', async () => {
    const { ports, tasks } = await submitted(() => Promise.reject(new Error('R2 is away')));
    await renderEmoji(ports, 't');
    expect(tasks.get('t')).toMatchObject({ state: 'RETRY', attempts: 1 });
    // In words for anybody: what exactly was wrong is for the log.
    expect(tasks.get('t')?.history.at(-1)?.reason).toBe('a fault while rendering the picture');
  });

  it('asks for another attempt when the picture could not be stored: a task never succeeds without it', async () => {
    const { ports, tasks } = await submitted(async () => RENDERED);
    ports.images.put = () => Promise.reject(new Error('R2 is away'));
    await renderEmoji(ports, 't');
    expect(tasks.get('t')?.state).toBe('RETRY');
  });

  it('does nothing for a task that nobody submitted', async () => {
    const { ports, images } = await submitted(async () => RENDERED);
    await renderEmoji(ports, 'unknown');
    expect(images.size).toBe(0);
  });

  it('passes on that the owner cannot be asked, so that the message comes again', async () => {
    const { ports } = await submitted(async () => RENDERED);
    ports.taskOwners.claim = () => Promise.reject(new Error('no Durable Object'));
    await expect(renderEmoji(ports, 't')).rejects.toThrow('no Durable Object');
  });

  it('tells how far an animation is, four times a second at most, and that nobody listens harms nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const told: Progress[] = [];
    const { ports, tasks, logged } = await submitted(async (_, __, onFrame) => {
      for (let done = 1; done <= 30; done++) {
        vi.setSystemTime(Date.now() + 100);
        onFrame({ done, of: 30 });
      }
      return RENDERED;
    });
    ports.taskOwners.progress = async (_, token, progress) => {
      expect(token).toBe(tasks.get('t')?.lease?.token);
      told.push(progress);
      throw new Error('nobody listens');
    };
    await renderEmoji(ports, 't');
    vi.useRealTimers();
    // Frames 3, 6, 9 …: the first after each quarter of a second.
    expect(told).toEqual([3, 6, 9, 12, 15, 18, 21, 24, 27, 30].map((done) => ({ done, of: 30 })));
    expect(tasks.get('t')?.state).toBe('SUCCESS');
    expect(logged).toContain('progress not told');
  });

  it('tells the owner what it did, with what it tells it anyway', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
    const told: LogEntry[][] = [];
    const { ports, steps } = await submitted(async (_, __, onFrame) => {
      vi.setSystemTime(Date.now() + 300);
      onFrame({ done: 1, of: 3 });
      vi.setSystemTime(Date.now() + 40);
      return { ...RENDERED, frames: 3 };
    });
    const { get } = ports.sources;
    ports.sources.get = async (key) => {
      vi.setSystemTime(Date.now() + 7);
      return get(key);
    };
    ports.images.put = async () => {
      vi.setSystemTime(Date.now() + 5);
    };
    ports.taskOwners.progress = async (_, __, ___, steps) => void told.push([...steps]);
    await renderEmoji(ports, 't');
    vi.useRealTimers();
    const read = { at: 1_000_007, event: 'upload_read', details: { bytes: 'picture'.length, ms: 7 } };
    expect(told).toEqual([[read]]);
    expect(steps.get('t')).toEqual([
      read,
      // Three files: one of the four is the emoji itself.
      {
        at: 1_000_362,
        event: 'rendered_and_stored',
        details: { frames: 3, bytes: GIF.byteLength + GIF128.byteLength + PNG.byteLength, ms: 355 },
      },
    ]);
  });

  it('tells the step at which a fault happened, and of a picture that failed what was done', async () => {
    const faulty = await submitted(() => Promise.reject(new Error('R2 is away')));
    await renderEmoji(faulty.ports, 't');
    expect(faulty.steps.get('t')).toMatchObject([
      { event: 'upload_read' },
      { event: 'fault', details: { step: 'rendering the picture', ms: expect.any(Number) } },
    ]);
    const broken = await submitted(async () => ({ failure: FAILURE }));
    await renderEmoji(broken.ports, 't');
    expect(broken.steps.get('t')).toMatchObject([{ event: 'upload_read' }]);
  });

  it('publishes nothing of a task that was cancelled while it was rendered', async () => {
    const { ports, tasks, copies } = await submitted(async () => {
      await ports.taskOwners.cancel('t');
      return RENDERED;
    });
    await renderEmoji(ports, 't');
    expect(tasks.get('t')).toMatchObject({ state: 'REVOKED', image: null });
    expect(copies.get('t')).toMatchObject({ state: 'REVOKED', image: null });
  });
});
