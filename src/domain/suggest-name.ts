import { MAX_NAME_LENGTH, parseEmojiName } from './emoji-name.ts';

/** For what has nothing in it that a name may have. */
const NAMELESS = 'emoji';

const EXTENSION = /(?<=.)\.[^.]*$/s;

/** A name for an emoji from that of its file: `Party Parrot (1).final.gif` is `party_parrot_1_final`. */
export function suggestName(fileName: string): string {
  return tidyName(fileName.replace(EXTENSION, ''));
}

/** The name that is nearest to what was written, whatever that is. */
export function tidyName(written: string): string {
  return nearestName(written) ?? NAMELESS;
}

/**
 * What a name may not have is dropped, white space and dots are `_`.
 *
 * @returns null where nothing is left
 */
export function nearestName(written: string): string | null {
  const characters = Array.from(
    written
      .normalize('NFKC')
      .toLowerCase()
      .normalize('NFKC')
      .replace(/[\s.]+/gu, '_'),
  );
  // Between two others: a colon at the end is no part of the name.
  const allowed = characters.filter((character) => parseEmojiName(`a${character}a`).ok);
  const start = allowed.findIndex((character) => parseEmojiName(character).ok);
  const name = start < 0 ? '' : trim(allowed.slice(start, start + MAX_NAME_LENGTH).join(''));
  const parsed = parseEmojiName(name);
  return parsed.ok ? parsed.name : null;
}

/**
 * The next name like this one that is free: `parrot_2`, then `parrot_3`.
 *
 * @param isTaken whether a name is in use
 */
export function nextName(name: string, isTaken: (name: string) => boolean): string {
  const [, stem = name, number = '1'] = /^(.+)_(\d{1,6})$/su.exec(name) ?? [];
  for (let next = Number(number) + 1; ; next++) {
    const ending = `_${next}`;
    const candidate = Array.from(stem)
      .slice(0, MAX_NAME_LENGTH - ending.length)
      .join('')
      .concat(ending);
    if (!isTaken(candidate)) return candidate;
  }
}

/** Without what was put between words that are gone. */
function trim(name: string): string {
  return name.replace(/_{2,}/g, '_').replace(/[_-]+$/, '');
}
