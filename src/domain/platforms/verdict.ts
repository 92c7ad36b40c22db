import { type Emoji, type PictureType, RENDITIONS, type Rendition } from '../emoji.ts';
import { MAX_SIZE, type Rendering } from '../rendering.ts';
import { fitName, isNameFit, isReserved, lengthOf, takes } from './name.ts';
import type { PlatformRules } from './rules.ts';
import { PLATFORM_IDS, PLATFORMS, type PlatformId } from './table.ts';

/** One of an emoji's pictures, as it would be sent to a platform. */
export interface OfferedPicture {
  /** Null is the emoji itself. */
  rendition: Rendition | null;
  type: PictureType;
  /** Pixels a side, at most. */
  side: number;
  bytes: number;
  /** At most. */
  frames: number;
}

export interface OfferedEmoji {
  /** Canonical. */
  name: string;
  /** The emoji itself first. */
  pictures: [OfferedPicture, ...OfferedPicture[]];
  /** Whether its upload is kept, so that another picture can be made from it. */
  canBeFitted: boolean;
}

/** A rule that is broken: what was found, and what is allowed, in numbers where there are some. */
export interface BrokenRule {
  rule: 'name_characters' | 'name_length' | 'name_reserved' | 'pixels' | 'bytes' | 'frames' | 'format';
  found: string | number;
  allowed: string | number;
  /** As a sentence. */
  message: string;
}

/** What makes it work: null for what need not be changed. */
export interface Fix {
  /** Another name. */
  name: string | null;
  /** A picture of it that fits already, or one that is to be made. */
  picture: Rendition | 'fitted' | null;
}

/** `works` as it is, by a `fix`, or not at all. */
export const OUTCOMES = ['works', 'fixable', 'impossible'] as const;

export interface Verdict {
  platform: PlatformId;
  outcome: (typeof OUTCOMES)[number];
  broken: BrokenRule[];
  /** Null where nothing is broken, or nothing helps. */
  fix: Fix | null;
}

/** Where an emoji will work, and what makes it work elsewhere; in the order of the table. */
export function judge(emoji: OfferedEmoji): Verdict[] {
  return PLATFORM_IDS.map((platform) => judgeFor(platform, emoji));
}

/** What can be told by its name of an emoji whose picture is not made yet: each platform takes it, or one like it. */
export function judgeName(name: string): Verdict[] {
  return PLATFORM_IDS.map((platform) => {
    const rules: PlatformRules = PLATFORMS[platform];
    const broken = brokenByName(name, rules);
    if (broken.length === 0) return { platform, outcome: 'works', broken, fix: null };
    return { platform, outcome: 'fixable', broken, fix: { name: fitName(name, rules.name), picture: null } };
  });
}

/** An emoji as it would be sent to platforms. */
export function offerOf({
  name,
  image,
  source,
  sourceKey,
  rendering,
}: Pick<Emoji, 'name' | 'image' | 'source' | 'sourceKey'> & { rendering: Rendering | null }): OfferedEmoji {
  const side = rendering?.size ?? MAX_SIZE;
  // Frames that look the same are one: in another size they may not.
  const frames = image.frames === 1 ? 1 : Math.max(image.frames, source?.frames ?? 1);
  const others = Object.entries(image.renditions ?? {}).map(([rendition, { bytes }]): OfferedPicture => {
    const { type, size } = RENDITIONS[rendition as Rendition];
    return {
      rendition: rendition as Rendition,
      type,
      side: size ?? side,
      bytes,
      frames: type === 'png' ? 1 : frames,
    };
  });
  const main = { rendition: null, type: 'gif' as const, side, bytes: image.bytes, frames: image.frames };
  return { name, pictures: [main, ...others], canBeFitted: sourceKey !== null };
}

export function judgeFor(platform: PlatformId, { name, pictures, canBeFitted }: OfferedEmoji): Verdict {
  const rules: PlatformRules = PLATFORMS[platform];
  const [main] = pictures;
  const named = brokenByName(name, rules);
  const shown = brokenByPicture(main, rules);
  const broken = [...named, ...shown];
  if (broken.length === 0) return { platform, outcome: 'works', broken, fix: null };
  const otherName = named.length > 0 ? fitName(name, rules.name) : null;
  if (shown.length === 0) return { platform, outcome: 'fixable', broken, fix: { name: otherName, picture: null } };
  const picture = largestFit(platform, pictures)?.rendition ?? (canBeFitted ? 'fitted' : null);
  if (picture === null) return { platform, outcome: 'impossible', broken, fix: null };
  return { platform, outcome: 'fixable', broken, fix: { name: otherName, picture } };
}

/** Of the pictures that a platform takes the one that shows most of the emoji there; null where it takes none. */
export function largestFit(platform: PlatformId, pictures: OfferedPicture[]): OfferedPicture | null {
  const rules: PlatformRules = PLATFORMS[platform];
  const isAnimated = pictures.some(({ frames }) => frames > 1);
  const fit = pictures.filter(
    (picture) => brokenByPicture(picture, rules).length === 0 && (picture.frames > 1 || !isAnimated),
  );
  const shownSide = ({ side }: OfferedPicture): number => Math.min(side, rules.side);
  // Of two that are shown in the same size, the smaller one: it need not be scaled down.
  return fit.sort((a, b) => shownSide(b) - shownSide(a) || a.side - b.side)[0] ?? null;
}

function brokenByName(name: string, { title, name: rule }: PlatformRules): BrokenRule[] {
  if (isNameFit(name, rule)) return [];
  const length = lengthOf(name);
  const broken: BrokenRule[] = [];
  if (!rule.pattern.test(name)) {
    const characters = [...new Set(name)].filter((character) => !takes(rule, character)).join('');
    // Some are only refused where they stand.
    const found = characters === '' ? name : characters;
    broken.push({
      rule: 'name_characters',
      found,
      allowed: rule.words,
      message: `The name has "${found}" in it. ${title} takes: ${rule.words}.`,
    });
  }
  const limit = length < rule.least ? rule.least : (rule.most ?? length);
  if (length < rule.least || length > limit) {
    const which = length < rule.least ? 'at least' : 'at most';
    broken.push({
      rule: 'name_length',
      found: length,
      allowed: limit,
      message: `The name has ${length} ${length === 1 ? 'byte' : 'bytes'}; ${title} takes ${which} ${limit}.`,
    });
  }
  if (isReserved(name, rule)) {
    broken.push({
      rule: 'name_reserved',
      found: name,
      allowed: 'a name that no built-in emoji has',
      message: `${title} has an emoji of its own that is called "${name}", and takes no other one of that name.`,
    });
  }
  return broken;
}

function brokenByPicture(picture: OfferedPicture, rules: PlatformRules): BrokenRule[] {
  const { title, formats } = rules;
  const numbers = [
    { rule: 'pixels' as const, found: picture.side, most: rules.pixels.most, unit: 'pixels a side' },
    { rule: 'bytes' as const, found: picture.bytes, most: rules.bytes.most, unit: 'bytes' },
    { rule: 'frames' as const, found: picture.frames, most: rules.frames.most, unit: 'frames' },
  ].flatMap(({ rule, found, most, unit }): BrokenRule[] => {
    if (most === null || found <= most) return [];
    const message = `The picture has ${found.toLocaleString('en')} ${unit}; ${title} takes at most ${most.toLocaleString('en')}.`;
    return [{ rule, found, allowed: most, message }];
  });
  if (formats.allowed.includes(picture.type)) return numbers;
  const format: BrokenRule = {
    rule: 'format',
    found: picture.type,
    allowed: formats.words,
    message: `The picture is a ${picture.type.toUpperCase()}; ${title} takes ${formats.words}.`,
  };
  return [format, ...numbers];
}
