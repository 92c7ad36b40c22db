const CHUNK = 64 * 1024;

/** A text that is added to, kept as UTF-8: a long one of many short strings takes several times as much. */
export class GrowingText {
  readonly #chunks: Uint8Array[] = [];
  #pending = '';
  #bytes = 0;

  add(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= CHUNK) this.#encode();
  }

  /** Size of all of it. */
  get bytes(): number {
    this.#encode();
    return this.#bytes;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    this.#encode();
    yield* this.#chunks;
  }

  #encode(): void {
    if (this.#pending === '') return;
    const chunk = new TextEncoder().encode(this.#pending);
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    this.#pending = '';
  }
}
