import type { Palette } from './palette.ts';

/** Share of a pixel's error that its neighbours make good: with all of it, noise spreads into flat areas. */
const DIFFUSED = 0.6;
/** Squared distance up to which a palette colour is as good as the colour itself, and nothing is to be made good. */
const UNSEEN = 6;

/**
 * Finds palette colours for pixels by error diffusion (Floyd and Steinberg, 1976), every other row from right to left.
 *
 * @param pixels 32-bit words, red in the low byte; 0 is transparent
 * @param held 1 for a pixel that stays as it is: it is passed over, and takes and gives no error; `null` for none
 * @param indices takes a palette index for each pixel that is not held
 */
export function diffuseErrors(
  pixels: Uint32Array,
  width: number,
  palette: Palette,
  held: Uint8Array | null,
  indices: Uint8Array,
): void {
  const { table, nearest } = palette;
  const transparentIndex = palette.transparentIndex ?? 0;
  // Errors of this row and the next, three channels a pixel, with a pixel to spare on both sides.
  let here = new Float32Array((width + 2) * 3);
  let below = new Float32Array((width + 2) * 3);
  // What is shown as it is, without error to pass on: most of a flat area.
  let flatPixel = 0;
  let flatIndex = transparentIndex;
  for (let row = 0, step = 1; row < pixels.length; row += width, step = -step) {
    below.fill(0);
    for (let i = 0, x = step > 0 ? 0 : width - 1; i < width; i++, x += step) {
      if (held !== null && held[row + x] === 1) continue;
      const pixel = pixels[row + x];
      if (pixel === 0) {
        indices[row + x] = transparentIndex;
        continue;
      }
      const at = (x + 1) * 3;
      const isClean = here[at] === 0 && here[at + 1] === 0 && here[at + 2] === 0;
      if (isClean && pixel === flatPixel) {
        indices[row + x] = flatIndex;
        continue;
      }
      const red = within((pixel & 0xff) + here[at]);
      const green = within(((pixel >>> 8) & 0xff) + here[at + 1]);
      const blue = within(((pixel >>> 16) & 0xff) + here[at + 2]);
      const index = nearest.find((red + 0.5) | 0, (green + 0.5) | 0, (blue + 0.5) | 0);
      indices[row + x] = index;
      const er = red - table[index * 3];
      const eg = green - table[index * 3 + 1];
      const eb = blue - table[index * 3 + 2];
      if (er * er + eg * eg + eb * eb <= UNSEEN) {
        if (isClean) {
          flatPixel = pixel;
          flatIndex = index;
        }
        continue;
      }
      const ahead = at + step * 3;
      const behind = at - step * 3;
      spread(here, ahead, er, eg, eb, (DIFFUSED * 7) / 16);
      spread(below, behind, er, eg, eb, (DIFFUSED * 3) / 16);
      spread(below, at, er, eg, eb, (DIFFUSED * 5) / 16);
      spread(below, ahead, er, eg, eb, (DIFFUSED * 1) / 16);
    }
    [here, below] = [below, here];
  }
}

function spread(errors: Float32Array, at: number, red: number, green: number, blue: number, share: number): void {
  errors[at] += red * share;
  errors[at + 1] += green * share;
  errors[at + 2] += blue * share;
}

function within(value: number): number {
  return Math.min(Math.max(value, 0), 255);
}
