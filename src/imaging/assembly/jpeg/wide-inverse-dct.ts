import { allocate } from '../memory';

/** cos(kπ/16). */
const COSINES: usize = memory.data<f64>([
  1,
  0.9807852804032304,
  0.9238795325112867,
  0.8314696123025452,
  Math.SQRT1_2,
  0.5555702330196022,
  0.3826834323650898,
  0.19509032201612828,
  0,
]);

/** The result of the first pass. */
const columns: usize = memory.data(64 * 8, 16);

/** @returns basis[x × size + u], with the division by 8 in it, as half of it for each pass */
export function wideBasis(size: i32): usize {
  const basis = allocate((size * size) << 3);
  for (let x = 0; x < size; x++) {
    for (let u = 0; u < size; u++) {
      const value = u === 0 ? 1 : Math.SQRT2 * cosine(((2 * x + 1) * u * 8) / size);
      store<f64>(basis + ((<usize>(x * size + u)) << 3), value / Math.sqrt(8));
    }
  }
  return basis;
}

/** cos(kπ/16) of any whole k from 0 on. */
function cosine(k: i32): f64 {
  const around = k & 31;
  const half = around > 16 ? 32 - around : around;
  return half > 8 ? -load<f64>(COSINES + ((<usize>(16 - half)) << 3)) : load<f64>(COSINES + ((<usize>half) << 3));
}

/**
 * The inverse DCT of frames of more than 8 bits a sample, as the others but by its definition: such pictures are few, and
 * their coefficients too large for the integers there.
 *
 * @param basis of the size
 * @param bits of a sample; samples come out with 8
 */
export function wideInverse(
  size: i32,
  basis: usize,
  bits: i32,
  coefficients: usize,
  quantisation: usize,
  samples: usize,
  stride: i32,
): void {
  const scale = <f64>1 / <f64>(1 << (bits - 8));
  for (let i = 0; i < size * size; i++) {
    const row = i & -size;
    const column = i - row;
    let sum: f64 = 0;
    for (let v = 0; v < size; v++) {
      const place = v * size + column;
      const value = load<f64>(basis + ((<usize>(row + v)) << 3)) * <f64>load<i16>(coefficients + ((<usize>place) << 1));
      sum += value * <f64>load<i32>(quantisation + ((<usize>place) << 2));
    }
    store<f64>(columns + ((<usize>i) << 3), sum * scale);
  }
  for (let i = 0; i < size * size; i++) {
    const row = i & -size;
    const column = i - row;
    let sum: f64 = 128;
    for (let u = 0; u < size; u++) {
      sum += load<f64>(basis + ((<usize>(column * size + u)) << 3)) * load<f64>(columns + ((<usize>(row + u)) << 3));
    }
    store<u8>(samples + (row / size) * stride + column, <i32>nearest(min(max(sum, 0), 255)));
  }
}
