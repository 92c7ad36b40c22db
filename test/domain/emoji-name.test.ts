import { describe, expect, it } from 'vitest';
import { parseEmojiName, parseNamePart, parseTag } from '../../src/domain/emoji-name.ts';

describe('parseEmojiName', () => {
  it.each([
    ['party_parrot', 'party_parrot'],
    ['Party-Parrot', 'party-parrot'],
    [':tada:', 'tada'],
    [' ::tada: ', 'tada'],
    ['１２３', '123'], // Full-width digits, NFKC.
    ['ﬁne', 'fine'], // A ligature, NFKC.
    ['：ｏｋ：', 'ok'], // Full-width colons are colons.
    ['\u00a0café\u3000', 'café'], // No-break and ideographic spaces are white space.
    ['cafe\u0301', 'café'], // Combining accent, composed by NFC.
    ['İstanbul', 'i̇stanbul'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'], // The last sigma has a form of its own.
    ['日本語', '日本語'],
    ['नमस्ते', 'नमस्ते'], // Marks.
    ['a+b-c_d', 'a+b-c_d'],
    ['7up', '7up'],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['𝒳'.repeat(64), 'x'.repeat(64)],
    ['𐐨'.repeat(64), '𐐨'.repeat(64)], // 64 letters, 128 UTF-16 units.
  ])('%j is %j', (written, name) => {
    expect(parseEmojiName(written)).toEqual({ ok: true, name });
  });

  it.each([
    ['', 'name_empty', 'empty'],
    [' :: ', 'name_empty', 'empty'],
    ['x'.repeat(65), 'name_too_long', '65 characters; the limit is 64'],
    ['_x', 'name_bad_start', '"_" (U+005F)'],
    ['-x', 'name_bad_start', '"-" (U+002D)'],
    ['+1', 'name_bad_start', '"+" (U+002B)'],
    ['\u0301x', 'name_bad_start', 'U+0301'],
    ['a b', 'name_bad_character', '" " (U+0020)'],
    ['a.b', 'name_bad_character', '"." (U+002E)'],
    ['a/b', 'name_bad_character', '"/" (U+002F)'],
    ['a:b', 'name_bad_character', '":" (U+003A)'],
    ['a\u200bb', 'name_bad_character', 'U+200B'],
    ['a😀', 'name_bad_character', 'U+1F600'],
    ['a\0b', 'name_bad_character', 'U+0000'],
    ['a\ufe0f', 'name_bad_character', 'U+FE0F'], // A variation selector: a mark that cannot be seen.
    ['\u3164', 'name_bad_start', 'U+1160'], // The Hangul filler: a letter that cannot be seen.
  ])('%j breaks the rule %s', (written, rule, part) => {
    const parsed = parseEmojiName(written);
    expect(parsed).toMatchObject({ ok: false, rule });
    expect(!parsed.ok && parsed.message).toContain(part);
  });

  it('gives every name one canonical form: that of a canonical name is itself', () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      const parsed = parseEmojiName(`a${String.fromCodePoint(code)}b`);
      if (parsed.ok) expect(parseEmojiName(parsed.name)).toEqual(parsed);
    }
  });
});

it('reads a tag by the rules of names, with 32 characters at most', () => {
  expect(parseTag(' :Party_2: ')).toEqual({ ok: true, name: 'party_2' });
  expect(parseTag('x'.repeat(32))).toMatchObject({ ok: true });
  expect(parseTag('x'.repeat(33))).toEqual({
    ok: false,
    rule: 'name_too_long',
    message: 'The tag has 33 characters; the limit is 32.',
  });
  expect(parseTag('two words')).toMatchObject({
    rule: 'name_bad_character',
    message: expect.stringMatching(/^The tag /),
  });
});

describe('parseNamePart', () => {
  it.each([
    ['PAR', 'par'],
    [' :par', 'par'],
    ['_', '_'],
    // As the name of a file with white space in it is suggested.
    ['Party  Parrot', 'party_parrot'],
    ['party ', 'party'],
    ['in\u00a0love\u3000too', 'in_love_too'],
    ['', ''],
    ['a!b', null],
    ['x'.repeat(65), null],
  ])('%j is %j', (written, part) => {
    expect(parseNamePart(written)).toBe(part);
  });
});

describe('a million characters', () => {
  // In time that grows with their square, this would take hours.
  it.each([':', ' ', '\u00a0', 'a\u0301\u0323', '\u0323\u0301', '\ufdfa'])('of %j are refused at once', (filling) => {
    const written = `a${filling.repeat(1_000_000)}b`;
    for (const parse of [parseEmojiName, parseTag]) {
      expect(parse(written)).toMatchObject({ ok: false, rule: 'name_too_long' });
    }
    expect(parseNamePart(written)).toBeNull();
  });
});
