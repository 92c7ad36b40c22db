/** Memory up to which an instance is worth keeping: what small pictures take. */
const MOST_KEPT_BYTES = 24 * 2 ** 20;

/**
 * Keeps an instance of a decoder for the next picture, unless it failed or its memory has grown.
 *
 * After a trap an instance cannot be trusted, and WebAssembly memory never shrinks: both are left to the garbage
 * collector. For small pictures a new instance each time would only pile up there.
 */
export class InstanceSlot<T extends { readonly memory: WebAssembly.Memory }> {
  readonly #instantiate: () => Promise<T>;
  #kept: T | null = null;

  constructor(instantiate: () => Promise<T>) {
    this.#instantiate = instantiate;
  }

  /** @param work has the instance to itself until it is done */
  async use<R>(work: (instance: T) => R | Promise<R>): Promise<R> {
    const kept = this.#kept;
    this.#kept = null;
    const instance = kept ?? (await this.#instantiate());
    const result = await work(instance);
    if (instance.memory.buffer.byteLength <= MOST_KEPT_BYTES) this.#kept = instance;
    return result;
  }
}
