/** Levels of a channel that share a cell of the grid. */
const CELL_BITS = 4;
const CELLS_A_SIDE = 256 >> CELL_BITS;

/**
 * Finds the colour of a palette that is nearest to another. Exact: each cell of a grid over the colour cube lists the
 * few palette colours that can be nearest to anything in it. Cells are filled when first asked for.
 */
export class NearestColour {
  readonly #palette: Uint8Array;
  /** Where each cell's list starts in `#lists`: first its length, then indices; −1 for a cell not asked for yet. */
  readonly #cells = new Int32Array(CELLS_A_SIDE ** 3).fill(-1);
  #lists = new Uint16Array(4096);
  #used = 0;
  /** Of each palette colour, the squared distance to the cell that is being filled. */
  readonly #closest: Float64Array;

  /** @param palette 3 bytes a colour, 1 to 256 colours */
  constructor(palette: Uint8Array) {
    this.#palette = palette;
    this.#closest = new Float64Array(palette.length / 3);
  }

  /** @returns the index of the palette colour with the smallest squared distance; channels are whole, 0–255 */
  find(red: number, green: number, blue: number): number {
    const cell = ((red >> CELL_BITS) * CELLS_A_SIDE + (green >> CELL_BITS)) * CELLS_A_SIDE + (blue >> CELL_BITS);
    let at = this.#cells[cell];
    if (at < 0) at = this.#fill(cell, red, green, blue);
    const palette = this.#palette;
    const lists = this.#lists;
    const end = at + lists[at];
    let best = lists[at + 1];
    if (end === at + 1) return best;
    let least = Number.POSITIVE_INFINITY;
    for (let i = at + 1; i <= end; i++) {
      const candidate = lists[i] * 3;
      const dr = palette[candidate] - red;
      const dg = palette[candidate + 1] - green;
      const db = palette[candidate + 2] - blue;
      const distance = dr * dr + dg * dg + db * db;
      if (distance < least) {
        least = distance;
        best = lists[i];
      }
    }
    return best;
  }

  /** Lists the colours whose nearest point of the cell is no farther than the nearest colour's farthest. */
  #fill(cell: number, red: number, green: number, blue: number): number {
    const palette = this.#palette;
    const closest = this.#closest;
    const colours = closest.length;
    const mask = -1 << CELL_BITS;
    const half = ((1 << CELL_BITS) - 1) / 2;
    const middleRed = (red & mask) + half;
    const middleGreen = (green & mask) + half;
    const middleBlue = (blue & mask) + half;
    let bound = Number.POSITIVE_INFINITY;
    for (let i = 0, at = 0; i < colours; i++, at += 3) {
      const dr = Math.abs(palette[at] - middleRed);
      const dg = Math.abs(palette[at + 1] - middleGreen);
      const db = Math.abs(palette[at + 2] - middleBlue);
      const farthest = (dr + half) ** 2 + (dg + half) ** 2 + (db + half) ** 2;
      if (farthest < bound) bound = farthest;
      const nr = dr > half ? dr - half : 0;
      const ng = dg > half ? dg - half : 0;
      const nb = db > half ? db - half : 0;
      closest[i] = nr * nr + ng * ng + nb * nb;
    }
    if (this.#used + colours + 1 > this.#lists.length) {
      const longer = new Uint16Array(this.#lists.length * 2);
      longer.set(this.#lists);
      this.#lists = longer;
    }
    const lists = this.#lists;
    const start = this.#used;
    let end = start;
    for (let i = 0; i < colours; i++) if (closest[i] <= bound) lists[++end] = i;
    lists[start] = end - start;
    this.#used = end + 1;
    this.#cells[cell] = start;
    return start;
  }
}
