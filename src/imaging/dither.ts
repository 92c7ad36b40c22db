import type { Palette } from './palette.ts';
import { beginKernel } from './wasm/kernels.ts';

/**
 * Finds palette colours for pixels by error diffusion (Floyd and Steinberg, 1976), every other row from right to left.
 *
 * @param pixels 32-bit words, red in the low byte; 0 is transparent
 * @param held 1 for a pixel that stays as it is: it is passed over, and takes and gives no error; `null` for none
 * @param indices takes a palette index for each pixel that is not held
 * @param shown takes what that index is seen as
 */
export function diffuseErrors(
  pixels: Uint32Array,
  width: number,
  palette: Palette,
  held: Uint8Array | null,
  indices: Uint8Array,
  shown: Uint32Array,
): void {
  const { colours, transparentIndex } = palette;
  const kernels = beginKernel();
  kernels.run.setPalette(kernels.put(colours), colours.length / 3);
  const result = kernels.put(indices);
  const seen = kernels.put(shown);
  kernels.run.diffuseErrors(
    kernels.put(pixels),
    width,
    pixels.length / width,
    kernels.put(held ?? new Uint8Array(pixels.length)),
    transparentIndex ?? 0,
    kernels.reserve(2 * (width + 2) * 16),
    kernels.put(palette.pixels),
    result,
    seen,
  );
  indices.set(kernels.bytes(result, indices.length));
  shown.set(kernels.words(seen, shown.length));
}
