import { corrupt } from '../errors.ts';

/** Bytes of a picture's data, from `start` to before `end`. */
export interface Partition {
  start: number;
  end: number;
}

export interface Vp8Frame {
  width: number;
  height: number;
  /** Of the rest of the header, and the macroblocks' modes. */
  firstPartition: Partition;
}

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
 * Reads what is not entropy-coded of the frame header (section 9.1).
 *
 * @param data the payload of a VP8 chunk, possibly cut short
 * @throws ImagingError when it cannot be read, or the first partition is not all there
 */
export function readVp8Frame(data: Uint8Array): Vp8Frame {
  const { width, height } = readVp8Size(data);
  const tag = data[0] | (data[1] << 8) | (data[2] << 16);
  const version = (tag >> 1) & 7;
  if (version > 3) throw corrupt('WebP', `VP8 versions 0 to 3 are defined; found ${version}`);
  const end = FRAME_TAG_BYTES + (tag >> 5);
  if (end > data.length) throw corrupt('WebP', `the first VP8 partition ends at byte ${end} of ${data.length}`);
  return { width, height, firstPartition: { start: FRAME_TAG_BYTES, end } };
}

/**
 * Finds the partitions of coefficients (section 9.5): 3-byte sizes of all but the last, then the partitions.
 *
 * @param at where the first partition ends
 */
export function splitPartitions(data: Uint8Array, at: number, count: number): Partition[] {
  let start = at + 3 * (count - 1);
  if (start > data.length) throw corrupt('WebP', `VP8 partition sizes end at byte ${start} of ${data.length}`);
  return Array.from({ length: count }, (_, i) => {
    const size = at + 3 * i;
    const end = i === count - 1 ? data.length : start + (data[size] | (data[size + 1] << 8) | (data[size + 2] << 16));
    const partition = { start: Math.min(start, data.length), end: Math.min(end, data.length) };
    start = end;
    return partition;
  });
}
