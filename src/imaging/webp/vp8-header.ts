import { corrupt } from '../errors.ts';

const FRAME_TAG_BYTES = 10;

/** Width and height from the uncompressed start of a key frame (RFC 6386 section 9.1). */
export function readVp8Size(data: Uint8Array): { width: number; height: number } {
  if (data.length < FRAME_TAG_BYTES) {
    throw corrupt('WebP', `the VP8 frame header takes ${FRAME_TAG_BYTES} bytes; the file has ${data.length}`);
  }
  if (data[0] & 1) throw corrupt('WebP', 'a VP8 key frame was expected; found an inter frame');
  if (data[3] !== 0x9d || data[4] !== 0x01 || data[5] !== 0x2a) {
    const found = [...data.subarray(3, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw corrupt('WebP', `the VP8 start code 9d 01 2a was expected; found ${found}`);
  }
  // The upper two bits are a hint for scaling, which no WebP reader follows.
  const width = (data[6] | (data[7] << 8)) & 0x3fff;
  const height = (data[8] | (data[9] << 8)) & 0x3fff;
  if (width === 0 || height === 0) throw corrupt('WebP', `the VP8 frame is ${width}×${height} pixels`);
  return { width, height };
}

/**
 * Splits a key frame into its first partition, which holds the rest of the header and the macroblocks' modes, and what
 * comes after it (section 9.1).
 *
 * @param data the payload of a VP8 chunk, possibly cut short
 */
export function splitFrame(data: Uint8Array): { modes: Uint8Array; rest: Uint8Array } {
  const tag = data[0] | (data[1] << 8) | (data[2] << 16);
  const version = (tag >> 1) & 7;
  if (version > 3) throw corrupt('WebP', `VP8 versions 0 to 3 are defined; found ${version}`);
  const end = FRAME_TAG_BYTES + (tag >> 5);
  if (end > data.length) {
    throw corrupt('WebP', `the first VP8 partition ends at byte ${end} of ${data.length}`);
  }
  return { modes: data.subarray(FRAME_TAG_BYTES, end), rest: data.subarray(end) };
}

/** The partitions of coefficients (section 9.5): 3-byte sizes of all but the last, then the partitions. */
export function splitPartitions(rest: Uint8Array, frameBytes: number, count: number): Uint8Array[] {
  let start = 3 * (count - 1);
  if (start > rest.length) {
    const sizesEnd = frameBytes - rest.length + start;
    throw corrupt('WebP', `VP8 partition sizes end at byte ${sizesEnd} of ${frameBytes}`);
  }
  return Array.from({ length: count }, (_, i) => {
    const size = 3 * i;
    const isLast = i === count - 1;
    const end = isLast ? rest.length : start + (rest[size] | (rest[size + 1] << 8) | (rest[size + 2] << 16));
    const partition = rest.subarray(start, end);
    start = end;
    return partition;
  });
}
