import { describe, expect, it } from 'vitest';
import { budgetFor } from '../../../src/domain/platforms/budget.ts';
import type { PlatformRules } from '../../../src/domain/platforms/rules.ts';
import { PLATFORM_IDS, PLATFORMS, type PlatformId } from '../../../src/domain/platforms/table.ts';
import {
  judge,
  judgeFor,
  judgeName,
  largestFit,
  type OfferedPicture,
  offerOf,
} from '../../../src/domain/platforms/verdict.ts';
import { DEFAULT_RENDERING } from '../../../src/domain/rendering.ts';

const source = { format: 'gif', bytes: 1, width: 500, height: 500, frames: 20, durationMs: 1_000 };
const pictureOf = (bytes: number) => ({ hash: 'h', bytes });

/** An animation with pictures of so many bytes. */
function animation(
  bytes: { gif: number; gif64?: number; gif128?: number; png?: number },
  name = 'party_parrot',
  frames = 20,
) {
  const { gif, ...others } = bytes;
  const renditions = Object.fromEntries(Object.entries(others).map(([key, value]) => [key, pictureOf(value)]));
  return {
    name,
    image: { ...pictureOf(gif), frames, renditions },
    source: { ...source, frames },
    sourceKey: 'sources/1',
    rendering: null,
  };
}

const verdictOf = (platform: PlatformId, emoji: Parameters<typeof offerOf>[0]) => judgeFor(platform, offerOf(emoji));

const small = { gif: 20_000, gif64: 9_000, gif128: 30_000, png: 5_000 };

describe('the table', () => {
  it.each(PLATFORM_IDS)('says of %s where each rule is written, when it was read, and what it is', (id) => {
    const { title, side, ...rules }: PlatformRules = PLATFORMS[id];
    expect(title).not.toBe('');
    expect(side).toBeLessThanOrEqual(128);
    for (const { words, source } of Object.values(rules)) {
      expect(words.length).toBeGreaterThan(3);
      expect(new URL(source.url).protocol).toBe('https:');
      expect(source.checked).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  });

  it('has the numbers that the platforms name', () => {
    const numbers = PLATFORM_IDS.map((id) => {
      const { bytes, frames, pixels, name }: PlatformRules = PLATFORMS[id];
      return [id, bytes.most, frames.most, pixels.most, name.least, name.most];
    });
    expect(numbers).toEqual([
      ['slack', 128 * 1000 - 1, 50, null, 1, null],
      ['discord', 256 * 1024, null, null, 2, 32],
      ['mattermost', (1 << 19) - 1024, 32, 1028, 1, 64],
      ['zulip', 5 * 1024 * 1024, null, null, 1, null],
      ['mastodon', 256 * 1024 - 1, null, null, 2, 128],
      ['misskey', null, null, null, 1, null],
      ['rocket.chat', null, null, null, 1, null],
      ['matrix', null, null, null, 1, 100],
      ['gotosocial', 50 * 1024, null, null, 1, 30],
      ['pleroma', null, null, null, 1, null],
    ]);
  });
});

describe('a verdict of a name alone', () => {
  it('says of each platform what it says when the picture is there', () => {
    for (const name of ['party_parrot', 'party-parrot', 'c++-日', 'x', 'x'.repeat(64)]) {
      expect(judgeName(name)).toEqual(judge(offerOf(animation(small, name))));
    }
  });
});

describe('a verdict', () => {
  it('is that it works, where name and picture do', () => {
    for (const verdict of judge(offerOf(animation(small)))) {
      expect(verdict).toEqual({ platform: verdict.platform, outcome: 'works', broken: [], fix: null });
    }
    expect(judge(offerOf(animation(small))).map(({ platform }) => platform)).toEqual(PLATFORM_IDS);
  });

  it('tells which characters of a name are not taken, and a name that is', () => {
    expect(verdictOf('discord', animation(small, 'c++-日'))).toEqual({
      platform: 'discord',
      outcome: 'fixable',
      broken: [
        {
          rule: 'name_characters',
          found: '+-日',
          allowed: '2 to 32 letters of English, digits and underscores',
          message: 'The name has "+-日" in it. Discord takes: 2 to 32 letters of English, digits and underscores.',
        },
      ],
      fix: { name: 'c_plus_plus_u65e5', picture: null },
    });
    expect(verdictOf('zulip', animation(small, 'a-'))).toMatchObject({
      broken: [{ rule: 'name_characters', found: 'a-' }],
      fix: { name: 'a', picture: null },
    });
  });

  it('tells how long a name is, and may be', () => {
    expect(verdictOf('discord', animation(small, 'x'))).toMatchObject({
      outcome: 'fixable',
      broken: [
        { rule: 'name_length', found: 1, allowed: 2, message: 'The name has 1 byte; Discord takes at least 2.' },
      ],
      fix: { name: 'emoji_x', picture: null },
    });
    expect(verdictOf('gotosocial', animation(small, 'x'.repeat(31)))).toMatchObject({
      broken: [
        { rule: 'name_length', found: 31, allowed: 30, message: 'The name has 31 bytes; GoToSocial takes at most 30.' },
      ],
    });
    expect(verdictOf('gotosocial', animation(small, 'x'.repeat(30)))).toMatchObject({ outcome: 'works' });
    expect(verdictOf('matrix', animation(small, '日'.repeat(34)))).toMatchObject({
      broken: [{ rule: 'name_length', found: 102, allowed: 100 }],
    });
  });

  it('tells that a name is that of an emoji which the platform has itself', () => {
    expect(verdictOf('mattermost', animation(small, 'heart'))).toEqual({
      platform: 'mattermost',
      outcome: 'fixable',
      broken: [
        {
          rule: 'name_reserved',
          found: 'heart',
          allowed: 'a name that no built-in emoji has',
          message: 'Mattermost has an emoji of its own that is called "heart", and takes no other one of that name.',
        },
      ],
      fix: { name: 'heart_2', picture: null },
    });
    expect(judgeName('heart').filter(({ outcome }) => outcome !== 'works')).toMatchObject([
      { platform: 'slack', broken: [{ rule: 'name_reserved' }], fix: { name: 'heart_2' } },
      { platform: 'mattermost', broken: [{ rule: 'name_reserved' }], fix: { name: 'heart_2' } },
    ]);
  });

  it.each(
    PLATFORM_IDS.flatMap((id) => {
      const { most }: { most: number | null } = PLATFORMS[id].bytes;
      return most === null ? [] : [[id, most] as const];
    }),
  )('of %s goes by the last byte of %i', (platform, most) => {
    expect(verdictOf(platform, animation({ ...small, gif: most }))).toMatchObject({ outcome: 'works' });
    expect(verdictOf(platform, animation({ ...small, gif: most + 1 }))).toMatchObject({
      outcome: 'fixable',
      broken: [{ rule: 'bytes', found: most + 1, allowed: most }],
      fix: { name: null, picture: platform === 'zulip' ? 'gif64' : 'gif128' },
    });
  });

  it('says numbers as one reads them', () => {
    expect(verdictOf('gotosocial', animation({ ...small, gif: 123_456 })).broken).toEqual([
      {
        rule: 'bytes',
        found: 123_456,
        allowed: 51_200,
        message: 'The picture has 123,456 bytes; GoToSocial takes at most 51,200.',
      },
    ]);
  });

  it.each([
    ['slack', 50],
    ['mattermost', 32],
  ] as const)('of %s goes by the last frame of %i', (platform, most) => {
    expect(verdictOf(platform, animation(small, 'party_parrot', most))).toMatchObject({ outcome: 'works' });
    expect(verdictOf(platform, animation(small, 'party_parrot', most + 1))).toMatchObject({
      outcome: 'fixable',
      broken: [{ rule: 'frames', found: most + 1, allowed: most }],
      fix: { name: null, picture: 'fitted' },
    });
  });

  it('names a picture that fits already, the one that shows most; else one is to be made', () => {
    const heavy = { gif: 60_000, gif64: 20_000, gif128: 90_000, png: 5_000 };
    expect(verdictOf('gotosocial', animation(heavy)).fix).toEqual({ name: null, picture: 'gif64' });
    expect(verdictOf('gotosocial', animation({ ...heavy, gif64: 51_201 })).fix).toEqual({
      name: null,
      picture: 'fitted',
    });
    // A still of an animation is no picture of it.
    expect(verdictOf('gotosocial', animation({ gif: 60_000, png: 100 })).fix).toEqual({
      name: null,
      picture: 'fitted',
    });
    // Of a still it is.
    expect(verdictOf('gotosocial', animation({ gif: 60_000, png: 100 }, 'x', 1)).fix).toEqual({
      name: null,
      picture: 'png',
    });
  });

  it('is that nothing helps, where no picture fits and the upload is not kept', () => {
    const heavy = { ...animation({ gif: 60_000, gif64: 55_000 }, 'party-parrot'), sourceKey: null };
    expect(verdictOf('gotosocial', heavy)).toMatchObject({
      outcome: 'impossible',
      broken: [{ rule: 'name_characters', found: '-' }, { rule: 'bytes' }],
      fix: null,
    });
    expect(verdictOf('slack', heavy)).toMatchObject({ outcome: 'works' });
    expect(verdictOf('gotosocial', { ...heavy, image: { ...pictureOf(1), frames: 1 } })).toMatchObject({
      outcome: 'fixable',
      fix: { name: 'party_parrot', picture: null },
    });
  });

  it('tells all that is broken at once', () => {
    const all = verdictOf('slack', animation({ gif: 200_000, gif64: 140_000 }, 'c++', 60));
    expect(all.broken.map(({ rule, found, allowed }) => [rule, found, allowed])).toEqual([
      ['name_characters', '+', PLATFORMS.slack.name.words],
      ['bytes', 200_000, 127_999],
      ['frames', 60, 50],
    ]);
    expect(all.fix).toEqual({ name: 'c_plus_plus', picture: 'fitted' });
  });
});

describe('what is offered', () => {
  it('counts the frames of other sizes as many as there may be', () => {
    const { pictures } = offerOf({ ...animation(small, 'party_parrot', 8), source: { ...source, frames: 12 } });
    expect(pictures.map(({ rendition, frames }) => [rendition, frames])).toEqual([
      [null, 8],
      ['gif64', 12],
      ['gif128', 12],
      ['png', 1],
    ]);
  });

  it('is one picture of an emoji that was made before there were others', () => {
    const { pictures, canBeFitted } = offerOf({
      name: 'old',
      image: { ...pictureOf(7), frames: 1 },
      source: null,
      sourceKey: null,
      rendering: null,
    });
    expect(pictures).toEqual([{ rendition: null, type: 'gif', side: 256, bytes: 7, frames: 1 }]);
    expect(canBeFitted).toBe(false);
  });

  it('has the size that it was rendered in', () => {
    const rendering = { ...DEFAULT_RENDERING, size: 120 };
    const sides = offerOf({ ...animation(small), rendering }).pictures.map(({ side }) => side);
    expect(sides).toEqual([120, 64, 128, 120]);
  });

  it.each([
    ['zulip', 'gif64'],
    ['discord', 'gif128'],
  ] as const)('has for %s no more pixels than it shows: %s', (platform, rendition) => {
    const { pictures } = offerOf(animation(small));
    expect(largestFit(platform, pictures)?.rendition).toBe(rendition);
  });

  it('is no good for a platform that does not take its format', () => {
    const picture: OfferedPicture = { rendition: 'png', type: 'png', side: 100, bytes: 1, frames: 1 };
    for (const platform of PLATFORM_IDS) expect(largestFit(platform, [picture])).toBe(picture);
    expect(largestFit('slack', [{ ...picture, bytes: 128_000 }])).toBeNull();
  });
});

describe('a budget', () => {
  it('is what the platform takes', () => {
    expect(budgetFor('slack')).toEqual({ side: 128, bytes: 127_999, frames: 50, png: true });
    expect(budgetFor('zulip')).toEqual({ side: 64, bytes: 5_242_880, frames: null, png: true });
    expect(budgetFor('matrix')).toEqual({ side: 128, bytes: null, frames: null, png: true });
  });
});
