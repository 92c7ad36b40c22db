import type { CanvasFrame } from '../quantise.ts';

/** What a pixel counts that is seen in one frame and not in the other: as one that is halfway between black and white. */
const SEEN_OR_NOT = 3 * 128 ** 2;

/**
 * Leaves out the frames that are missed least, each shown by the one before it for its time: always the one that
 * differs least from that, for as long as it was to be seen. The first one stays.
 *
 * @param wanted how many are to be left, 1 at least
 */
export function dropFrames(frames: CanvasFrame[], wanted: number): CanvasFrame[] {
  const kept = frames.map((frame, i) => ({
    ...frame,
    change: i === 0 ? Number.POSITIVE_INFINITY : difference(frames[i - 1], frame),
  }));
  const costOf = (i: number) => kept[i].change * kept[i].delay;
  while (kept.length > wanted) {
    let least = kept.length - 1;
    for (let i = least - 1; i > 0; i--) if (costOf(i) < costOf(least)) least = i;
    const [dropped] = kept.splice(least, 1);
    kept[least - 1].delay += dropped.delay;
    // Before, the next one followed what is gone now.
    if (least < kept.length) kept[least].change = difference(kept[least - 1], kept[least]);
  }
  return kept.map(({ pixels, delay }) => ({ pixels, delay }));
}

/** How much changes from a frame to the next. */
function difference(before: CanvasFrame, { pixels }: CanvasFrame): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i++) {
    const one = before.pixels[i];
    const other = pixels[i];
    if (one === other) continue;
    if (one === 0 || other === 0) sum += SEEN_OR_NOT;
    else {
      const red = (one & 255) - (other & 255);
      const green = ((one >> 8) & 255) - ((other >> 8) & 255);
      const blue = ((one >> 16) & 255) - ((other >> 16) & 255);
      sum += red * red + green * green + blue * blue;
    }
  }
  return sum;
}
