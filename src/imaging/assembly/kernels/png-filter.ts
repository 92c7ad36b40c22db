/** The numbers of the bytes of a vector. */
const BYTE_NUMBERS: v128 = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
const VECTOR_BYTES = 16;

/**
 * Writes the scanlines of a PNG in true colour, each with the filter that leaves the least (PNG third edition, sections
 * 9.2 and 12.7).
 *
 * @param pixels `width × height`, red in the low byte
 * @param channels 3 for RGB, 4 for RGBA
 * @param room for two rows of `width` pixels, and 64 bytes
 * @param scanlines takes of each row its filter type and its bytes
 */
export function filterScanlines(
  pixels: usize,
  width: i32,
  height: i32,
  channels: i32,
  room: usize,
  scanlines: usize,
): void {
  const stride = width * channels;
  // Before each row there is nothing: zeros, as above the first one.
  memory.fill(room, 0, 2 * stride + 4 * VECTOR_BYTES);
  let row = room + VECTOR_BYTES;
  let above = row + stride + 2 * VECTOR_BYTES;
  for (let y = 0; y < height; y++, pixels += width << 2) {
    pack(pixels, width, channels, row);
    let best = 0;
    let least = i32.MAX_VALUE;
    for (let type = 0; type < 5; type++) {
      const sum = filter(type, row, above, stride, channels, scanlines + 1);
      if (sum >= least) continue;
      least = sum;
      best = type;
    }
    store<u8>(scanlines, best);
    if (best < 4) filter(best, row, above, stride, channels, scanlines + 1);
    scanlines += 1 + stride;
    const done = row;
    row = above;
    above = done;
  }
}

function pack(pixels: usize, width: i32, channels: i32, row: usize): void {
  for (let x = 0; x < width; x++) store<u32>(row + x * channels, load<u32>(pixels + (x << 2)));
}

/**
 * @param filtered takes the bytes, and up to 15 more
 * @returns the sum of them as signed ones, without their signs
 */
function filter(type: i32, row: usize, above: usize, bytes: i32, back: i32, filtered: usize): i32 {
  let sums = i32x4.splat(0);
  for (let at = 0; at < bytes; at += VECTOR_BYTES) {
    const samples = v128.load(row + at);
    let rest = i8x16.sub(samples, predicted(type, row + at, above + at, back));
    if (bytes - at < VECTOR_BYTES) rest = v128.and(rest, i8x16.lt_s(BYTE_NUMBERS, i8x16.splat(<i8>(bytes - at))));
    v128.store(filtered + at, rest);
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(i8x16.abs(rest))));
  }
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}

/** What each type takes a sample to be: nothing, the one to the left, that above, the mean of both, or Paeth's choice. */
function predicted(type: i32, row: usize, above: usize, back: i32): v128 {
  const left = v128.load(row - back);
  const up = v128.load(above);
  if (type === 0) return i8x16.splat(0);
  if (type === 1) return left;
  if (type === 2) return up;
  // The mean is rounded down here, and up by the instruction.
  if (type === 3) return i8x16.sub(i8x16.avgr_u(left, up), v128.and(v128.xor(left, up), i8x16.splat(1)));
  const corner = v128.load(above - back);
  return i8x16.narrow_i16x8_u(
    paeth(i16x8.extend_low_i8x16_u(left), i16x8.extend_low_i8x16_u(up), i16x8.extend_low_i8x16_u(corner)),
    paeth(i16x8.extend_high_i8x16_u(left), i16x8.extend_high_i8x16_u(up), i16x8.extend_high_i8x16_u(corner)),
  );
}

/** Section 9.4. */
function paeth(left: v128, up: v128, corner: v128): v128 {
  const across = i16x8.sub(left, corner);
  const down = i16x8.sub(up, corner);
  const toLeft = i16x8.abs(down);
  const toUp = i16x8.abs(across);
  const toCorner = i16x8.abs(i16x8.add(across, down));
  const isLeft = v128.and(i16x8.le_s(toLeft, toUp), i16x8.le_s(toLeft, toCorner));
  return v128.bitselect(left, v128.bitselect(up, corner, i16x8.le_s(toUp, toCorner)), isLeft);
}
