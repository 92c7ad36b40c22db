/** Browsers play what asks for 10 ms or less at this pace. */
const SLOW_DELAY = 100;
const FASTEST_ASKED = 10;
/** The shortest delay that players keep. */
const SHORTEST = 20;
/** A GIF counts time in hundredths of a second, and has 16 bits for a frame's. */
export const TICK = 10;
export const LONGEST = 65535 * TICK;

/**
 * Fits frame delays to what a GIF can say: whole hundredths of a second, at least two. What rounding takes from one
 * frame it gives to the next, so that the animation as a whole keeps its time; a frame for which no time is left is
 * passed over.
 */
export class FrameClock {
  /** Milliseconds that are owed to the frames that come. */
  #owed = 0;

  /**
   * @param delay milliseconds, as the source says
   * @returns milliseconds to show the frame for: a multiple of 10, also more than a frame can say; 0 to pass over it
   */
  next(delay: number): number {
    const due = (delay <= FASTEST_ASKED ? SLOW_DELAY : delay) + this.#owed;
    const shown = due < TICK ? 0 : Math.max(SHORTEST, Math.round(due / TICK) * TICK);
    this.#owed = due - shown;
    return shown;
  }
}
