import { beginKernel } from './wasm/kernels.ts';

/** How often each colour comes: exactly up to 16,384 colours; beyond that, colours that are close are one. */
export class Histogram {
  /** Distinct colours, as pixels; the first one met stands for those that are one with it. */
  readonly colours: Uint32Array;
  /** How often each came. */
  readonly counts: Uint32Array;
  readonly hasTransparency: boolean;

  /**
   * @param frames 32-bit words, red in the low byte; 0 is transparent
   * @param passedOver 1 for each pixel of every frame that is not to be counted; `null` to count all
   */
  constructor(frames: Uint32Array[], passedOver: Uint8Array | null = null) {
    const kernels = beginKernel();
    const { run } = kernels;
    const held = passedOver === null ? 0 : kernels.put(passedOver);
    const room = kernels.reserve(Math.max(0, ...frames.map(({ byteLength }) => byteLength)));
    run.startHistogram((Math.random() * 2 ** 32) | 1);
    for (const frame of frames) {
      kernels.words(room, frame.length).set(frame);
      run.countColours(room, frame.length, held);
    }
    this.colours = kernels.words(run.histogramColours(), run.histogramSize()).slice();
    this.counts = kernels.words(run.histogramCounts(), run.histogramSize()).slice();
    this.hasTransparency = run.histogramHasTransparency() !== 0;
  }
}
