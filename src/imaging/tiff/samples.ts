import { PHOTOMETRIC, SAMPLE_FORMAT, type TiffPage } from './page.ts';

/**
 * Makes `count` samples, whose lowest byte is first, into 8 bits each, which go to `first`, `first + step` … of `reduced`.
 * `row` is the whole of its buffer.
 */
export type Reduce = (row: Uint8Array, count: number, reduced: Uint8Array, first: number, step: number) => void;

/**
 * Whole numbers count from the lowest there is to the highest, floating point from 0 to 1: TIFF 6.0, section 19. Numbers of
 * a palette are left as they are.
 *
 * @returns `null` where samples are stored as they are needed
 */
export function reducerOf({ bits, sampleFormat, photometric, planar }: TiffPage): Reduce | null {
  if (sampleFormat === SAMPLE_FORMAT.float) return floatReducer(bits);
  // The signs of Lab are its own.
  const isSigned = sampleFormat === SAMPLE_FORMAT.signed && photometric !== PHOTOMETRIC.cieLab;
  if (bits === 8 && !isSigned && !planar) return null;
  if (bits % 8 === 0) return highByteReducer(bits / 8, isSigned);
  return bitReducer(bits, isSigned, photometric === PHOTOMETRIC.palette);
}

function highByteReducer(bytes: number, isSigned: boolean): Reduce {
  const sign = isSigned ? 0x80 : 0;
  return (row, count, reduced, first, step) => {
    const end = count * bytes;
    for (let at = bytes - 1, to = first; at < end; at += bytes, to += step) reduced[to] = row[at] ^ sign;
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

function floatReducer(bits: number): Reduce {
  const valuesOf = floatsOf(bits);
  return (row, count, reduced, first, step) => {
    const values = valuesOf(row);
    for (let i = 0, to = first; i < count; i++, to += step) {
      const value = values[i];
      // What is not a number is 0 as well.
      reduced[to] = value > 0 ? Math.min(value, 1) * 255 + 0.5 : 0;
    }
  };
}

/** IEEE 754, and for 16 and 24 bits Adobe Photoshop TIFF Technical Note 3. */
function floatsOf(bits: number): (row: Uint8Array) => Float32Array | Float64Array {
  if (bits === 32) return (row) => new Float32Array(row.buffer);
  if (bits === 64) return (row) => new Float64Array(row.buffer);
  const bytes = bits / 8;
  const [exponentBits, fractionBits] = bits === 16 ? [5, 10] : [7, 16];
  let words = new Uint32Array(0);
  return (row) => {
    // Rows of a picture are all as long.
    if (words.length * bytes !== row.length) words = new Uint32Array(row.length / bytes);
    for (let i = 0, at = 0; i < words.length; i++, at += bytes) {
      words[i] = row[at] | (row[at + 1] << 8) | (bytes === 3 ? row[at + 2] << 16 : 0);
    }
    return widened(words, exponentBits, fractionBits);
  };
}

/**
 * Numbers with so many bits of exponent and of fraction, as those with 8 and 23; in place. Those that have no exponent are
 * less than 1/16,000, and so 0.
 */
function widened(words: Uint32Array, exponentBits: number, fractionBits: number): Float32Array {
  const highest = (1 << exponentBits) - 1;
  // An exponent is stored with half of the highest added.
  const added = 127 - (highest >> 1);
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const sign = word >>> (exponentBits + fractionBits);
    const exponent = (word >>> fractionBits) & highest;
    const fraction = (word << (23 - fractionBits)) & 0x7fffff;
    // The highest exponent is that of what is infinite, or not a number.
    const wide = exponent === highest ? 255 : exponent + added;
    words[i] = exponent === 0 ? 0 : (sign << 31) | (wide << 23) | fraction;
  }
  return new Float32Array(words.buffer);
}
