import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEmojiName } from '../../../src/domain/emoji-name.ts';
import { fitName, isNameFit } from '../../../src/domain/platforms/name.ts';
import type { PlatformRules } from '../../../src/domain/platforms/rules.ts';
import { PLATFORM_IDS, PLATFORMS, type PlatformId } from '../../../src/domain/platforms/table.ts';

const rulesOf = (platform: PlatformId): PlatformRules => PLATFORMS[platform];

/**
 * What platforms themselves hold a name against, as it stands in their code, with the lengths that stand beside it.
 * `most` is in bytes, as Go counts; the others have ASCII only, where that is the same. Names of emoji that a platform has
 * itself have a test of their own.
 */
const THEIRS: [PlatformId, string, (name: string) => boolean][] = [
  [
    'mattermost',
    'server/public/model: validSimpleAlphaNumHyphenUnderscorePlus, EmojiNameMaxLength',
    (name) => /^[a-zA-Z0-9+_-]+$/.test(name) && Buffer.byteLength(name) <= 64,
  ],
  ['zulip', 'zerver/lib/emoji.py: check_valid_emoji_name', (name) => /^[0-9a-z\-_]+(?<![-_])$/.test(name)],
  [
    'mastodon',
    'app/models/custom_emoji.rb: SHORTCODE_ONLY_RE, MAX_SHORTCODE_SIZE',
    (name) => /^[a-zA-Z0-9_]{2,}$/.test(name) && name.length <= 128,
  ],
  ['misskey', 'endpoints/admin/emoji/add.ts: paramDef', (name) => /^[a-zA-Z0-9_]+$/.test(name)],
  ['gotosocial', 'internal/regexes/regexes.go: emojiValidator', (name) => /^\w{1,30}$/.test(name)],
  // With "@" it is one of another server.
  [
    'pleroma',
    'lib/pleroma/emoji.ex: @emoji_regex',
    (name) => /^:[A-Za-z0-9_-]+(@.+)?:$/.test(`:${name}:`) && !name.includes('@'),
  ],
  [
    'matrix',
    'MSC2545, shortcode grammar',
    (name) => Buffer.byteLength(name) <= 100 && !/[:/ ]/.test(name) && name !== '',
  ],
];

/** Names that emoji have here. */
const names = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...'abcxyz019_-+') },
      { weight: 1, arbitrary: fc.constantFrom('é', 'ß', 'ø', '日', 'ん', 'न', 'म', '्', '한', '𐐨', 'ς', 'i̇', '٣') },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
    ),
    { minLength: 1, maxLength: 64 },
  )
  .map((parts) => parseEmojiName(parts.join('')))
  .filter((parsed) => parsed.ok)
  .map(({ name }) => name);

describe('the rule for names', () => {
  it.each(THEIRS)('of %s is theirs: %s', (platform, _, isTaken) => {
    fc.assert(
      fc.property(fc.oneof(names, fc.string({ maxLength: 140 }), fc.stringMatching(/^\w{0,140}$/)), (name) => {
        expect(isNameFit(name, { ...rulesOf(platform).name, reserved: null })).toBe(isTaken(name));
      }),
      { numRuns: 3_000 },
    );
  });

  it('of Rocket.Chat lets through nothing that Rocket.Chat refuses', () => {
    // apps/meteor/app/emoji-custom/server/lib/insertOrUpdateEmoji.ts: nameValidation
    const refused = /[\s,:><&"'/\\()]/;
    fc.assert(
      fc.property(fc.string(), (name) => {
        if (isNameFit(name, PLATFORMS['rocket.chat'].name)) expect(name).not.toMatch(refused);
      }),
    );
  });

  it.each([
    // What limax 4.2.3, with which Rocket.Chat rewrites names, makes of them with its settings.
    ['party-parrot', 'party-parrot'],
    ['party_parrot', 'party_parrot'],
    ['a+b', 'a_b'],
    ['c++', 'c'],
    ['café', 'cafe'],
    ['日本語', 'ri4_ben3_yu3'],
    ['a--b', 'a--b'],
    ['a_', 'a'],
    ['7up', '7up'],
  ])('of Rocket.Chat takes %j only if it stays as it is there, %j', (name, rewritten) => {
    expect(isNameFit(name, PLATFORMS['rocket.chat'].name)).toBe(name === rewritten);
  });

  it.each([
    ['slack', 'party-parrot_2', true],
    ['slack', '日本語', true],
    ['slack', 'Party', false],
    ['slack', 'a.b', false],
    ['slack', 'a b', false],
    ['slack', 'a+b', false],
    ['discord', 'Party_2', true],
    ['discord', 'x', false],
    ['discord', 'x'.repeat(32), true],
    ['discord', 'x'.repeat(33), false],
    ['discord', 'a-b', false],
  ] as const)('of %s, for which there is no pattern to be had, says of %j: %s', (platform, name, isTaken) => {
    expect(isNameFit(name, rulesOf(platform).name)).toBe(isTaken);
  });
});

describe('a name that fits', () => {
  it.each([
    ['discord', 'party_parrot', 'party_parrot'],
    ['discord', 'party-parrot', 'party_parrot'],
    ['discord', 'x', 'emoji_x'],
    ['discord', 'c++', 'c_plus_plus'],
    ['discord', 'a--b', 'a_b'],
    ['discord', 'naïve', 'naive'],
    ['discord', 'straße', 'strasse'],
    ['discord', 'ærø', 'aero'],
    ['discord', '日本語', 'u65e5_u672c_u8a9e'],
    ['discord', '日本-flag', 'u65e5_u672c_flag'],
    ['discord', '한', 'ud55c'],
    ['discord', '𐐨', 'u10428'],
    ['discord', 'i̇stanbul', 'istanbul'],
    ['discord', 'x'.repeat(33), 'xxxxxxxxxxxxxxxxxxxxxxx_e997d407'],
    ['discord', `${'x'.repeat(32)}y`, 'xxxxxxxxxxxxxxxxxxxxxxx_e897d274'],
    ['slack', 'a+b', 'a_plus_b'],
    ['slack', '日本語', '日本語'],
    ['zulip', 'a-', 'a'],
    ['zulip', 'a_', 'a'],
    ['zulip', 'party-parrot', 'party-parrot'],
    ['mattermost', 'c++', 'c++'],
    ['mattermost', 'é'.repeat(33), 'e'.repeat(33)],
    ['matrix', 'c++', 'c++'],
    ['matrix', '日'.repeat(34), `${'日'.repeat(30)}_07f99b05`],
  ] as const)('for %s in the place of %j is %j', (platform, name, fitted) => {
    expect(fitName(name, rulesOf(platform).name)).toBe(fitted);
  });

  it.each(PLATFORM_IDS)('fits %s, whatever the name, and is one that an emoji can have here', (platform) => {
    const { name: rule } = rulesOf(platform);
    const theirs = THEIRS.find(([id]) => id === platform)?.[2];
    fc.assert(
      fc.property(names, (name) => {
        const fitted = fitName(name, rule);
        expect(isNameFit(fitted, rule)).toBe(true);
        expect(theirs?.(fitted) ?? true).toBe(true);
        expect(parseEmojiName(fitted)).toEqual({ ok: true, name: fitted });
        // What fits stays; so does what was made to fit.
        if (isNameFit(name, rule)) expect(fitted).toBe(name);
        expect(fitName(fitted, rule)).toBe(fitted);
      }),
      { numRuns: 3_000 },
    );
  });

  it('tells names apart that are too long, and end otherwise', () => {
    const rule = PLATFORMS.discord.name;
    const fitted = new Set(Array.from({ length: 1_000 }, (_, n) => fitName(`${'long_'.repeat(10)}${n}`, rule)));
    expect(fitted.size).toBe(1_000);
  });
});
