import { allocate } from '../memory';

/** Columns to the left of a plane's first pixel; the last one is the border of 129s. */
const LEFT: usize = 16;
/** Columns to the right: the row above continues there for the rightmost subblocks. */
const RIGHT: usize = 16;

/** Three rows of macroblocks of one plane (vp8-frame.ts). */
@unmanaged
export class Plane {
  pixels: usize;
  stride: usize;
  /** Rows of a macroblock: 16 for luma, 8 for chroma. */
  size: usize;

  layOut(size: usize, macroblocksPerRow: usize): void {
    const stride = LEFT + size * macroblocksPerRow + RIGHT;
    const pixels = allocate(3 * size * stride);
    this.size = size;
    this.stride = stride;
    this.pixels = pixels;
    // Section 12.2: 129 to the left of the picture, 127 above it, its corner included.
    for (let row: usize = 0; row < 3 * size; row++) store<u8>(pixels + row * stride + LEFT - 1, 129);
    memory.fill(pixels + (2 * size - 1) * stride, 127, stride);
  }

  /** Offset of a macroblock's first pixel. @param row 0 to 2, the newest last */
  offset(row: usize, column: usize): usize {
    return row * this.size * this.stride + LEFT + column * this.size;
  }

  /** Offset of the first pixel of a row of the picture. @param newestRow the macroblock row at 2 */
  rowOffset(y: i32, newestRow: i32): usize {
    return LEFT + <usize>(y - (newestRow - 2) * <i32>this.size) * this.stride;
  }

  /** Makes room for the next row of macroblocks. */
  advance(): void {
    const macroblockRow = this.size * this.stride;
    memory.copy(this.pixels, this.pixels + macroblockRow, 2 * macroblockRow);
    const end = this.pixels + 2 * macroblockRow - RIGHT;
    memory.fill(end, load<u8>(end - 1), RIGHT);
  }
}
