/** Memory beyond which an instance is worth its place only as long as pictures of its format come. */
const GROWN_BYTES = 24 * 2 ** 20;

interface Keeper {
  drop(): void;
}

/** Which slot keeps an instance that has grown: WebAssembly memory never shrinks, and there is room for one. */
let grown: Keeper | null = null;

/** Leaves an instance that has grown to the garbage collector: what comes now does not need it, but may need its room. */
export function dropGrownInstance(): void {
  grown?.drop();
  grown = null;
}

/**
 * Keeps an instance of a decoder for the next picture, unless it failed: after a trap an instance cannot be trusted.
 *
 * One that has grown is kept, too: new ones pile up until the garbage collector comes, and take twice the time, since
 * each gets its memory page by page. It goes when another decoder grows, or is asked to (`dropGrownInstance`).
 */
export class InstanceSlot<T extends { readonly memory: WebAssembly.Memory }> implements Keeper {
  readonly #instantiate: () => Promise<T>;
  #kept: T | null = null;

  constructor(instantiate: () => Promise<T>) {
    this.#instantiate = instantiate;
  }

  /** @param work has the instance to itself until it is done */
  async use<R>(work: (instance: T) => R | Promise<R>): Promise<R> {
    if (grown !== this) dropGrownInstance();
    const kept = this.#kept;
    this.#kept = null;
    const instance = kept ?? (await this.#instantiate());
    const result = await work(instance);
    this.#kept = instance;
    if (instance.memory.buffer.byteLength > GROWN_BYTES) {
      if (grown !== this) dropGrownInstance();
      grown = this;
    }
    return result;
  }

  drop(): void {
    this.#kept = null;
  }
}
