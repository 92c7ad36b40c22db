import { describe, expect, it } from 'vitest';
import { fitName, isNameFit, lengthOf } from '../../../src/domain/platforms/name.ts';
import type { PlatformRules } from '../../../src/domain/platforms/rules.ts';
import { PLATFORM_IDS, PLATFORMS, type PlatformId } from '../../../src/domain/platforms/table.ts';

const rulesOf = (platform: PlatformId): PlatformRules => PLATFORMS[platform];

/**
 * Read in `SystemEmojis` of Mattermost 11, server/public/model/emoji_data.go: from each of its parts, with names that it
 * has from emoji-datasource, and their aliases.
 */
const BOTH = [
  ...['heart', 'smile', 'tada', 'wave', 'joy', 'rolling_on_the_floor_laughing', 'laughing', 'satisfied'],
  ...['-1', 'thumbsup', 'thumbsdown', 'hankey', 'poop', 'shit', 'rage', '100', 'v', 'fist', 'punch', 'facepunch'],
  ...['star-struck', 'grinning_face_with_one_large_and_one_small_eye', 'eye-in-speech-bubble', 'spock-hand'],
  ...['point_up', 'point_up_2', 'breast-feeding', 'male-judge', 'female-police-officer', 'man-running', 'boom'],
  ...['flag-us', 'us', 'flag-um', 'flag-zw', 'flag-england', 'flag-wales', 'serious_face_with_symbols_covering_mouth'],
];

/** Of the same list, those that only GitHub has, and Mattermost by itself. */
const MATTERMOST_ONLY = [
  ...[
    'hugs',
    'rofl',
    'thinking',
    'roll_eyes',
    'robot',
    'vulcan_salute',
    'metal',
    'fu',
    'fist_raised',
    'fist_left',
    'ng_woman',
  ],
  ...['tipping_hand_man', 'massage_woman', 'man_judge', 'policewoman', 'running_woman', 'uruguay', 'zimbabwe'],
  ...['wave_light_skin_tone', '+1_medium_light_skin_tone', 'fist_raised_medium_skin_tone', 'v_medium_dark_skin_tone'],
  ...['people_holding_hands_dark_skin_tone_medium_light_skin_tone', 'mattermost'],
];

/** Of neither; that of GitHub which Mattermost does not have, too. */
const FREE = [
  ...['party_parrot', 'heart_2', 'smile2', 'hearts_and_minds', 'blob', 'shipit', 'octocat', 'flag-xx', 'slack'],
  ...['constructor', '__proto__', 'tostring', 'light_skin_tone', 'party_light_skin_tone', 'wave-light_skin_tone'],
];

describe('a name of a built-in emoji', () => {
  it.each(BOTH)('is refused by Slack and Mattermost, and by nobody else for that: %s', (name) => {
    for (const platform of PLATFORM_IDS) {
      const { name: rule } = rulesOf(platform);
      const isRefused = platform === 'slack' || platform === 'mattermost';
      expect(isNameFit(name, rule)).toBe(!isRefused && isNameFit(name, { ...rule, reserved: null }));
    }
  });

  it('has a plus where the name has', () => {
    expect(isNameFit('+1', PLATFORMS.mattermost.name)).toBe(false);
    expect(isNameFit('+1', PLATFORMS.matrix.name)).toBe(true);
  });

  it.each(MATTERMOST_ONLY)('that only Mattermost has, is refused by it alone: %s', (name) => {
    expect(isNameFit(name, PLATFORMS.mattermost.name)).toBe(false);
    expect(isNameFit(name.replace('+', ''), PLATFORMS.slack.name)).toBe(true);
  });

  it.each(FREE)('is not this one: %s', (name) => {
    expect(isNameFit(name, PLATFORMS.mattermost.name)).toBe(true);
    expect(isNameFit(name, PLATFORMS.slack.name)).toBe(true);
  });

  it.each([
    ['slack', 'heart', 'heart_2'],
    ['slack', 'point_up', 'point_up_3'],
    ['slack', 'tadá', 'tadá'],
    ['slack', '+1', 'plus_1'],
    ['mattermost', '+1', '+1_2'],
    ['mattermost', 'tadá', 'tada_2'],
    ['mattermost', 'hugs', 'hugs_2'],
    ['discord', 'heart', 'heart'],
  ] as const)('has for %s in the place of %s: %s', (platform, name, fitted) => {
    expect(fitName(name, rulesOf(platform).name)).toBe(fitted);
    expect(fitName(fitted, rulesOf(platform).name)).toBe(fitted);
  });

  it.each(['slack', 'mattermost'] as const)('has another for %s that is not too long, always the same', (platform) => {
    const { name: rule } = rulesOf(platform);
    for (const name of [...BOTH, ...MATTERMOST_ONLY]) {
      const fitted = fitName(name, rule);
      expect(isNameFit(fitted, rule)).toBe(true);
      expect(lengthOf(fitted)).toBeLessThanOrEqual(64);
      expect(fitName(name, rule)).toBe(fitted);
    }
  });
});
