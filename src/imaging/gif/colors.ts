import type { ImageBlock } from './blocks.ts';

/**
 * @param image whose local colour table is used where there is one
 * @param globalPalette 3 bytes a colour, or `null`
 * @returns 256 RGBA pixels, one for each index, in the byte order of every machine that runs JavaScript engines of today
 * (red in the lowest byte, alpha in the highest). What the colour table lacks is black, as in browsers; 0 is transparent.
 */
export function colorsOf(image: ImageBlock, globalPalette: Uint8Array | null): Int32Array {
  const palette = image.palette ?? globalPalette ?? new Uint8Array(0);
  const colors = new Int32Array(256).fill(0xff000000);
  for (let index = 0, at = 0; at < palette.length; index++, at += 3) {
    colors[index] = palette[at] | (palette[at + 1] << 8) | (palette[at + 2] << 16) | 0xff000000;
  }
  if (image.transparentIndex >= 0) colors[image.transparentIndex] = 0;
  return colors;
}
