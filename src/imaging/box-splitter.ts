import type { Histogram } from './histogram.ts';

/** Some of the histogram's colours: a run of the splitter's order, and how best to split it. */
interface Box {
  from: number;
  to: number;
  /** Squared error that the best split takes away; 0 where there is none. */
  gain: number;
  /** Squared distance between the means of the two sides of that split. */
  distance: number;
  /** Bit position in a pixel of the channel that is split. */
  shift: number;
  /** Colours below this value of the channel go left. */
  cut: number;
}

/** Squared distance, over three channels, from which on nobody takes one colour for the other. */
export const VISIBLE = 400;

/**
 * Divides the colours of a picture into boxes of the colour cube, always where it takes away most squared error (after
 * Wu, 1991), and gives the mean of each.
 */
export class BoxSplitter {
  readonly #colours: Uint32Array;
  readonly #counts: Float64Array;
  /** Colour indices, so ordered that each box is a run. */
  readonly #order: Uint32Array;
  /** Per value of a channel: count, and sums of red, green and blue. */
  readonly #bins = new Float64Array(256 * 4);

  constructor(histogram: Histogram) {
    this.#colours = histogram.colours;
    this.#counts = histogram.counts;
    this.#order = Uint32Array.from({ length: histogram.size }, (_, i) => i);
  }

  /**
   * @param size most boxes
   * @param goodEnough mean squared error of a pixel, over three channels, at which to stop
   * @returns the means, 3 bytes each
   */
  split(size: number, goodEnough: number): Uint8Array {
    const boxes = [this.#box(0, this.#order.length)];
    let error = this.#totalError();
    const enough = goodEnough * this.#counts.subarray(0, this.#order.length).reduce((sum, count) => sum + count, 0);
    while (boxes.length < size) {
      const worst = error > enough ? highest(boxes, 'gain') : highest(boxes, 'distance');
      const { from, to, gain, distance, shift, cut } = boxes[worst];
      // On the whole it is good; what is rare, like a spot of another colour, must be seen as well.
      if (error <= enough && distance <= VISIBLE) break;
      if (gain === 0) break;
      error -= gain;
      const middle = this.#partition(from, to, shift, cut);
      boxes[worst] = this.#box(from, middle);
      boxes.push(this.#box(middle, to));
    }
    const palette = new Uint8Array(boxes.length * 3);
    for (const [i, box] of boxes.entries()) this.#mean(box, palette, i * 3);
    return palette;
  }

  /** Squared error of showing every pixel in the mean of all. */
  #totalError(): number {
    let [count, red, green, blue, squares] = [0, 0, 0, 0, 0];
    for (let i = 0; i < this.#order.length; i++) {
      const weight = this.#counts[i];
      const r = this.#colours[i] & 0xff;
      const g = (this.#colours[i] >>> 8) & 0xff;
      const b = (this.#colours[i] >>> 16) & 0xff;
      count += weight;
      red += weight * r;
      green += weight * g;
      blue += weight * b;
      squares += weight * (r * r + g * g + b * b);
    }
    return squares - (red * red + green * green + blue * blue) / count;
  }

  #box(from: number, to: number): Box {
    const box = { from, to, gain: 0, distance: 0, shift: 0, cut: 0 };
    if (to - from < 2) return box;
    for (const shift of [0, 8, 16]) this.#considerChannel(box, shift);
    return box;
  }

  /** Finds the cut of one channel that leaves the least squared error about the means of both sides. */
  #considerChannel(box: Box, shift: number): void {
    const bins = this.#bins;
    let low = 255;
    let high = 0;
    const total = { count: 0, red: 0, green: 0, blue: 0 };
    for (let i = box.from; i < box.to; i++) {
      const pixel = this.#colours[this.#order[i]];
      const count = this.#counts[this.#order[i]];
      const value = (pixel >>> shift) & 0xff;
      if (value < low) low = value;
      if (value > high) high = value;
      const r = count * (pixel & 0xff);
      const g = count * ((pixel >>> 8) & 0xff);
      const b = count * ((pixel >>> 16) & 0xff);
      bins[value * 4] += count;
      bins[value * 4 + 1] += r;
      bins[value * 4 + 2] += g;
      bins[value * 4 + 3] += b;
      total.count += count;
      total.red += r;
      total.green += g;
      total.blue += b;
    }
    const { count, red, green, blue } = total;
    const whole = (red * red + green * green + blue * blue) / count;
    let n = 0;
    let r = 0;
    let g = 0;
    let b = 0;
    for (let value = low; value < high; value++) {
      const bin = value * 4;
      if (bins[bin] === 0) continue;
      n += bins[bin];
      r += bins[bin + 1];
      g += bins[bin + 2];
      b += bins[bin + 3];
      const left = (r * r + g * g + b * b) / n;
      const right = ((red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2) / (count - n);
      const gain = left + right - whole;
      if (gain > box.gain) {
        box.gain = gain;
        box.distance = (gain * count) / (n * (count - n));
        box.shift = shift;
        box.cut = value + 1;
      }
    }
    bins.fill(0, low * 4, high * 4 + 4);
  }

  #partition(from: number, to: number, shift: number, cut: number): number {
    const order = this.#order;
    let left = from;
    let right = to - 1;
    while (left <= right) {
      const index = order[left];
      if (((this.#colours[index] >>> shift) & 0xff) < cut) left++;
      else {
        order[left] = order[right];
        order[right--] = index;
      }
    }
    return left;
  }

  #mean({ from, to }: Box, palette: Uint8Array, at: number): void {
    let count = 0;
    const sum = [0, 0, 0];
    for (let i = from; i < to; i++) {
      const pixel = this.#colours[this.#order[i]];
      const weight = this.#counts[this.#order[i]];
      count += weight;
      for (let k = 0; k < 3; k++) sum[k] += weight * ((pixel >>> (k * 8)) & 0xff);
    }
    for (let k = 0; k < 3; k++) palette[at + k] = Math.round(sum[k] / count);
  }
}

function highest(boxes: Box[], measure: 'gain' | 'distance'): number {
  let best = 0;
  for (let i = 1; i < boxes.length; i++) if (boxes[i][measure] > boxes[best][measure]) best = i;
  return best;
}
