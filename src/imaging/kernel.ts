/** A resampling filter: its weight at a distance from the centre, in pixels of the coarser grid, and where it ends. */
export interface Kernel {
  support: number;
  weight(distance: number): number;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Lanczos with three lobes (Duchon, 1979): sinc windowed by the central lobe of a wider sinc. */
export const LANCZOS3: Kernel = {
  support: 3,
  weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0),
};

/** Catmull–Rom: the cubic convolution of Keys (1981) with a = −1/2. Enlarges with less ringing than Lanczos. */
export const CATMULL_ROM: Kernel = {
  support: 2,
  weight: (x) => {
    const t = Math.abs(x);
    if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
    if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
    return 0;
  },
};

/** Weights are whole numbers of `1 / (1 << WEIGHT_BITS)`: four products of a byte and such a weight fit 32 bits each. */
export const WEIGHT_BITS = 14;
const ONE = 1 << WEIGHT_BITS;

/** Which source samples make up each target sample of one axis, and by how much. */
export interface AxisWeights {
  /** Source samples for each target sample. */
  taps: number;
  /** The first source sample for each target sample. */
  first: Int32Array;
  /** `taps` weights for each target sample, which add up to 1 exactly. */
  weights: Int16Array;
}

/** The part of one axis of the source that becomes the target, all in samples of their own. */
export interface Axis {
  samples: number;
  origin: number;
  length: number;
  target: number;
}

/** Weights of one axis, computed once for all rows (or columns) and frames. */
export function axisWeights(kernel: Kernel, { samples, origin, length, target }: Axis): AxisWeights {
  const scale = length / target;
  // Enlarging, samples are taken where libvips takes them, half a target pixel before the middle. Nobody sees a picture
  // displaced by that much; what compares emoji with those that libvips makes would see nothing else.
  const phase = scale < 1 ? 0 : 0.5;
  // Shrinking, the kernel is stretched to the target's pixels, so that it takes out what they cannot hold.
  const stretch = Math.max(1, scale);
  const reach = kernel.support * stretch;
  const taps = Math.min(samples, Math.floor(2 * reach) + 1);
  const first = new Int32Array(target);
  const weights = new Int16Array(target * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < target; i++) {
    const centre = origin + (i + phase) * scale - 0.5;
    const start = Math.min(Math.max(Math.ceil(centre - reach), 0), samples - taps);
    first[i] = start;
    exact.fill(0);
    for (let j = Math.ceil(centre - reach); j <= centre + reach; j++) {
      // Beyond the edge the outermost sample is repeated.
      exact[Math.min(Math.max(j, 0), samples - 1) - start] += kernel.weight((j - centre) / stretch);
    }
    setWeights(weights, i * taps, exact);
  }
  return withoutZeros({ taps, first, weights }, samples);
}

/** Rounds such that the sum is exact: an area of one colour keeps it. @param at where the first of them belongs */
function setWeights(weights: Int16Array, at: number, exact: Float64Array): void {
  let sum = 0;
  for (let tap = 0; tap < exact.length; tap++) sum += exact[tap];
  let rest = ONE;
  let largest = at;
  for (let tap = 0; tap < exact.length; tap++) {
    const weight = Math.round((exact[tap] / sum) * ONE);
    weights[at + tap] = weight;
    rest -= weight;
    if (weight > weights[largest]) largest = at + tap;
  }
  weights[largest] += rest;
}

/** Leaves out weights that are 0 before the first and after the last that is not: where nothing is scaled, all but one. */
function withoutZeros({ taps, first, weights }: AxisWeights, samples: number): AxisWeights {
  const start = first.slice();
  let most = 1;
  for (let i = first.length - 1; i >= 0; i--) {
    let from = i * taps;
    let to = from + taps;
    while (weights[from] === 0) from++;
    while (weights[to - 1] === 0) to--;
    // No later than the next one: what is read of the source starts at the first one's and ends with the last one's.
    start[i] = Math.min(first[i] + from - i * taps, start[i + 1] ?? samples);
    most = Math.max(most, first[i] + to - i * taps - start[i]);
  }
  const kept = new Int16Array(first.length * most);
  for (let i = 0; i < first.length; i++) {
    start[i] = Math.min(start[i], samples - most);
    const from = start[i] - first[i];
    for (let tap = 0; tap < most && from + tap < taps; tap++) {
      kept[i * most + tap] = weights[i * taps + from + tap];
    }
  }
  return { taps: most, first: start, weights: kept };
}

/**
 * The same for nearest neighbour: one sample each, the one that libvips takes. Where the factor is not whole, squares
 * differ by a pixel. To blend the seams instead makes them even, but blurs lines of one pixel, adds colours that the
 * artist did not choose, and frays along transparency.
 */
export function nearestWeights({ samples, origin, length, target }: Axis): AxisWeights {
  const first = Int32Array.from({ length: target }, (_, i) =>
    Math.min(Math.max(Math.floor(origin + (i * length) / target), 0), samples - 1),
  );
  return { taps: 1, first, weights: new Int16Array(target).fill(ONE) };
}
