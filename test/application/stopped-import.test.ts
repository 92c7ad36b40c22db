import { describe, expect, it } from 'vitest';
import { asEnded } from '../../src/application/imports/stopped-import.ts';
import type { ImportItem } from '../../src/domain/packs/import-item.ts';

const words = { aliases: [], tags: ['bird'], category: null, description: '' };
const item: ImportItem = {
  number: 7,
  path: 'parrot.gif',
  name: 'parrot',
  emoji: { name: 'parrot', source: { entry: 0 }, words, isSecond: false },
  action: 'create',
  outcome: 'waiting',
  finalName: 'parrot',
  emojiId: 'e',
  taskId: 't',
  tries: 1,
  changedAt: 0,
  error: null,
  leftOut: [],
};

describe('an emoji whose import was stopped before it was there', () => {
  it('is done, without what its pack says of it', () => {
    const { outcome, leftOut } = asEnded(item, new Map([[7, 'SUCCESS']]));
    expect(outcome).toBe('done');
    expect(leftOut).toEqual([expect.stringContaining('tags')]);
    const bare: ImportItem = {
      ...item,
      emoji: item.emoji && { ...item.emoji, words: { ...words, tags: [] } },
    };
    expect(asEnded(bare, new Map([[7, 'SUCCESS']]))).toEqual({ ...bare, outcome: 'done' });
  });

  it('has failed as its task has, and waits as long as that is on its way', () => {
    const error = { code: 'cancelled', message: 'It was cancelled.', remedy: 'Have it tried again.' };
    expect(asEnded(item, new Map([[7, error]]))).toEqual({ ...item, outcome: 'failed', error });
    expect(asEnded(item, new Map([[8, error]]))).toEqual(item);
  });
});
