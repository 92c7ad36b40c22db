import { isBuiltIn } from './built-in-names.ts';
import type { NameCharactersRule } from './rules.ts';

/** Letters that Unicode does not take apart, as they are written in English. */
const SPELLED: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  '-': '_',
  '+': '_plus_',
};

const DIGITS_OF_HASH = 8;

/** Size in UTF-8. */
export const lengthOf = (name: string): number => new TextEncoder().encode(name).byteLength;

/** Whether a platform takes a character, between others that it takes. */
export function takes({ pattern }: NameCharactersRule, character: string): boolean {
  return pattern.test(`a${character}a`);
}

/** Whether a platform refuses a name because it has an emoji of that name itself. */
export function isReserved(name: string, { reserved }: NameCharactersRule): boolean {
  return reserved !== null && isBuiltIn(name, reserved);
}

export function isNameFit(name: string, rule: NameCharactersRule): boolean {
  return isSpelledFit(name, rule) && !isReserved(name, rule);
}

function isSpelledFit(name: string, rule: NameCharactersRule): boolean {
  const length = lengthOf(name);
  return rule.pattern.test(name) && length >= rule.least && length <= (rule.most ?? length);
}

/**
 * A name that a platform takes, as close as can be: the same name has the same one always, and where two get the same
 * one it is for the caller to tell them apart. Letters lose their accents; those of other scripts are written as
 * their code points, `u65e5`; a name that is too long ends with a hash of the whole; one that is reserved, with `_2`.
 *
 * @param name canonical
 */
export function fitName(name: string, rule: NameCharactersRule): string {
  const spelled = fitSpelling(name, rule);
  let fitted = spelled;
  for (let count = 2; isReserved(fitted, rule); count++) fitted = withSuffix(spelled, `_${count}`, rule.most);
  return fitted;
}

/** @param most bytes of UTF-8 that a platform takes */
export function withSuffix(name: string, suffix: string, most: number | null): string {
  const characters = Array.from(name);
  while (most !== null && lengthOf(characters.join('')) + suffix.length > most) characters.pop();
  return characters.join('') + suffix;
}

function fitSpelling(name: string, rule: NameCharactersRule): string {
  if (isSpelledFit(name, rule)) return name;
  const spelled = Array.from(name.normalize('NFC'), (character) => spell(character, rule)).join('');
  const trimmed = spelled === name ? name : trim(spelled);
  const filled = lengthOf(trimmed) < rule.least || trimmed === '' ? `emoji_${trimmed || hashOf(name)}` : trimmed;
  const fitted = rule.pattern.test(filled) ? filled : trim(filled);
  if (rule.most === null || lengthOf(fitted) <= rule.most) return fitted;
  const start = trim(cut(fitted, rule.most - DIGITS_OF_HASH - 1));
  return start === '' ? hashOf(name) : `${start}_${hashOf(name)}`;
}

function spell(character: string, rule: NameCharactersRule): string {
  if (takes(rule, character)) return character;
  // Of a mark nothing is left.
  const known = SPELLED[character] ?? character.normalize('NFKD').replace(/\p{M}/gu, '');
  if (Array.from(known).every((part) => takes(rule, part))) return known;
  return `_u${character.codePointAt(0)?.toString(16)}_`;
}

/** Without what separates nothing from nothing. */
function trim(name: string): string {
  return name.replace(/_{2,}/g, '_').replace(/^[_-]+|[_-]+$/g, '');
}

/** As many whole characters as there is room for. */
function cut(name: string, bytes: number): string {
  let kept = '';
  let length = 0;
  for (const character of name) {
    length += lengthOf(character);
    if (length > bytes) break;
    kept += character;
  }
  return kept;
}

/** FNV-1a of its UTF-8 (Fowler, Noll, Vo), 8 hexadecimal digits. */
function hashOf(name: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(DIGITS_OF_HASH, '0');
}
