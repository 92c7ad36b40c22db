import { describe, expect, it } from 'vitest';
import { type Found, nextStep, type Publication, SETTLE_MS } from '../../src/domain/publishing/publication.ts';

const NOW = 1_000_000;

const known = (change: Partial<Publication> = {}): Publication => ({
  targetId: 't',
  name: 'tada',
  emojiId: 'e',
  taskId: 'task',
  published: null,
  sent: null,
  ...change,
});

const sent = (ago: number, replacedId: string | null = null, hash = 'new') => ({ at: NOW - ago, hash, replacedId });
const published = (platformId: string | null, hash = 'new') => ({ at: 1, hash, platformId });
const mine = (id: string): Found => ({ id, isMine: true });
const theirs = (id: string): Found => ({ id, isMine: false });

function next(before: Publication | null, found: Found[], replace: 'no' | 'own' | 'any' = 'no') {
  const step = nextStep('Discord', { emojiId: 'e', name: 'tada', hash: 'new', replace }, before, found, NOW);
  return step.step === 'fail' ? `fail: ${step.failure.code}` : 'id' in step ? `${step.step} ${step.id}` : step.step;
}

describe('an emoji that was never sent', () => {
  it.each([
    [[], 'no', 'add'],
    [[theirs('1')], 'no', 'fail: emoji_exists'],
    [[theirs('1')], 'own', 'fail: replacing_not_yours'],
    [[theirs('1')], 'any', 'replace 1'],
    // The same account may have made it otherwise.
    [[mine('1')], 'no', 'fail: emoji_exists'],
    [[theirs('1'), theirs('2')], 'any', 'fail: emoji_ambiguous'],
  ] as const)('where there is %j, and replacing is %s: %s', (found, replace, expected) => {
    expect(next(null, [...found], replace)).toBe(expected);
  });
});

describe('an emoji that was sent, without an answer', () => {
  it.each([
    ['is there', sent(1), [mine('1')], 'done 1'],
    ['may yet come', sent(SETTLE_MS - 1), [], 'wait'],
    ['will not come any more', sent(SETTLE_MS), [], 'add'],
    ['has been overtaken by somebody else', sent(1), [theirs('1')], 'fail: emoji_exists'],
    ['was to replace one that is there yet', sent(1, '1'), [theirs('1')], 'fail: emoji_exists'],
    ['has replaced one', sent(1, '1'), [mine('2')], 'done 2'],
    ['has an earlier picture', sent(1, null, 'old'), [mine('1')], 'fail: earlier_picture'],
  ] as const)('%s', (_, sending, found, expected) => {
    expect(next(known({ sent: sending }), [...found])).toBe(expected);
  });

  it('goes on with what it was to replace', () => {
    expect(next(known({ sent: sent(1, '1') }), [theirs('1')], 'any')).toBe('replace 1');
    const own = known({ sent: sent(1, '1'), published: published('1', 'old') });
    expect(next(own, [mine('1')], 'own')).toBe('replace 1');
    expect(next(own, [mine('2')], 'own')).toBe('done 2');
  });

  it('is waited for by another one that is to have its name', () => {
    const other = (ago: number) => known({ emojiId: 'other', sent: sent(ago) });
    expect(next(other(1), [])).toBe('wait');
    expect(next(other(1), [mine('1')])).toBe('wait');
    expect(next(other(SETTLE_MS), [])).toBe('add');
    expect(next(other(SETTLE_MS), [mine('1')])).toBe('fail: emoji_exists');
    expect(next(other(SETTLE_MS), [mine('1')], 'own')).toBe('fail: replacing_not_yours');
  });
});

describe('an emoji that was published', () => {
  it.each([
    ['is there by its id', published('1'), [theirs('1')], 'no', 'done 1'],
    ['is there with an earlier picture', published('1', 'old'), [theirs('1')], 'no', 'fail: earlier_picture'],
    ['is replaced by its owner', published('1', 'old'), [theirs('1')], 'own', 'replace 1'],
    ['was removed there', published('1'), [], 'no', 'add'],
    [
      'was removed there, and somebody else made one',
      published('1'),
      [theirs('2')],
      'own',
      'fail: replacing_not_yours',
    ],
    ['is found among several', published('2'), [theirs('1'), theirs('2')], 'no', 'done 2'],
    ['is there under an id that nobody has told', published(null), [mine('1')], 'no', 'done 1'],
    ['is not what somebody else made', published(null), [theirs('1')], 'no', 'fail: emoji_exists'],
  ] as const)('%s', (_, before, found, replace, expected) => {
    expect(next(known({ published: before }), [...found], replace)).toBe(expected);
  });
});
