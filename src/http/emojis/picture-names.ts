import { RENDITIONS, type Rendition } from '../../domain/emoji.ts';
import { Refusal } from '../../domain/refusal.ts';

/** What an address may have behind a name, and which picture that is: null is the emoji itself. */
const SUFFIXES = new Map<string, Rendition | null>([
  ['', null],
  ['.gif', null],
  ...(Object.keys(RENDITIONS) as Rendition[]).map((rendition): [string, Rendition] => [suffixOf(rendition), rendition]),
]);

/** What stands behind a name in the address of one of its pictures. */
export function suffixOf(rendition: Rendition): string {
  const { type, size } = RENDITIONS[rendition];
  return size === null ? `.${type}` : `@${size}.${type}`;
}

/**
 * Takes the last part of a picture's address apart. No name has "." or "@" in it.
 *
 * @throws Refusal `rendition_not_found` for what no emoji has
 */
export function readPictureName(segment: string): { name: string; suffix: string; rendition: Rendition | null } {
  const [, name = '', suffix = ''] = /^([^.@]*)(.*)$/s.exec(segment) ?? [];
  const rendition = SUFFIXES.get(suffix);
  if (rendition !== undefined) return { name, suffix, rendition };
  const known = [...SUFFIXES.keys()].filter((suffix) => suffix !== '').map((suffix) => `"${name}${suffix}"`);
  throw new Refusal(
    'rendition_not_found',
    `There is no "${segment}": pictures are called "${name}", ${known.join(', ')}.`,
  );
}
