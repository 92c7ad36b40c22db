/** Copies `count` bytes of the file, from `at` on, to an address. */
declare function read(at: i32, to: usize, count: i32): void;

/** @returns where the next marker at or after `from` is; the file's length if there is none */
export declare function nextMarker(from: i32): i32;

/** Second bytes of markers (T.81 table B.1). */
export const SOF0 = 0xc0;
export const RST0 = 0xd0;
export const RST7 = 0xd7;
const EOI = 0xd9;

const WINDOW_BYTES = 1 << 14;
const window: usize = memory.data(WINDOW_BYTES, 16);

let fileLength: i32 = 0;
/** What the window holds of the file. */
let windowStart: i32 = 0;
let windowEnd: i32 = 0;

/** @param length of the file that is read from now on */
export function openFile(length: i32): void {
  fileLength = length;
  windowStart = 0;
  windowEnd = 0;
}

/** @returns how many bytes from `at` on can be read at `addressOf(at)`: at least one, or 0 at the end of the file */
export function available(at: i32): i32 {
  if (at < windowStart || at >= windowEnd) {
    windowStart = at;
    windowEnd = min(fileLength, at + WINDOW_BYTES);
    if (windowEnd > at) read(at, window, windowEnd - at);
  }
  return max(windowEnd - at, 0);
}

export function addressOf(at: i32): usize {
  return window + <usize>(at - windowStart);
}

/** The second byte of a marker; after the end of the file comes EOI. */
export function markerCode(at: i32): i32 {
  return available(at) > 0 ? load<u8>(addressOf(at)) : EOI;
}
