/** Below this factor pixels of one and of two canvas pixels would mix, and shapes would look bent. */
const SMALLEST_ENLARGEMENT = 2;
/** Drawn pixel by pixel from a small palette; smooth pictures of a few hundred pixels already have more. */
const MOST_COLOURS = 64;
/** A later frame of pixel art may have more of them, but not as many as a picture that was faded in has. */
const MOST_COLOURS_LATER = 128;

/**
 * Whether a small picture is pixel art, whose pixels are to stay squares when it is enlarged: few colours, and no soft
 * edges. Of an animation every frame is looked at: one that is blank says nothing, and what looks like pixel art at
 * first, like a picture that is faded in, may not do so later. What is once smooth stays so.
 */
export class PixelArtDetector {
  #isPixelArt: boolean | null = null;

  /** @param enlargement canvas pixels for each pixel of the picture */
  constructor(enlargement: number) {
    if (enlargement < SMALLEST_ENLARGEMENT) this.#isPixelArt = false;
  }

  /**
   * Looks at the next frame.
   *
   * @param pixels 32-bit words of the unscaled picture, alpha in the high byte
   * @returns whether it is pixel art, by all that was seen of it
   */
  look(pixels: Uint32Array): boolean {
    if (this.#isPixelArt === false) return false;
    const isFirst = this.#isPixelArt === null;
    if (isFirst && pixels.every((pixel) => pixel === pixels[0])) return false;
    this.#isPixelArt = isFirst
      ? hasFewColours(pixels, MOST_COLOURS) && !hasSoftEdges(pixels)
      : hasFewColours(pixels, MOST_COLOURS_LATER);
    return this.#isPixelArt;
  }
}

function hasFewColours(pixels: Uint32Array, most: number): boolean {
  const colours = new Set<number>();
  for (const pixel of pixels) {
    colours.add(pixel);
    if (colours.size > most) return false;
  }
  return true;
}

function hasSoftEdges(pixels: Uint32Array): boolean {
  return pixels.some((pixel) => pixel >>> 24 !== 0 && pixel >>> 24 !== 255);
}
