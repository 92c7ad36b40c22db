import { allocate } from '../memory';
import {
  buildCodeLengths,
  buildDistances,
  buildLiterals,
  CODE_LENGTH_BITS,
  codeLengths,
  DISTANCE_BITS,
  distances,
  END_OF_BLOCK,
  LITERAL_BITS,
  literals,
  STOP,
  SUBTABLE,
} from './huffman';
import { readStream } from './stream';

/** History that a match may reach back to (RFC 1951, section 2). */
const HISTORY = 32_768;
/** Bytes inflated at one go, beyond the history and what the reader asked for. */
const BATCH = 65_536;
/** A match of the longest kind (RFC 1951, section 3.2.5), and what copying whole vectors may write beyond it. */
const OVERSHOOT = 258 + 16;
/** Compressed bytes copied in at one go. */
const INPUT = 32_768;
/** Bytes that decoding a few literals and a match may look ahead; as many zeros follow the last compressed byte. */
const LOOKAHEAD = 32;
/** The longest header of a block (RFC 1951, section 3.2.7): 17 bits, 19 × 3, and 320 lengths of 7 + 7 bits; in bytes. */
const LONGEST_HEADER = 600;
/** Literals and lengths, and distances, of the fixed codes. */
const MOST_LENGTHS = 320;

/** The order that code lengths' own code lengths come in (RFC 1951, section 3.2.7). */
const codeLengthOrder: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

/** What the inflater is in the middle of. */
const AT_START = 0;
const AT_HEADER = 1;
const IN_STORED = 2;
const IN_COMPRESSED = 3;
const ENDED = 4;

/** A header that is read beyond the last byte is found out when all of it is read. */
const input: usize = memory.data(INPUT + LONGEST_HEADER + LOOKAHEAD, 16);
/** `[position, inputEnd)` is not taken in yet; `hold` has the `bits` bits before it, and any of those that follow. */
let position: usize = 0;
let inputEnd: usize = 0;
let hold: u64 = 0;
let bits: i32 = 0;
let hasInputLeft = false;

let buffer: usize = 0;
/** Inflating stops here, or less than `OVERSHOOT` beyond. */
let limit: usize = 0;
/** `[start, end)` is inflated and not read yet. */
let start: usize = 0;
let end: usize = 0;

let state = ENDED;
let isLastBlock = false;
let storedLeft: i32 = 0;
/** Whether the tables are those of the fixed codes: blocks of them may be tiny and many. */
let areFixed = false;
/** Blocks of all streams so far that had codes of their own, and how many there may be. */
let codedBlocks: i32 = 0;
let mostCodedBlocks: i32 = 0;
const lengths: usize = memory.data(MOST_LENGTHS);

/** For each distance below 16: the bytes of the pattern, over and over, and how many of 16 are whole patterns. */
const patterns: usize = memory.data(16 * 16, 16);
const wholePatterns: usize = memory.data(16);

for (let distance = 1; distance < 16; distance++) {
  for (let i = 0; i < 16; i++) store<u8>(patterns + (distance << 4) + i, i % distance);
  store<u8>(wholePatterns + distance, 16 - (16 % distance));
}

/**
 * Makes room, in memory that has been taken back.
 *
 * @param longest the most bytes that will be asked for in one `read`
 * @param mostBlocks with codes of their own, of all streams until the next call
 */
export function prepareInflater(longest: i32, mostBlocks: i32): void {
  buffer = allocate(HISTORY + BATCH + longest + OVERSHOOT);
  limit = buffer + HISTORY + BATCH + longest;
  mostCodedBlocks = mostBlocks;
  codedBlocks = 0;
  start = end = buffer;
  state = ENDED;
}

/** Begins a zlib stream. */
export function startStream(): void {
  start = end = buffer;
  position = inputEnd = input;
  hold = 0;
  bits = 0;
  hasInputLeft = true;
  state = AT_START;
}

/**
 * Reads `count` bytes.
 *
 * @returns where they are, with at least 16 of anything after them, until the next call; 0 when the stream ends before
 */
export function read(count: i32): usize {
  if (<i32>(end - start) < count && !inflate(count)) return 0;
  const at = start;
  start += count;
  return at;
}

function inflate(count: i32): bool {
  if (start + count > limit || end >= limit) {
    const historyStart = end - min<usize>(end - buffer, HISTORY);
    const keep = min(start, historyStart);
    memory.copy(buffer, keep, end - keep);
    start -= keep - buffer;
    end -= keep - buffer;
  }
  while (end < limit && state !== ENDED) {
    if (state === IN_COMPRESSED) inflateBlock();
    else if (state === IN_STORED) copyStored();
    else if (state === AT_HEADER) readHeader();
    else readZlibHeader();
  }
  return <i32>(end - start) >= count;
}

/** Moves what is left of the input to the front and fills it up; zeros follow the last byte of all. */
function fillInput(): void {
  const left = <i32>(inputEnd - position);
  memory.copy(input, position, left);
  const wanted = INPUT - left;
  const got = readStream(input + left, wanted);
  hasInputLeft = got === wanted;
  position = input;
  inputEnd = input + left + got;
  memory.fill(inputEnd, 0, LOOKAHEAD);
}

/** Gives whole bytes back from the bit reader, and makes sure of `count` bytes of input, if there are as many. */
function prepare(count: i32): void {
  position -= bits >> 3;
  bits &= 7;
  hold &= ((<u64>1) << bits) - 1;
  if (position + count > inputEnd && hasInputLeft) fillInput();
}

function readBits(count: i32): i32 {
  refill();
  const value = <i32>hold & ((1 << count) - 1);
  hold >>= <u64>count;
  bits -= count;
  return value;
}

/** Fills up to 56 to 63 bits. Those above them may be filled in too; the next time, the same ones are. */
function refill(): void {
  hold |= load<u64>(position) << (<u64>bits);
  position += (63 - bits) >> 3;
  bits |= 56;
}

/** Whether bits were taken that come after the last byte of the stream. */
function isOverrun(): bool {
  return position - (bits >> 3) > inputEnd;
}

/** RFC 1950, section 2.2. */
function readZlibHeader(): void {
  prepare(2);
  const method = readBits(8) & 15;
  const hasPresetDictionary = (readBits(8) & 0x20) !== 0;
  state = method === 8 && !hasPresetDictionary && !isOverrun() ? AT_HEADER : ENDED;
}

/** RFC 1951, section 3.2.3. */
function readHeader(): void {
  prepare(LONGEST_HEADER);
  isLastBlock = readBits(1) === 1;
  const type = readBits(2);
  let isSound: bool;
  if (type === 0) {
    readBits(bits & 7);
    storedLeft = readBits(16);
    isSound = readBits(16) === (~storedLeft & 0xffff);
    state = IN_STORED;
  } else {
    isSound = type === 1 ? useFixedCodes() : type === 2 && readDynamicCodes();
    state = IN_COMPRESSED;
  }
  if (!isSound || isOverrun()) state = ENDED;
}

/** RFC 1951, section 3.2.6. */
function useFixedCodes(): bool {
  if (areFixed) return true;
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  memory.fill(lengths + 288, 5, 32);
  areFixed = true;
  return buildLiterals(lengths, 288) && buildDistances(lengths + 288, 32);
}

/** RFC 1951, section 3.2.7. */
function readDynamicCodes(): bool {
  const literalCount = readBits(5) + 257;
  const total = literalCount + readBits(5) + 1;
  const given = readBits(4) + 4;
  if (literalCount > 286 || codedBlocks === mostCodedBlocks) return false;
  codedBlocks++;
  areFixed = false;
  memory.fill(lengths, 0, MOST_LENGTHS);
  for (let i = 0; i < given; i++) store<u8>(lengths + load<u8>(codeLengthOrder + i), readBits(3));
  if (!buildCodeLengths(lengths)) return false;
  return (
    readLengths(total) &&
    buildLiterals(lengths, literalCount) &&
    buildDistances(lengths + literalCount, total - literalCount)
  );
}

function readLengths(total: i32): bool {
  for (let i = 0; i < total; ) {
    refill();
    const entry = load<i32>(codeLengths + ((<usize>hold & ((1 << CODE_LENGTH_BITS) - 1)) << 2));
    if (entry & STOP) return false;
    readBits(entry & 63);
    const symbol = entry >> 8;
    if (symbol < 16) {
      store<u8>(lengths + i++, symbol);
      continue;
    }
    if (symbol === 16 && i === 0) return false;
    const repeated: u8 = symbol === 16 ? load<u8>(lengths + i - 1) : 0;
    const count = symbol === 16 ? 3 + readBits(2) : symbol === 17 ? 3 + readBits(3) : 11 + readBits(7);
    if (i + count > total) return false;
    memory.fill(lengths + i, repeated, count);
    i += count;
  }
  return true;
}

/** RFC 1951, section 3.2.4. */
function copyStored(): void {
  prepare(1);
  const count = min(storedLeft, min(<i32>(limit - end), <i32>(inputEnd - position)));
  memory.copy(end, position, count);
  position += count;
  end += count;
  storedLeft -= count;
  if (storedLeft === 0) state = isLastBlock ? ENDED : AT_HEADER;
  else if (count === 0) state = ENDED;
}

function inflateBlock(): void {
  prepare(LOOKAHEAD + 1);
  const safe = inputEnd - LOOKAHEAD;
  if (position < safe) {
    decodeSymbols(limit, safe);
    return;
  }
  // The last bytes of the stream: a symbol at a time, so that nothing is kept that was read from the zeros after them.
  const sound = end;
  decodeSymbols(sound + 1, inputEnd + LOOKAHEAD);
  if (isOverrun()) {
    end = sound;
    state = ENDED;
  }
}

/**
 * RFC 1951, section 3.2.3: literals and matches, while `end < wanted` and `position < safe`, or up to the end of the block.
 * Stops less than `OVERSHOOT` beyond `wanted`.
 */
function decodeSymbols(wanted: usize, safe: usize): void {
  // Locals are kept in registers.
  let from = position;
  let window = hold;
  let count = bits;
  let to = end;

  while (to < wanted && from < safe) {
    window |= load<u64>(from) << (<u64>count);
    from += (63 - count) >> 3;
    count |= 56;

    let entry = load<i32>(literals + ((<usize>window & ((1 << LITERAL_BITS) - 1)) << 2));
    while (entry >= 0) {
      store<u8>(to++, entry >> 8);
      window >>= <u64>entry;
      count -= entry & 63;
      // Enough for a length of the longest code, and its extra bits, is left.
      if (count < 20 || to >= wanted) break;
      entry = load<i32>(literals + ((<usize>window & ((1 << LITERAL_BITS) - 1)) << 2));
    }
    if (entry >= 0) continue;
    if (entry & SUBTABLE) {
      window >>= LITERAL_BITS;
      count -= LITERAL_BITS;
      entry = load<i32>(
        literals + ((((entry >> 12) & 0x1ffff) + (<i32>window & ((1 << ((entry >> 8) & 15)) - 1))) << 2),
      );
      if (entry >= 0) {
        store<u8>(to++, entry >> 8);
        window >>= <u64>entry;
        count -= entry & 63;
        continue;
      }
    }
    window >>= <u64>entry;
    count -= entry & 63;
    if (entry & STOP) {
      state = (entry & END_OF_BLOCK) !== 0 && !isLastBlock ? AT_HEADER : ENDED;
      break;
    }
    let extraBits = (entry >> 8) & 15;
    const length = ((entry >> 12) & 0x1ffff) + (<i32>window & ((1 << extraBits) - 1));
    window >>= <u64>extraBits;
    count -= extraBits;

    window |= load<u64>(from) << (<u64>count);
    from += (63 - count) >> 3;
    count |= 56;
    entry = load<i32>(distances + ((<usize>window & ((1 << DISTANCE_BITS) - 1)) << 2));
    if (entry & SUBTABLE) {
      window >>= DISTANCE_BITS;
      count -= DISTANCE_BITS;
      entry = load<i32>(
        distances + ((((entry >> 12) & 0x1ffff) + (<i32>window & ((1 << ((entry >> 8) & 15)) - 1))) << 2),
      );
    }
    window >>= <u64>entry;
    count -= entry & 63;
    extraBits = (entry >> 8) & 15;
    const distance = ((entry >> 12) & 0x1ffff) + (<i32>window & ((1 << extraBits) - 1));
    window >>= <u64>extraBits;
    count -= extraBits;
    if (entry & STOP || distance > <i32>(to - buffer)) {
      state = ENDED;
      break;
    }
    copyMatch(to, distance, length);
    to += length;
  }
  position = from;
  hold = window;
  bits = count;
  end = to;
}

/** Copies whole vectors: up to 15 bytes beyond the match. */
function copyMatch(to: usize, distance: i32, length: i32): void {
  const stop = to + length;
  let from = to - distance;
  if (distance < 16) {
    const pattern = i8x16.swizzle(v128.load(from), v128.load(patterns + (distance << 4)));
    const step = load<u8>(wholePatterns + distance);
    for (; to < stop; to += step) v128.store(to, pattern);
    return;
  }
  for (; to < stop; to += 16, from += 16) v128.store(to, v128.load(from));
}
