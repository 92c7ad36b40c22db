/** Longest canonical name, in Unicode code points. */
export const MAX_NAME_LENGTH = 64;

/** The same for a tag. */
export const MAX_TAG_LENGTH = 32;

/** Why a name is refused. */
export type NameRule = 'name_empty' | 'name_too_long' | 'name_bad_start' | 'name_bad_character';

export type ParsedName = { ok: true; name: string } | { ok: false; rule: NameRule; message: string };

const LETTER_OR_DIGIT = /^[\p{L}\p{Nd}]$/u;
const ALLOWED = /^[\p{L}\p{M}\p{Nd}_+-]$/u;
/** Letters and marks that cannot be seen, such as variation selectors: two names would look the same. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
const SURROUNDING = /^[\s:]+|[\s:]+$/gu;
/** Of what is written, in UTF-16 code units: more than any name needs. Canonical forms of longer ones take too long. */
const MAX_WRITTEN_LENGTH = 1_000;

/**
 * The canonical form of an emoji name: surrounding colons and white space dropped, Unicode NFKC, lower case.
 * Lower-casing can undo NFKC (`İ` gives `i` and a combining dot), so NFKC has the last word.
 */
function canonical(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFKC').replace(SURROUNDING, '');
}

/**
 * Reads an emoji name as a person wrote it: 1 to 64 letters, digits, marks, `_`, `-` and `+` of any script,
 * starting with a letter or a digit.
 *
 * @returns the canonical name, or the rule that it breaks as a sentence to that person
 */
export function parseEmojiName(written: string): ParsedName {
  return parse(written, 'name', MAX_NAME_LENGTH);
}

/** Reads a tag: by the rules of names, with 1 to 32 characters. */
export function parseTag(written: string): ParsedName {
  return parse(written, 'tag', MAX_TAG_LENGTH);
}

/** @param what in the sentence to the person */
function parse(written: string, what: 'name' | 'tag', limit: number): ParsedName {
  if (written.length > MAX_WRITTEN_LENGTH) {
    return refuse('name_too_long', `The ${what} has ${written.length} characters; the limit is ${limit}.`);
  }
  const name = canonical(written);
  const characters = Array.from(name);
  const [first] = characters;
  if (first === undefined)
    return refuse('name_empty', `The ${what} is empty: give it 1 to ${limit} letters or digits.`);
  if (characters.length > limit) {
    return refuse('name_too_long', `The ${what} has ${characters.length} characters; the limit is ${limit}.`);
  }
  if (!LETTER_OR_DIGIT.test(first) || INVISIBLE.test(first)) {
    return refuse(
      'name_bad_start',
      `The ${what} starts with ${describe(first)}; it must start with a letter or a digit.`,
    );
  }
  const bad = characters.find((character) => !ALLOWED.test(character) || INVISIBLE.test(character));
  if (bad !== undefined) {
    return refuse(
      'name_bad_character',
      `The ${what} has ${describe(bad)} in it; only visible letters, digits, marks, "_", "-" and "+" are allowed.`,
    );
  }
  return { ok: true, name };
}

/**
 * The canonical form of a part of an emoji name, as it is searched for: between words is what a name has there, `_`.
 *
 * @returns null for what no name has in it
 */
export function parseNamePart(written: string): string | null {
  if (written.length > MAX_WRITTEN_LENGTH) return null;
  const part = canonical(written).replace(/\s+/gu, '_');
  const characters = Array.from(part);
  const isPossible = characters.every((character) => ALLOWED.test(character) && !INVISIBLE.test(character));
  return isPossible && characters.length <= MAX_NAME_LENGTH ? part : null;
}

function refuse(rule: NameRule, message: string): ParsedName {
  return { ok: false, rule, message };
}

/** A character so that it can be told apart even where it cannot be seen. */
function describe(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `${JSON.stringify(character)} (U+${code})`;
}
