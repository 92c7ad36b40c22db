import { BoolDecoder, decoderOf } from './vp8-bool-decoder';
import {
  AC_QUANTISER,
  COEFFICIENT_PROBS,
  COEFFICIENT_UPDATE_PROBS,
  DC_QUANTISER,
  DEFAULT_COEFFICIENT_PROBS,
} from './vp8-tables';

const SEGMENTS = 4;

/** The step sizes of one segment (RFC 6386 sections 9.6 and 14.1). */
@unmanaged
export class Quantiser {
  y1Dc: i32;
  y1Ac: i32;
  y2Dc: i32;
  y2Ac: i32;
  uvDc: i32;
  uvAc: i32;
}

const quantisers: usize = memory.data(SEGMENTS * 24, 4);
/** Loop filter level by segment, for macroblocks predicted as a whole, and by subblock. */
const filterLevels: usize = memory.data(SEGMENTS * 2, 4);
/** What segments say of quantiser and filter level. */
const quantiserBySegment: usize = memory.data(SEGMENTS * 4, 4);
const levelBySegment: usize = memory.data(SEGMENTS * 4, 4);
/** Differences to the quantiser's index: y_dc, y2_dc, y2_ac, uv_dc and uv_ac. */
const indexDeltas: usize = memory.data(5 * 4, 4);

export const coefficientProbs: usize = memory.data(COEFFICIENT_PROBS, 4);
/** Of the segment tree, where each macroblock names its segment; otherwise all belong to segment 0. */
export const segmentProbs: usize = memory.data(SEGMENTS - 1, 4);
export let namesSegments: bool = false;
export let simpleFilter: bool = false;
export let sharpness: i32 = 0;
/** Probability that a macroblock has coefficients; −1 where there is no flag for it (section 9.11). */
export let skipProb: i32 = -1;
/** Of the partitions of coefficients: macroblock row `r` is in partition `r mod n` (section 9.5). */
export let partitionCount: i32 = 1;

export function quantiserOf(segment: i32): Quantiser {
  return changetype<Quantiser>(quantisers + segment * 24);
}

export function filterLevelOf(segment: i32, bySubblock: bool): i32 {
  return load<u8>(filterLevels + (segment << 1) + <i32>bySubblock);
}

/** Reads the frame header (sections 9.2 to 9.11, 19.2) from the first partition; the macroblocks' modes follow. */
export function readHeader(): void {
  const modes = decoderOf(0);
  // Colour space and clamping type: pixels are clamped whatever the latter says, as the former means nothing here.
  modes.literal(2);

  // Section 9.3: segment-based adjustments.
  memory.fill(quantiserBySegment, 0, SEGMENTS * 4);
  memory.fill(levelBySegment, 0, SEGMENTS * 4);
  namesSegments = false;
  const segmented = modes.flag();
  const absolute = segmented && readSegments(modes);

  // Section 9.6 in the RFC's bitstream order: filter type, level, sharpness, adjustments by reference and mode.
  simpleFilter = modes.flag();
  const level = modes.literal(6);
  sharpness = modes.literal(3);
  let intraFrameDelta = 0;
  let subblockDelta = 0;
  if (modes.flag() && modes.flag()) {
    // Of four reference frames and four modes only the first of each occurs in a key frame.
    for (let i = 0; i < 8; i++) {
      const delta = modes.optionalSigned(6);
      if (i === 0) intraFrameDelta = delta;
      else if (i === 4) subblockDelta = delta;
    }
  }

  partitionCount = 1 << modes.literal(2);

  const baseIndex = modes.literal(7);
  for (let i = 0; i < 5; i++) store<i32>(indexDeltas + (i << 2), modes.optionalSigned(4));
  for (let i = 0; i < SEGMENTS; i++) {
    setQuantiser(quantiserOf(i), (absolute ? 0 : baseIndex) + load<i32>(quantiserBySegment + (i << 2)));
    const whole = (absolute ? 0 : level) + load<i32>(levelBySegment + (i << 2)) + intraFrameDelta;
    // A frame level of 0 turns the filter off, whatever the adjustments say (section 9.6).
    const highest = level === 0 ? 0 : 63;
    store<u8>(filterLevels + (i << 1), clamp(whole, highest));
    store<u8>(filterLevels + (i << 1), clamp(whole + subblockDelta, highest), 1);
  }

  modes.flag(); // refresh_entropy_probs: there is no next frame
  for (let i = 0; i < COEFFICIENT_PROBS; i++) {
    const replaced = modes.bool(load<u8>(COEFFICIENT_UPDATE_PROBS + i));
    store<u8>(coefficientProbs + i, replaced ? modes.literal(8) : load<u8>(DEFAULT_COEFFICIENT_PROBS + i));
  }
  skipProb = modes.flag() ? modes.literal(8) : -1;
}

/** @returns whether quantisers and levels of segments replace the frame's; otherwise they are added */
function readSegments(modes: BoolDecoder): bool {
  namesSegments = modes.flag();
  let absolute = true;
  if (modes.flag()) {
    absolute = modes.flag();
    for (let i = 0; i < SEGMENTS; i++) store<i32>(quantiserBySegment + (i << 2), modes.optionalSigned(7));
    for (let i = 0; i < SEGMENTS; i++) store<i32>(levelBySegment + (i << 2), modes.optionalSigned(6));
  }
  if (namesSegments) {
    for (let i = 0; i < SEGMENTS - 1; i++) store<u8>(segmentProbs + i, modes.flag() ? modes.literal(8) : 255);
  }
  return absolute;
}

/** Section 14.1. */
function setQuantiser(quantiser: Quantiser, index: i32): void {
  quantiser.y1Dc = dc(index + load<i32>(indexDeltas));
  quantiser.y1Ac = ac(index);
  quantiser.y2Dc = dc(index + load<i32>(indexDeltas, 4)) * 2;
  quantiser.y2Ac = max(8, (ac(index + load<i32>(indexDeltas, 8)) * 155) / 100);
  quantiser.uvDc = min(132, dc(index + load<i32>(indexDeltas, 12)));
  quantiser.uvAc = ac(index + load<i32>(indexDeltas, 16));
}

function dc(index: i32): i32 {
  return load<u8>(DC_QUANTISER + clamp(index, 127));
}

function ac(index: i32): i32 {
  return load<u16>(AC_QUANTISER + (clamp(index, 127) << 1));
}

function clamp(value: i32, highest: i32): i32 {
  return max(0, min(highest, value));
}
