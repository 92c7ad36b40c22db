/** Colour types (PNG third edition, section 6.1). */
export const COLOUR_TYPE = { greyscale: 0, truecolour: 2, indexed: 3, greyscaleAlpha: 4, truecolourAlpha: 6 } as const;

/** How a file stores its pixels: what IHDR, PLTE and tRNS say. */
export interface PixelFormat {
  colourType: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  bitDepth: number;
  /** Red, green and blue of each entry; empty where there is no PLTE. */
  palette: Uint8Array;
  /** The contents of tRNS (section 11.3.1.1); empty where there is none. */
  transparency: Uint8Array;
}

/** Samples of a pixel, and the bit depths allowed, of each colour type (section 11.2.1, table 12). */
export const LAYOUTS: Readonly<Record<number, { samples: number; bitDepths: readonly number[] }>> = {
  [COLOUR_TYPE.greyscale]: { samples: 1, bitDepths: [1, 2, 4, 8, 16] },
  [COLOUR_TYPE.truecolour]: { samples: 3, bitDepths: [8, 16] },
  [COLOUR_TYPE.indexed]: { samples: 1, bitDepths: [1, 2, 4, 8] },
  [COLOUR_TYPE.greyscaleAlpha]: { samples: 2, bitDepths: [8, 16] },
  [COLOUR_TYPE.truecolourAlpha]: { samples: 4, bitDepths: [8, 16] },
};

const OPAQUE = 0xff000000;
const NO_SAMPLE = -1;

/**
 * What colours `assembly/png` has to know of a format. Where a pixel is one sample of at most 8 bits, RGBA of every value:
 * there are few enough to look each of them up. Of others, the samples that tRNS makes transparent, as a pixel with them
 * is stored, in 8 bytes; `null` where there is no such colour.
 */
export function coloursOf(format: PixelFormat): Uint8Array | null {
  const { colourType, bitDepth } = format;
  if (colourType === COLOUR_TYPE.indexed) return new Uint8Array(paletteTable(format).buffer);
  if (colourType === COLOUR_TYPE.greyscale && bitDepth <= 8) return new Uint8Array(greyTable(format).buffer);
  const colour = transparentColour(format);
  if (colour === null) return null;
  const stored = bitDepth === 8 ? colour : colour.flatMap((sample) => [sample >> 8, sample & 0xff]);
  return Uint8Array.from({ length: 8 }, (_, i) => stored[i] ?? 0);
}

/**
 * The samples of the one colour that tRNS makes transparent, as deep as the image's: one of grey, three of truecolour.
 * `null` where there is none, and where pixels have alpha: tRNS is then not allowed (section 11.3.1.1).
 */
function transparentColour({ colourType, bitDepth, transparency }: PixelFormat): number[] | null {
  if (colourType !== COLOUR_TYPE.greyscale && colourType !== COLOUR_TYPE.truecolour) return null;
  const { samples } = LAYOUTS[colourType];
  if (transparency.length < 2 * samples) return null;
  const view = new DataView(transparency.buffer, transparency.byteOffset);
  // Only the low bits of each are used (section 11.3.1.1).
  return Array.from({ length: samples }, (_, i) => view.getUint16(2 * i) & ((1 << bitDepth) - 1));
}

/** RGBA of every index. One beyond the palette is an error of the file; it is shown as browsers do: opaque black. */
function paletteTable({ bitDepth, palette, transparency }: PixelFormat): Uint32Array {
  const table = new Uint32Array(1 << bitDepth).fill(OPAQUE);
  const colours = Math.min(table.length, Math.floor(palette.length / 3));
  for (let i = 0; i < colours; i++) {
    const alpha = i < transparency.length ? transparency[i] : 255;
    table[i] = rgbaWord(palette[3 * i], palette[3 * i + 1], palette[3 * i + 2], alpha);
  }
  return table;
}

/** RGBA of every grey sample; 1, 2 and 4 bits are scaled to 8 (section 13.12). */
function greyTable(format: PixelFormat): Uint32Array {
  const table = new Uint32Array(1 << format.bitDepth);
  const [transparent] = transparentColour(format) ?? [NO_SAMPLE];
  for (let sample = 0; sample < table.length; sample++) {
    const grey = (sample * 255) / (table.length - 1);
    table[sample] = rgbaWord(grey, grey, grey, sample === transparent ? 0 : 255);
  }
  return table;
}

function rgbaWord(red: number, green: number, blue: number, alpha: number): number {
  return red | (green << 8) | (blue << 16) | (alpha << 24);
}
