/** Codes of at most 12 bits (GIF89a, appendix F): a full table has 4096. */
const TABLE_SIZE = 4096;
/** A row of the widest image, and a string that starts before its end, whose last piece is stored as four. */
const WINDOW_BYTES = 65_535 + TABLE_SIZE + 4;

/**
 * Strings by their codes, 64 bits each. A string is kept in pieces of four indices, the last piece of 1 to 4 with the
 * code of the string before it, so that most strings are written by one store.
 *
 *   the code of the string before the last piece 63–52 | length 51–40 | its first index 39–32 | the last piece 31–0
 */
const strings: usize = memory.data(TABLE_SIZE * 8, 16);
/** Packed bytes without the sizes between them: a sub-block may start before there are enough. A code takes 4 bytes. */
const INPUT_BYTES = 16_384 + 255 + 4;
const input: usize = memory.data(INPUT_BYTES, 16);
const window: usize = memory.data(WINDOW_BYTES, 16);

// Why decoding stops.
const ENDED = 0;
const NEEDS_INPUT = 1;
const FULL = 2;

let clearCode: i32 = 0;
let codeSize: i32 = 0;
let nextCode: i32 = 0;
/** The last code; −1 right after a clear code. */
let previous: i32 = -1;
/** Bits of the input that were taken, and how many there are. */
let bit: i32 = 0;
let bitEnd: i32 = 0;
/** Indices in the window. */
let filled: i32 = 0;

export function lzwInput(): usize {
  return input;
}

export function lzwWindow(): usize {
  return window;
}

/** @returns the number of indices in the window */
export function lzwFilled(): i32 {
  return filled;
}

/** @param minimumCodeSize below 12 */
export function startLzw(minimumCodeSize: i32): void {
  clearCode = 1 << minimumCodeSize;
  for (let index = 0; index < clearCode; index++) {
    const value = <u64>(index & 0xff);
    store<u64>(strings + (index << 3), value | (value << 32) | ((<u64>1) << 40));
  }
  clear();
  bit = 0;
  bitEnd = 0;
  filled = 0;
}

function clear(): void {
  codeSize = 32 - clz(clearCode);
  nextCode = clearCode + 2;
  previous = -1;
}

/** Moves what is left of the input to its front. @returns its bytes */
export function compactLzwInput(): i32 {
  const start = bit >> 3;
  const bytes = (bitEnd >> 3) - start;
  memory.copy(input, input + start, bytes);
  bit &= 7;
  return bytes;
}

/** Takes indices from the front of the window. */
export function takeLzw(count: i32): void {
  filled -= count;
  memory.copy(window, window + count, filled);
}

/**
 * Decodes codes (GIF89a, appendix F) into the window.
 *
 * @param inputBytes that there are
 * @param wanted indices at which to stop; a string may go beyond them
 */
export function decodeLzw(inputBytes: i32, wanted: i32): i32 {
  bitEnd = inputBytes << 3;
  let last = previous < 0 ? 0 : load<u64>(strings + (previous << 3));
  while (filled < wanted) {
    if (bit + codeSize > bitEnd) return NEEDS_INPUT;
    const code: i32 = (load<u32>(input + (bit >> 3)) >> (bit & 7)) & ((1 << codeSize) - 1);
    bit += codeSize;
    if (code === clearCode) {
      clear();
      continue;
    }
    if (code === clearCode + 1) return ENDED;
    if (previous < 0) {
      if (code > clearCode) return ENDED;
    } else if (nextCode < TABLE_SIZE) {
      if (code > nextCode) return ENDED;
      // The new string is the last one and the first index of this one, which may be the new string itself.
      const begin = code === nextCode ? last : load<u64>(strings + (code << 3));
      store<u64>(strings + (nextCode++ << 3), extended(last, previous, (begin >> 32) & 0xff));
    }
    if (nextCode === 1 << codeSize && codeSize < 12) codeSize++;
    previous = code;
    last = load<u64>(strings + (code << 3));
    write(last);
  }
  return FULL;
}

/** A string with one more index. */
function extended(string: u64, code: i32, index: u64): u64 {
  const longer = string + ((<u64>1) << 40);
  const inPiece = (string >> 40) & 3;
  if (inPiece !== 0) return longer | (index << (inPiece << 3));
  return (longer & 0x000f_ffff_0000_0000) | ((<u64>code) << 52) | index;
}

function write(string: u64): void {
  const length = <i32>(string >> 40) & 0xfff;
  let piece = window + filled + ((length - 1) & ~3);
  store<u32>(piece, <u32>string);
  for (const start = window + filled; piece > start; ) {
    string = load<u64>(strings + ((<usize>(string >> 52)) << 3));
    piece -= 4;
    store<u32>(piece, <u32>string);
  }
  filled += length;
}
