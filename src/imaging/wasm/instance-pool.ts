const MOST_KEPT = 4;

/**
 * Instances of a module of `assembly/`, each of which a decoder has to itself for as long as it decodes: several may be
 * at work, one picture in another, or side by side.
 */
export class InstancePool<T extends { readonly memory: WebAssembly.Memory }> {
  readonly #instantiate: () => T;
  readonly #mostBytes: number;
  readonly #kept: T[] = [];

  /** @param mostBytes of memory: an instance that has grown larger is not kept, since its memory never shrinks */
  constructor(instantiate: () => T, mostBytes: number) {
    this.#instantiate = instantiate;
    this.#mostBytes = mostBytes;
  }

  /** @returns an instance in any state; one that is never given back, after an error say, is left to the garbage collector */
  take(): T {
    return this.#kept.pop() ?? this.#instantiate();
  }

  giveBack(instance: T): void {
    if (this.#kept.length < MOST_KEPT && instance.memory.buffer.byteLength <= this.#mostBytes)
      this.#kept.push(instance);
  }
}
