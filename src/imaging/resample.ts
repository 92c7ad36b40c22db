import { type AxisWeights, WEIGHT_BITS } from './kernel.ts';
import { beginKernel } from './wasm/kernels.ts';

/** Premultiplied RGBA in 32-bit words, red in the low byte, row by row. */
export interface Plane {
  pixels: Uint32Array;
  width: number;
}

export interface Range {
  from: number;
  to: number;
}

/**
 * Filters a plane in both axes, heights first, as libvips does.
 *
 * @param across the target's columns that are to be made
 * @param down its rows
 */
export function resample(
  source: Plane,
  target: Plane,
  x: AxisWeights,
  y: AxisWeights,
  across: Range,
  down: Range,
): void {
  const width = across.to - across.from;
  const height = down.to - down.from;
  if (width <= 0 || height <= 0) return;
  const left = x.first[across.from];
  const right = x.first[across.to - 1] + x.taps;
  const top = y.first[down.from];
  const bottom = y.first[down.to - 1] + y.taps;
  const stride = source.width * 4;

  const kernels = beginKernel();
  const rows = kernels.put(source.pixels.subarray(top * source.width, bottom * source.width));
  const result = kernels.reserve(width * height * 4);
  kernels.run.resample(
    // As if the rows above, which nothing needs, were there as well.
    rows - top * stride,
    stride,
    left,
    right,
    x.taps,
    kernels.put(x.first.subarray(across.from, across.to)),
    kernels.put(x.weights.subarray(across.from * x.taps, across.to * x.taps)),
    width,
    y.taps,
    kernels.put(y.first.subarray(down.from, down.to)),
    kernels.put(y.weights.subarray(down.from * y.taps, down.to * y.taps)),
    height,
    WEIGHT_BITS,
    kernels.reserve((right - left) * 4),
    result,
  );
  const made = kernels.words(result, width * height);
  if (width === target.width) {
    target.pixels.set(made, down.from * width);
    return;
  }
  for (let row = 0; row < height; row++) {
    const at = (down.from + row) * target.width + across.from;
    target.pixels.set(made.subarray(row * width, (row + 1) * width), at);
  }
}

/** The target pixels that source pixels `from` to `to` have a part in. */
export function affected({ first, taps }: AxisWeights, from: number, to: number): Range {
  if (from >= to) return { from: 0, to: 0 };
  let start = 0;
  let end = first.length;
  while (start < end && first[start] + taps <= from) start++;
  while (end > start && first[end - 1] >= to) end--;
  return { from: start, to: end };
}
