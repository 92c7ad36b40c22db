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
 * Turns unfiltered scanlines into RGBA.
 * @param row the scanline's bytes
 * @param count pixels
 * @param rgba receives them, as little-endian words
 */
export type Expand = (row: Uint8Array, count: number, rgba: Uint32Array) => void;

/** How scanlines of a format become RGBA. Of 16-bit formats, only those with a transparent colour are known here. */
export function expanderOf(format: PixelFormat): Expand {
  const { colourType, bitDepth } = format;
  if (colourType === COLOUR_TYPE.greyscaleAlpha) return expandGreyAlpha;
  if (bitDepth <= 8) return expandByTable(format);
  const key = transparentColour(format);
  return colourType === COLOUR_TYPE.greyscale ? expandGrey16(key) : expandRgb16(key);
}

/**
 * The samples of the one colour that tRNS makes transparent, as deep as the image's: one of grey, three of truecolour.
 * Samples that no pixel has, where there is none.
 */
export function transparentColour({ colourType, bitDepth, transparency }: PixelFormat): number[] {
  const { samples } = LAYOUTS[colourType];
  const colour: number[] = new Array(samples).fill(NO_SAMPLE);
  if (transparency.length < 2 * samples) return colour;
  // Only the low bits of each are used (section 11.3.1.1).
  return colour.map((_, i) => ((transparency[2 * i] << 8) | transparency[2 * i + 1]) & ((1 << bitDepth) - 1));
}

/** Grey or indexed pixels of up to 8 bits: there are few enough to look each of them up. */
function expandByTable(format: PixelFormat): Expand {
  const { colourType, bitDepth } = format;
  const table = colourType === COLOUR_TYPE.indexed ? paletteTable(format) : greyTable(format);
  if (bitDepth === 8) {
    return (row, count, rgba) => {
      for (let i = 0; i < count; i++) rgba[i] = table[row[i]];
    };
  }
  // Pixels are packed from the high bits down (section 7.2).
  const perByte = 8 / bitDepth;
  const mask = table.length - 1;
  return (row, count, rgba) => {
    for (let i = 0, at = 0; i < count; at++) {
      const end = Math.min(i + perByte, count);
      for (let shift = 8 - bitDepth; i < end; i++, shift -= bitDepth) rgba[i] = table[(row[at] >> shift) & mask];
    }
  };
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
  const [transparent] = transparentColour(format);
  for (let sample = 0; sample < table.length; sample++) {
    const grey = (sample * 255) / (table.length - 1);
    table[sample] = rgbaWord(grey, grey, grey, sample === transparent ? 0 : 255);
  }
  return table;
}

const expandGreyAlpha: Expand = (row, count, rgba) => {
  for (let i = 0, at = 0; i < count; i++, at += 2) rgba[i] = (row[at] * 0x010101) | (row[at + 1] << 24);
};

function expandGrey16([transparent]: number[]): Expand {
  return (row, count, rgba) => {
    for (let i = 0, at = 0; i < count; i++, at += 2) {
      const isTransparent = ((row[at] << 8) | row[at + 1]) === transparent;
      rgba[i] = (row[at] * 0x010101) | (isTransparent ? 0 : OPAQUE);
    }
  };
}

function expandRgb16([red, green, blue]: number[]): Expand {
  return (row, count, rgba) => {
    for (let i = 0, at = 0; i < count; i++, at += 6) {
      const isTransparent =
        ((row[at] << 8) | row[at + 1]) === red &&
        ((row[at + 2] << 8) | row[at + 3]) === green &&
        ((row[at + 4] << 8) | row[at + 5]) === blue;
      rgba[i] = rgbaWord(row[at], row[at + 2], row[at + 4], isTransparent ? 0 : 255);
    }
  };
}

function rgbaWord(red: number, green: number, blue: number, alpha: number): number {
  return red | (green << 8) | (blue << 16) | (alpha << 24);
}
