import { type BoxShrink, SharedBoxes } from './box-shrink.ts';
import type { Window } from './geometry.ts';
import type { Rect } from './image.ts';
import { type Axis, type AxisWeights, axisWeights, CATMULL_ROM, LANCZOS3, nearestWeights } from './kernel.ts';
import { PixelArtDetector } from './pixel-art.ts';
import { affected, resample } from './resample.ts';

interface Size {
  width: number;
  height: number;
}

/** Boxes leave the kernel at least so many samples for each target pixel. */
const BOX_OVERSAMPLING = 2;

/**
 * Scales pictures whose rows come in any order, in memory that depends on the target alone: whole boxes are averaged
 * down to two to three times the target as rows come, and a separable kernel does the rest at the end. One scaler
 * serves all frames of an animation and works again only on what changed.
 */
export class Scaler {
  readonly width: number;
  readonly height: number;
  /** The result: premultiplied RGBA in 32-bit words, red in the low byte, row by row. */
  readonly pixels: Uint32Array;
  readonly #boxes: BoxShrink;
  /** The window on the boxes. */
  readonly #x: Axis;
  readonly #y: Axis;
  readonly #detector: PixelArtDetector;
  #isPixelArt = false;
  #weights: { x: AxisWeights; y: AxisWeights };
  #dirty: Rect = { left: 0, top: 0, width: 0, height: 0 };

  /**
   * @param source pixels of the frames that will come
   * @param window the part of them that becomes the target
   * @param shared the boxes of all scalers of the same frames, of which some may lay the same
   */
  constructor(source: Size, window: Window, target: Size, shared: SharedBoxes = new SharedBoxes()) {
    this.width = target.width;
    this.height = target.height;
    this.pixels = new Uint32Array(target.width * target.height);
    const horizontal = cover(source.width, window.left, window.width, target.width);
    const vertical = cover(source.height, window.top, window.height, target.height);
    this.#boxes = shared.lay(
      { left: horizontal.start, top: vertical.start, width: horizontal.length, height: vertical.length },
      { width: horizontal.box, height: vertical.box },
    );
    this.#x = { ...horizontal.axis, samples: this.#boxes.columns };
    this.#y = { ...vertical.axis, samples: this.#boxes.rows };
    this.#detector = new PixelArtDetector(Math.min(target.width / window.width, target.height / window.height));
    this.#weights = this.#chooseWeights();
    this.row = this.#boxes.row;
  }

  /** Takes a row of the frame; a `RowSink`. */
  readonly row: BoxShrink['row'];

  /**
   * Starts a frame.
   *
   * @param changed the source pixels that may differ from the frame before; `null` for all
   */
  begin(changed: Rect | null): void {
    this.#dirty = this.#boxes.begin(changed);
  }

  /**
   * Ends the frame. Pixels that did not come are transparent.
   *
   * @returns the part of `pixels` that may have changed
   */
  end(): Rect {
    this.#boxes.end();
    const isPixelArt = this.#detector.look(this.#boxes.means);
    if (isPixelArt !== this.#isPixelArt) {
      this.#isPixelArt = isPixelArt;
      this.#weights = this.#chooseWeights();
      this.#dirty = { left: 0, top: 0, width: this.#boxes.columns, height: this.#boxes.rows };
    }
    const { x, y } = this.#weights;
    const { left, top, width, height } = this.#dirty;
    const across = affected(x, left, left + width);
    const down = affected(y, top, top + height);
    const { means, columns } = this.#boxes;
    resample({ pixels: means, width: columns }, this, x, y, across, down);
    return { left: across.from, top: down.from, width: across.to - across.from, height: down.to - down.from };
  }

  #chooseWeights(): { x: AxisWeights; y: AxisWeights } {
    const along = (axis: Axis) => {
      if (this.#isPixelArt) return nearestWeights(axis);
      return axisWeights(axis.length < axis.target ? CATMULL_ROM : LANCZOS3, axis);
    };
    const x = along(this.#x);
    return { x, y: areEqual(this.#x, this.#y) ? x : along(this.#y) };
  }
}

function areEqual(one: Axis, other: Axis): boolean {
  const { samples, origin, length, target } = other;
  return one.samples === samples && one.origin === origin && one.length === length && one.target === target;
}

/** Lays boxes over one axis: over the window, and what the kernel reaches of its surroundings. */
function cover(
  source: number,
  origin: number,
  length: number,
  target: number,
): { start: number; length: number; box: number; axis: Omit<Axis, 'samples'> } {
  const scale = length / target;
  const box = Math.max(1, Math.floor(scale / BOX_OVERSAMPLING));
  const margin = LANCZOS3.support * Math.max(1, scale);
  const start = Math.max(0, Math.floor(origin - margin));
  const end = Math.min(source, Math.ceil(origin + length + margin));
  return { start, length: end - start, box, axis: { origin: (origin - start) / box, length: length / box, target } };
}
