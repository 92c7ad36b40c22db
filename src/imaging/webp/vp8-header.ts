import { corrupt } from '../errors.ts';
import { BoolDecoder } from './vp8-bool-decoder.ts';
import { AC_QUANTISER, COEFFICIENT_UPDATE_PROBS, DC_QUANTISER, DEFAULT_COEFFICIENT_PROBS } from './vp8-tables.ts';

/** The step sizes of one segment (RFC 6386 sections 9.6 and 14.1). */
export interface Quantiser {
  y1Dc: number;
  y1Ac: number;
  y2Dc: number;
  y2Ac: number;
  uvDc: number;
  uvAc: number;
}

export interface Vp8Header {
  width: number;
  height: number;
  /** The macroblocks' modes follow the header in this, the first partition. */
  modes: BoolDecoder;
  /** Coefficients: macroblock row `r` is in partition `r mod n` (section 9.5). */
  partitions: BoolDecoder[];
  /** Of the segment tree, where each macroblock names its segment; otherwise all belong to segment 0. */
  segmentProbs: Uint8Array | null;
  quantisers: Quantiser[];
  simpleFilter: boolean;
  sharpness: number;
  /** Loop filter level by segment, for macroblocks predicted as a whole and by subblock. */
  filterLevels: { whole: number; subblocks: number }[];
  coefficientProbs: Uint8Array;
  /** Probability that a macroblock has coefficients; `null` where there is no flag for it (section 9.11). */
  skipProb: number | null;
}

const SEGMENTS = 4;
const FRAME_TAG_BYTES = 10;

/** Width and height from the uncompressed start of a key frame (section 9.1). */
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
 * Reads the frame header (sections 9.2 to 9.11, 19.2).
 * @param data the payload of a VP8 chunk, possibly cut short
 */
export function readVp8Header(data: Uint8Array): Vp8Header {
  const { width, height } = readVp8Size(data);
  const tag = data[0] | (data[1] << 8) | (data[2] << 16);
  const version = (tag >> 1) & 7;
  if (version > 3) throw corrupt('WebP', `VP8 versions 0 to 3 are defined; found ${version}`);
  const firstPartitionEnd = FRAME_TAG_BYTES + (tag >> 5);
  if (firstPartitionEnd > data.length) {
    throw corrupt('WebP', `the first VP8 partition ends at byte ${firstPartitionEnd} of ${data.length}`);
  }

  const modes = new BoolDecoder(data, FRAME_TAG_BYTES, firstPartitionEnd);
  // Colour space and clamping type: pixels are clamped whatever the latter says, as the former means nothing here.
  modes.literal(2);

  // Section 9.3: segment-based adjustments.
  const quantiserBySegment = new Int32Array(SEGMENTS);
  const levelBySegment = new Int32Array(SEGMENTS);
  let absolute = true;
  let segmentProbs: Uint8Array | null = null;
  const segmented = modes.flag();
  if (segmented) {
    const updateMap = modes.flag();
    if (modes.flag()) {
      absolute = modes.flag();
      for (let i = 0; i < SEGMENTS; i++) quantiserBySegment[i] = modes.optionalSigned(7);
      for (let i = 0; i < SEGMENTS; i++) levelBySegment[i] = modes.optionalSigned(6);
    }
    if (updateMap) {
      segmentProbs = new Uint8Array(SEGMENTS - 1);
      for (let i = 0; i < segmentProbs.length; i++) segmentProbs[i] = modes.flag() ? modes.literal(8) : 255;
    }
  }

  // Section 9.6 in the RFC's bitstream order: filter type, level, sharpness, adjustments by reference and mode.
  const simpleFilter = modes.flag();
  const level = modes.literal(6);
  const sharpness = modes.literal(3);
  let intraFrameDelta = 0;
  let subblockDelta = 0;
  if (modes.flag() && modes.flag()) {
    // Of four reference frames and four modes only the first of each occurs in a key frame.
    const deltas = Array.from({ length: 8 }, () => modes.optionalSigned(6));
    intraFrameDelta = deltas[0];
    subblockDelta = deltas[4];
  }

  const partitionCount = 1 << modes.literal(2);

  const baseIndex = modes.literal(7);
  const indexDeltas = Array.from({ length: 5 }, () => modes.optionalSigned(4));
  const quantisers: Quantiser[] = [];
  const filterLevels: Vp8Header['filterLevels'] = [];
  for (let i = 0; i < SEGMENTS; i++) {
    const replaces = segmented && absolute;
    quantisers.push(quantiser((replaces ? 0 : baseIndex) + quantiserBySegment[i], indexDeltas));
    const whole = (replaces ? 0 : level) + levelBySegment[i] + intraFrameDelta;
    // A frame level of 0 turns the filter off, whatever the adjustments say (section 9.6).
    const max = level === 0 ? 0 : 63;
    filterLevels.push({ whole: clamp(whole, max), subblocks: clamp(whole + subblockDelta, max) });
  }

  modes.flag(); // refresh_entropy_probs: there is no next frame
  const coefficientProbs = DEFAULT_COEFFICIENT_PROBS.slice();
  for (let i = 0; i < coefficientProbs.length; i++) {
    if (modes.bool(COEFFICIENT_UPDATE_PROBS[i])) coefficientProbs[i] = modes.literal(8);
  }
  const skipProb = modes.flag() ? modes.literal(8) : null;

  return {
    width,
    height,
    modes,
    partitions: splitPartitions(data, firstPartitionEnd, partitionCount),
    segmentProbs,
    quantisers,
    simpleFilter,
    sharpness,
    filterLevels,
    coefficientProbs,
    skipProb,
  };
}

/** Section 9.5: 3-byte sizes of all but the last, then the partitions. */
function splitPartitions(data: Uint8Array, at: number, count: number): BoolDecoder[] {
  let start = at + 3 * (count - 1);
  if (start > data.length) throw corrupt('WebP', `VP8 partition sizes end at byte ${start} of ${data.length}`);
  return Array.from({ length: count }, (_, i) => {
    const size = at + 3 * i;
    const end = i === count - 1 ? data.length : start + (data[size] | (data[size + 1] << 8) | (data[size + 2] << 16));
    const partition = new BoolDecoder(data, Math.min(start, data.length), Math.min(end, data.length));
    start = end;
    return partition;
  });
}

/** Section 14.1. `deltas` are those of y_dc, y2_dc, y2_ac, uv_dc and uv_ac. */
function quantiser(index: number, deltas: number[]): Quantiser {
  const [y1Dc, y2Dc, y2Ac, uvDc, uvAc] = deltas.map((delta) => clamp(index + delta, 127));
  return {
    y1Dc: DC_QUANTISER[y1Dc],
    y1Ac: AC_QUANTISER[clamp(index, 127)],
    y2Dc: DC_QUANTISER[y2Dc] * 2,
    y2Ac: Math.max(8, Math.trunc((AC_QUANTISER[y2Ac] * 155) / 100)),
    uvDc: Math.min(132, DC_QUANTISER[uvDc]),
    uvAc: AC_QUANTISER[uvAc],
  };
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(max, value));
}
