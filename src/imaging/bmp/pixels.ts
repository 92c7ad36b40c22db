import type { Dib } from './dib.ts';

const OPAQUE = 0xff000000;

/**
 * Turns stored pixels into RGBA.
 * @param at where the first pixel's bytes start
 * @param count pixels
 * @param rgba receives them, as little-endian words
 */
export type Expand = (bytes: Uint8Array, at: number, count: number, rgba: Uint32Array) => void;

/** @param withAlpha whether the alpha mask is heeded; otherwise all pixels are opaque */
export function expanderOf(dib: Dib, withAlpha: boolean): Expand {
  const { bitCount } = dib;
  if (bitCount <= 8) return expandIndexed(bitCount, paletteOf(dib));
  if (bitCount === 24) return expandBgr;
  return expandMasked(dib, withAlpha);
}

/** RGBA of every index, as little-endian words; opaque black where the palette has no colour. */
export function paletteOf({ bitCount, palette, paletteEntryBytes: step }: Dib): Uint32Array {
  const table = new Uint32Array(1 << bitCount).fill(OPAQUE);
  const colours = Math.min(table.length, Math.floor(palette.length / step));
  for (let i = 0; i < colours; i++) {
    table[i] = palette[step * i + 2] | (palette[step * i + 1] << 8) | (palette[step * i] << 16) | OPAQUE;
  }
  return table;
}

/** Indices are packed from the high bits down. */
function expandIndexed(bitCount: number, palette: Uint32Array): Expand {
  const perByte = 8 / bitCount;
  const mask = palette.length - 1;
  return (bytes, at, count, rgba) => {
    for (let i = 0; i < count; at++) {
      const end = Math.min(i + perByte, count);
      for (let shift = 8 - bitCount; i < end; i++, shift -= bitCount) rgba[i] = palette[(bytes[at] >> shift) & mask];
    }
  };
}

const expandBgr: Expand = (bytes, at, count, rgba) => {
  for (let i = 0; i < count; i++, at += 3) {
    rgba[i] = bytes[at + 2] | (bytes[at + 1] << 8) | (bytes[at] << 16) | OPAQUE;
  }
};

function expandMasked({ bitCount, masks }: Dib, withAlpha: boolean): Expand {
  const red = sampleOf(masks.red, 0);
  const green = sampleOf(masks.green, 0);
  const blue = sampleOf(masks.blue, 0);
  const alpha = sampleOf(withAlpha ? masks.alpha : 0, 255);
  const step = bitCount / 8;
  return (bytes, at, count, rgba) => {
    for (let i = 0; i < count; i++, at += step) {
      let pixel = bytes[at] | (bytes[at + 1] << 8);
      if (step === 4) pixel |= (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      rgba[i] =
        red.table[(pixel >>> red.shift) & red.mask] |
        (green.table[(pixel >>> green.shift) & green.mask] << 8) |
        (blue.table[(pixel >>> blue.shift) & blue.mask] << 16) |
        (alpha.table[(pixel >>> alpha.shift) & alpha.mask] << 24);
    }
  };
}

/** How a sample is taken out of a pixel: shifted down, masked to at most 8 bits, and scaled to 8. */
interface Sample {
  shift: number;
  mask: number;
  table: Uint8Array;
}

/** @param absent the sample's value where pixels do not have it */
function sampleOf(mask: number, absent: number): Sample {
  if (mask === 0) return { shift: 0, mask: 0, table: Uint8Array.of(absent) };
  const top = 32 - Math.clz32(mask);
  const lowest = 31 - Math.clz32(mask & -mask);
  const bits = Math.min(8, top - lowest);
  const most = (1 << bits) - 1;
  const table = Uint8Array.from({ length: most + 1 }, (_, value) => Math.round((value * 255) / most));
  return { shift: top - bits, mask: most, table };
}
