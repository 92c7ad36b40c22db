/**
 * Turns premultiplied colours into straight ones, in place.
 *
 * @param rgba 8 bits a channel
 */
export function divideByAlpha(rgba: Uint8Array): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3];
    if (alpha === 255 || alpha === 0) continue;
    for (let channel = i; channel < i + 3; channel++) {
      rgba[channel] = Math.min(255, (rgba[channel] * 255 + (alpha >> 1)) / alpha);
    }
  }
}
