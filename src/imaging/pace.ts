/** About 20 ms of work, in the units of `spend`. */
const BETWEEN_PAUSES = 2_000_000;

/**
 * Keeps a long render from holding up what shares its thread. It goes by the work done: Workers stop the clock while a
 * request computes.
 */
export class Pace {
  #spent = 0;

  /** @param work in source pixels, or what takes as long as so many */
  async spend(work: number): Promise<void> {
    this.#spent += work;
    if (this.#spent < BETWEEN_PAUSES) return;
    this.#spent = 0;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
