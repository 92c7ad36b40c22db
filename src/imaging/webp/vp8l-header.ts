import { corrupt } from '../errors.ts';

const SIGNATURE = 0x2f;
export const VP8L_HEADER_BYTES = 5;

export interface Vp8lHeader {
  width: number;
  height: number;
  /** When false, the alpha channel means nothing and the picture is opaque. */
  hasAlpha: boolean;
}

/** RFC 9649 section 3.4. @param data payload of a VP8L chunk */
export function readVp8lHeader(data: Uint8Array): Vp8lHeader {
  if (data.length < VP8L_HEADER_BYTES) {
    throw corrupt('WebP', `the lossless header takes ${VP8L_HEADER_BYTES} bytes; the file has ${data.length}`);
  }
  if (data[0] !== SIGNATURE) {
    throw corrupt('WebP', `the lossless signature 2f was expected; found ${data[0].toString(16).padStart(2, '0')}`);
  }
  // From the lowest bit: width − 1 and height − 1 of 14 bits, alpha, and a version of 3.
  const bits = data[1] | (data[2] << 8) | (data[3] << 16) | (data[4] << 24);
  const version = bits >>> 29;
  if (version !== 0) throw corrupt('WebP', `lossless version 0 was expected; found ${version}`);
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1, hasAlpha: ((bits >> 28) & 1) === 1 };
}
