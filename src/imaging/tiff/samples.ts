import { PHOTOMETRIC, SAMPLE_FORMAT, type TiffPage } from './page.ts';

/** Makes `count` samples as stored into 8 bits each, which go to `first`, `first + step` … of `reduced`. */
export type Reduce = (row: Uint8Array, count: number, reduced: Uint8Array, first: number, step: number) => void;

/**
 * Whole numbers count from the lowest there is to the highest, floating point from 0 to 1: TIFF 6.0, section 19. Numbers of
 * a palette are left as they are.
 *
 * @returns `null` where samples are stored as they are needed
 */
export function reducerOf({ bits, sampleFormat, photometric, planar }: TiffPage, littleEndian: boolean): Reduce | null {
  if (sampleFormat === SAMPLE_FORMAT.float) return floatReducer(bits, littleEndian);
  // The signs of Lab are its own.
  const isSigned = sampleFormat === SAMPLE_FORMAT.signed && photometric !== PHOTOMETRIC.cieLab;
  if (bits === 8 && !isSigned && !planar) return null;
  if (bits % 8 === 0) return highByteReducer(bits / 8, isSigned, littleEndian);
  return bitReducer(bits, isSigned, photometric === PHOTOMETRIC.palette);
}

function highByteReducer(bytes: number, isSigned: boolean, littleEndian: boolean): Reduce {
  const highest = littleEndian ? bytes - 1 : 0;
  const sign = isSigned ? 0x80 : 0;
  return (row, count, reduced, first, step) => {
    for (let i = 0, at = highest, to = first; i < count; i++, at += bytes, to += step) reduced[to] = row[at] ^ sign;
  };
}

function bitReducer(bits: number, isSigned: boolean, isIndex: boolean): Reduce {
  const highest = (1 << bits) - 1;
  const scale = isIndex ? 1 : 255 / highest;
  const sign = isSigned ? 1 << (bits - 1) : 0;
  return (row, count, reduced, first, step) => {
    for (let i = 0, hold = 0, held = 0, at = 0, to = first; i < count; i++, to += step) {
      for (; held < bits; held += 8) hold = ((hold << 8) | row[at++]) & 0xffffff;
      held -= bits;
      reduced[to] = (((hold >> held) & highest) ^ sign) * scale + 0.5;
    }
  };
}

function floatReducer(bits: number, littleEndian: boolean): Reduce {
  const read = FLOATS[bits];
  return (row, count, reduced, first, step) => {
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
    for (let i = 0, to = first; i < count; i++, to += step) {
      const value = read(view, (i * bits) / 8, littleEndian);
      // What is not a number is 0 as well.
      reduced[to] = value > 0 ? Math.min(value, 1) * 255 + 0.5 : 0;
    }
  };
}

const FLOATS: Record<number, (view: DataView, at: number, littleEndian: boolean) => number> = {
  16: (view, at, littleEndian) => smallFloat(view.getUint16(at, littleEndian), 5, 10),
  24: (view, at, littleEndian) => {
    const middle = view.getUint8(at + 1) << 8;
    const [first, last] = [view.getUint8(at), view.getUint8(at + 2)];
    return smallFloat(middle | (littleEndian ? first | (last << 16) : last | (first << 16)), 7, 16);
  },
  32: (view, at, littleEndian) => view.getFloat32(at, littleEndian),
  64: (view, at, littleEndian) => view.getFloat64(at, littleEndian),
};

/** Adobe Photoshop TIFF Technical Note 3: floating point with so many bits of exponent and of fraction, as IEEE 754 has it. */
function smallFloat(bits: number, exponentBits: number, fractionBits: number): number {
  const fraction = (bits & ((1 << fractionBits) - 1)) / (1 << fractionBits);
  const exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
  const sign = bits >> (exponentBits + fractionBits) === 0 ? 1 : -1;
  const bias = (1 << (exponentBits - 1)) - 1;
  if (exponent > 2 * bias && fraction > 0) return Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}
