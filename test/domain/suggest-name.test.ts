import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEmojiName } from '../../src/domain/emoji-name.ts';
import { nextName, suggestName, tidyName } from '../../src/domain/suggest-name.ts';

describe('suggestName', () => {
  it.each([
    ['party_parrot.gif', 'party_parrot'],
    ['Party Parrot.GIF', 'party_parrot'],
    ['party parrot (1).final.png', 'party_parrot_1_final'],
    ['Screenshot 2026-11-29 at 14.18.41.png', 'screenshot_2026-11-29_at_14_18_41'],
    ['no-extension', 'no-extension'],
    ['.hidden', 'hidden'],
    ['--dashes--.png', 'dashes'],
    ['Grüße aus Köln!.jpg', 'grüße_aus_köln'],
    ['ＦＵＬＬ.png', 'full'],
    ['日本.webp', '日本'],
    ['👍.png', 'emoji'],
    ['...', 'emoji'],
    ['', 'emoji'],
    [`${'a'.repeat(80)}.gif`, 'a'.repeat(64)],
    [`${'𝒜'.repeat(80)}.gif`, 'a'.repeat(64)],
    ['c++.png', 'c++'],
    ['10:30.png', '1030'],
  ])('of %j is %j', (file, name) => {
    expect(suggestName(file)).toBe(name);
  });

  it('is a name in canonical form, whatever the file is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (file) => {
        const name = suggestName(file);
        expect(parseEmojiName(name)).toEqual({ ok: true, name });
      }),
      { numRuns: 300 },
    );
  });
});

describe('tidyName', () => {
  it.each([
    ['party parrot', 'party_parrot'],
    ['what?!', 'what'],
    ['-_-', 'emoji'],
    ['', 'emoji'],
    ['v1.2', 'v1_2'],
  ])('of %j is %j', (written, name) => {
    expect(tidyName(written)).toBe(name);
  });
});

describe('nextName', () => {
  it.each([
    ['parrot', [], 'parrot_2'],
    ['parrot', ['parrot_2', 'parrot_3'], 'parrot_4'],
    ['parrot_2', [], 'parrot_3'],
    ['b_52', [], 'b_53'],
    ['2026', [], '2026_2'],
    ['a'.repeat(64), [], `${'a'.repeat(62)}_2`],
    ['a'.repeat(63), Array.from({ length: 8 }, (_, i) => `${'a'.repeat(62)}_${i + 2}`), `${'a'.repeat(61)}_10`],
  ])('after %j, with %j taken, is %j', (name, taken, next) => {
    expect(nextName(name, (candidate) => taken.includes(candidate))).toBe(next);
  });
});
