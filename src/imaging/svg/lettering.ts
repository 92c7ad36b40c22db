import { ImagingError } from '../errors.ts';
import { charactersOf, loadFonts } from './fonts/fonts.ts';
import type { Element } from './xml.ts';

/** Characters that are drawn without a glyph: spaces, joiners, variation selectors, controls. */
const INVISIBLE = /[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]/u;
const NOT_SHOWN = new Set(['title', 'desc', 'style']);
const HIDDEN = /(?:^|;)\s*display\s*:\s*none/i;
/** SVG 2, 5.8.3: of `<switch>` resvg draws what is in English, or in any language. */
const ENGLISH = /(?:^|,)\s*en(?:-|\s*(?:,|$))/i;

/**
 * The fonts that a drawing needs; none where it has no text.
 *
 * @throws ImagingError where they lack a character: it would be an empty box
 */
export async function fontsFor(root: Element): Promise<Uint8Array[]> {
  const characters = new Set<string>();
  if (!gather(root, false, characters)) return [];
  const fonts = await loadFonts();
  const known = charactersOf(fonts[0]);
  const missing = [...characters].filter(
    (character) => !known.has(character.codePointAt(0) ?? 0) && !INVISIBLE.test(character),
  );
  if (missing.length === 0) return fonts;
  const named = missing.slice(0, 5).map((character) => `${character} (${codePoint(character)})`);
  throw new ImagingError(
    'unsupported_format',
    `The SVG drawing has text with ${missing.length} characters that there is no font for: ${named.join(', ')}${missing.length > 5 ? ', …' : ''}.`,
    'Turn its text into paths first, or export the drawing as PNG.',
  );
}

/**
 * @param characters receives those that are drawn as text
 * @returns whether there is a text element
 */
function gather({ name, attributes, children }: Element, isText: boolean, characters: Set<string>): boolean {
  const language = attributes.get('systemLanguage');
  const isHidden = attributes.get('display') === 'none' || HIDDEN.test(attributes.get('style') ?? '');
  if (NOT_SHOWN.has(name) || isHidden || (language !== undefined && !ENGLISH.test(language))) return false;
  let found = isText || name === 'text';
  const isShown = found;
  for (const child of children) {
    if (typeof child !== 'string') found = gather(child, isShown, characters) || found;
    else if (isShown) for (const character of child) characters.add(character);
  }
  return found;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
