/**
 * The fonts that text is drawn with: Arimo, regular and bold, for Latin, Greek, Cyrillic and Hebrew. Its letters are as
 * wide as Arial's and Helvetica's, which most drawings name. Read when the first drawing with text comes.
 */
export async function loadFonts(): Promise<Uint8Array[]> {
  const [regular, bold] = await Promise.all([import('#fonts/regular.ttf'), import('#fonts/bold.ttf')]);
  return [new Uint8Array(regular.default), new Uint8Array(bold.default)];
}

/** OpenType 1.9, `cmap`: Windows, Unicode BMP. */
const WINDOWS_BMP = 0x0003_0001;

/**
 * Tells the characters that a font has glyphs for (OpenType 1.9, `cmap` subtable format 4).
 *
 * @param font a TrueType file
 */
export function charactersOf(font: Uint8Array): Set<number> {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const cmap = view.getUint32(recordOf(view, 12, view.getUint16(4), 16, 0x636d6170) + 8);
  const table = cmap + view.getUint32(recordOf(view, cmap + 4, view.getUint16(cmap + 2), 8, WINDOWS_BMP) + 4);
  const arrayBytes = view.getUint16(table + 6);
  const [ends, starts] = [table + 14, table + 16 + arrayBytes];
  const characters = new Set<number>();
  for (let i = 0; i < arrayBytes; i += 2) {
    const [start, end] = [view.getUint16(starts + i), view.getUint16(ends + i)];
    const offsetAt = starts + 2 * arrayBytes + i;
    const offset = view.getUint16(offsetAt);
    for (let character = start; character <= end && character < 0xffff; character++) {
      if (offset === 0 || view.getUint16(offsetAt + offset + 2 * (character - start)) !== 0) characters.add(character);
    }
  }
  return characters;
}

/** Where the record of a table directory, or of `cmap`, is that starts with a tag. */
function recordOf(view: DataView, first: number, count: number, bytes: number, tag: number): number {
  for (let i = 0; i < count; i++) if (view.getUint32(first + i * bytes) === tag) return first + i * bytes;
  throw new RangeError(`the font has no record ${tag.toString(16)}`);
}
