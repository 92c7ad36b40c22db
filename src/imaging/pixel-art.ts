/** Below this factor pixels of one and of two canvas pixels would mix, and shapes would look bent. */
const SMALLEST_ENLARGEMENT = 2;
/** Drawn pixel by pixel from a small palette; smooth pictures of a few hundred pixels already have more. */
const MOST_COLOURS = 64;

/**
 * Whether a small picture is pixel art, whose pixels are to stay squares when it is enlarged: few colours, and no soft
 * edges.
 *
 * @param pixels 32-bit words of the unscaled picture, alpha in the high byte
 * @param enlargement canvas pixels for each of its pixels
 */
export function isPixelArt(pixels: Uint32Array, enlargement: number): boolean {
  if (enlargement < SMALLEST_ENLARGEMENT) return false;
  const colours = new Set<number>();
  for (const pixel of pixels) {
    const alpha = pixel >>> 24;
    if (alpha === 0) continue;
    if (alpha !== 255) return false;
    colours.add(pixel);
    if (colours.size > MOST_COLOURS) return false;
  }
  return true;
}
