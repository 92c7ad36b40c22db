import { allocate } from '../jpeg/memory';

/** Columns to the left of a plane's first pixel; the last one is the border of 129s. */
const LEFT = 4;
/** Columns to the right: the row above continues there for the rightmost subblocks. */
const RIGHT = 4;

/**
 * Three rows of macroblocks of one plane. Prediction needs the row above before the loop filter changes it, so that the
 * filter runs one row behind; it changes up to three pixel rows of the row above its own, so that pixels are final one
 * more row behind.
 */
@unmanaged
export class Plane {
  pixels: usize;
  stride: i32;
  /** Rows of a macroblock: 16 for luma, 8 for chroma. */
  size: i32;
  /** Of the macroblocks. */
  width: i32;

  /** Address of a macroblock's first pixel. @param row 0 to 2, the newest last */
  at(row: i32, column: i32): usize {
    return this.pixels + row * this.size * this.stride + LEFT + column * this.size;
  }

  /** Address of the first pixel of a row of the picture. @param newestRow the macroblock row at 2 */
  row(y: i32, newestRow: i32): usize {
    return this.pixels + LEFT + (y - (newestRow - 2) * this.size) * this.stride;
  }

  /** Makes room for the next row of macroblocks. */
  advance(): void {
    const bytes = this.size * this.stride;
    memory.copy(this.pixels, this.pixels + bytes, 2 * bytes);
    const end = this.at(2, 0) - this.stride + this.width;
    memory.fill(end, load<u8>(end - 1), RIGHT);
  }
}

export function newPlane(size: i32, macroblocksPerRow: i32): Plane {
  const plane = changetype<Plane>(allocate(offsetof<Plane>()));
  plane.size = size;
  plane.width = size * macroblocksPerRow;
  plane.stride = LEFT + plane.width + RIGHT;
  const rows = 3 * size;
  plane.pixels = allocate(rows * plane.stride);
  // Section 12.2: 129 to the left of the picture, 127 above it, its corner included.
  for (let row = 0; row < rows; row++) store<u8>(plane.pixels + row * plane.stride + LEFT - 1, 129);
  memory.fill(plane.at(2, 0) - plane.stride - LEFT, 127, plane.stride);
  return plane;
}
