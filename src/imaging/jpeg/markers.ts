import { corrupt } from '../errors.ts';

/** Second bytes of the markers that a decoder acts on (T.81 table B.1). */
export const MARKER = {
  SOF0: 0xc0,
  SOF1: 0xc1,
  SOF2: 0xc2,
  SOF3: 0xc3,
  DHT: 0xc4,
  JPG: 0xc8,
  DAC: 0xcc,
  SOF15: 0xcf,
  RST0: 0xd0,
  RST7: 0xd7,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  DQT: 0xdb,
  DNL: 0xdc,
  DRI: 0xdd,
  DHP: 0xde,
  APP0: 0xe0,
  APP1: 0xe1,
  APP2: 0xe2,
  APP14: 0xee,
} as const;

/** A marker and its parameters, without the length field: `bytes[start … end)`. */
export interface Segment {
  marker: number;
  start: number;
  end: number;
}

/** Where the picture starts. Junk may come before it: then at the first SOI that another marker follows. */
export function startOfImage(bytes: Uint8Array): number {
  if (bytes[0] === 0xff && bytes[1] === MARKER.SOI) return 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === MARKER.SOI && bytes[at + 2] === 0xff) return at;
  }
  throw corrupt('JPEG', 'expected the start marker FF D8 followed by another marker, found none.');
}

/**
 * Where the next marker at or after `from` starts, fill bytes (T.81 B.1.1.2) left out; the file's length if there
 * is none.
 */
export function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    // FF 00 is a stuffed byte, FF FF a fill byte, FF 01 … FF BF means nothing.
    const code = bytes[at + 1] ?? 0;
    if (code >= MARKER.SOF0 && code < 0xff) return at;
  }
  return bytes.length;
}

/** Where the entropy-coded data that holds `from` ends: at the next marker that is not a restart. */
export function endOfEntropyCodedData(bytes: Uint8Array, from: number): number {
  let at = nextMarker(bytes, from);
  while (at < bytes.length && isRestart(bytes[at + 1] ?? 0)) at = nextMarker(bytes, at + 2);
  return at;
}

export function isRestart(marker: number): boolean {
  return marker >= MARKER.RST0 && marker <= MARKER.RST7;
}

/**
 * The next segment at or after `from`. Junk before its marker is passed over; parameters that run past the end of
 * the file are cut there.
 *
 * @returns `null` at the end of the file
 */
export function nextSegment(bytes: Uint8Array, from: number): Segment | null {
  const at = nextMarker(bytes, from);
  if (at >= bytes.length) return null;
  const marker = bytes[at + 1] ?? 0;
  const start = at + 2;
  if (marker >= MARKER.RST0 && marker <= MARKER.EOI) return { marker, start, end: start };
  // A length below 2 is damage; the search for the next marker then goes on behind the length field.
  const length = Math.max(2, readUint16(bytes, start));
  return { marker, start: Math.min(start + 2, bytes.length), end: Math.min(start + length, bytes.length) };
}

/** Big-endian; bytes past the end of the file read as 0. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
