import type { BlockSize } from './geometry.ts';
import type { InverseDct } from './idct.ts';

/**
 * The inverse DCT (T.81 A.3.3) of frames of more than 8 bits a sample, as `INVERSE_DCT` but by its definition: such pictures
 * are few, and their coefficients too large for the integers there.
 *
 * @param bits of a sample; samples come out with 8
 */
export function wideInverseDct(size: BlockSize, bits: number): InverseDct {
  // basis[x × size + u], with the division by 8 in it, as half of it for each pass.
  const basis = Float64Array.from({ length: size * size }, (_, i) => {
    const x = Math.floor(i / size);
    const u = i % size;
    return (u === 0 ? 1 : Math.SQRT2 * Math.cos(((2 * x + 1) * u * Math.PI) / (2 * size))) / Math.sqrt(8);
  });
  const columns = new Float64Array(size * size);
  const scale = 2 ** (8 - bits);
  return (coefficients, at, quantisation, samples, to, stride) => {
    for (let i = 0; i < size * size; i++) {
      const y = Math.floor(i / size);
      const u = i % size;
      let sum = 0;
      for (let v = 0; v < size; v++)
        sum += basis[y * size + v] * coefficients[at + v * size + u] * quantisation[v * size + u];
      columns[i] = sum * scale;
    }
    for (let i = 0; i < size * size; i++) {
      const y = Math.floor(i / size);
      const x = i % size;
      let sum = 128;
      for (let u = 0; u < size; u++) sum += basis[x * size + u] * columns[y * size + u];
      samples[to + y * stride + x] = sum;
    }
  };
}
