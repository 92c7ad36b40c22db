import { read } from './file';

/** Bytes of the data that are in memory at a time, and how many of the last are kept for reads that begin there. */
const WINDOW_BYTES = 1 << 14;
/** More than is read between two calls of `prepare`. */
const RESERVE = 64;
const THRESHOLD = (WINDOW_BYTES - RESERVE) << 3;

const window: usize = memory.data(WINDOW_BYTES, 16);

let dataLength: i32 = 0;
/** Where the window starts in the data: an `i64`, as zeros follow the data without end. */
let windowStart: i64 = 0;
/** Of the next bit, in the window. */
export let position: i32 = 0;

export function setPosition(at: i32): void {
  position = at;
}

/**
 * Starts reading bits from the least significant end, as the lossless format packs them (RFC 9649 section 3.1).
 * Beyond the end there are zeros; `overrun` tells.
 */
export function startBits(length: i32): void {
  dataLength = length;
  windowStart = 0;
  position = 0;
  fillWindow();
}

/** Sees to it that the next 64 bytes are in the window. Moves `position`. */
export function prepare(): void {
  if (position >= THRESHOLD) slide();
}

function slide(): void {
  windowStart += position >> 3;
  position &= 7;
  fillWindow();
}

function fillWindow(): void {
  const left = max<i64>(<i64>dataLength - windowStart, 0);
  const count = <i32>min<i64>(left, WINDOW_BYTES);
  if (count > 0) read(<i32>windowStart, window, count);
  memory.fill(window + count, 0, WINDOW_BYTES - count);
}

/** Has a bit been used that lies beyond the end? */
export function overrun(): bool {
  return (windowStart << 3) + position > (<i64>dataLength) << 3;
}

/** The bits at a position, 57 of them at least, the first of them the lowest. */
export function peek(at: i32): u64 {
  return load<u64>(window + (at >> 3)) >> <u64>(at & 7);
}

/** @param count up to 24 */
export function readBits(count: i32): i32 {
  prepare();
  const value = <i32>(peek(position) & ((1 << count) - 1));
  position += count;
  return value;
}
