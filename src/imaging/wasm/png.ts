import module from '#wasm/png.wasm';
import { LIMITS } from '../limits.ts';
import { InstancePool } from './instance-pool.ts';

/** What `assembly/png` exports; each function is described there. Numbers are addresses in `memory`, or counts. */
interface Exports {
  memory: WebAssembly.Memory;
  colourInput(): number;
  begin(longest: number, mostBlocks: number): void;
  beginRows(
    width: number,
    samples: number,
    sampleBits: number,
    hasTransparentColour: boolean,
    mostBlocks: number,
  ): void;
  startStream(): void;
  read(count: number): number;
  startPass(): void;
  nextRow(count: number): number;
}

const NOTHING = new Uint8Array(0);

/** Memory that most pictures do with; what takes more is very wide. */
const KEPT_BYTES = 4 * 2 ** 20;

const pool = new InstancePool(() => new PngInstance(), KEPT_BYTES);

/**
 * An instance of the PNG decoder: it inflates one zlib stream (RFC 1950, RFC 1951) at a time, piece by piece, in little
 * memory whatever the stream's size, and makes RGBA of the scanlines in it.
 *
 * Nothing is thrown: where the compressed bytes end early or break the rules, reading ends after the last byte that
 * could be inflated, as a truncated picture is to be shown as far as it goes. The checksum is not looked at.
 */
export class PngInstance {
  readonly #run: Exports;
  #parts: Iterator<Uint8Array> = [][Symbol.iterator]();
  /** What is left of the part that is being copied in. */
  #part: Uint8Array = NOTHING;

  constructor() {
    const stream = { readStream: (to: number, count: number) => this.#copyIn(this.#bytesAt(to, count)) };
    this.#run = new WebAssembly.Instance(module, { stream }).exports as unknown as Exports;
  }

  get memory(): WebAssembly.Memory {
    return this.#run.memory;
  }

  /**
   * @param longest the most bytes that will be asked for in one `read`
   * @returns an instance to inflate with
   */
  static forBytes(longest: number): PngInstance {
    const instance = pool.take();
    instance.#run.begin(longest, LIMITS.deflateBlocks);
    return instance;
  }

  /**
   * @param width pixels of the widest scanline
   * @param samples of a pixel
   * @param bitDepth bits of a sample
   * @param colours where a pixel is one sample of at most 8 bits, RGBA of every value; else the colour that is
   * transparent, 8 bytes that start as such a pixel is stored, or `null` for none
   * @returns an instance to decode scanlines with
   */
  static forRows(width: number, samples: number, bitDepth: number, colours: Uint8Array | null): PngInstance {
    const instance = pool.take();
    const run = instance.#run;
    if (colours !== null) instance.#bytesAt(run.colourInput(), colours.length).set(colours);
    const hasTransparentColour = samples * bitDepth > 8 && colours !== null;
    run.beginRows(width, samples, bitDepth, hasTransparentColour, LIMITS.deflateBlocks);
    return instance;
  }

  giveBack(): void {
    this.#parts = [][Symbol.iterator]();
    this.#part = NOTHING;
    pool.giveBack(this);
  }

  /**
   * Begins a stream.
   * @param parts its bytes, in as many parts as they come in
   */
  startStream(parts: Iterable<Uint8Array>): void {
    this.#parts = parts[Symbol.iterator]();
    this.#part = NOTHING;
    this.#run.startStream();
  }

  /**
   * Reads `count` bytes.
   * @returns them, good until the next call; `null` when the stream ends before
   */
  read(count: number): Uint8Array | null {
    const at = this.#run.read(count);
    return at === 0 ? null : this.#bytesAt(at, count);
  }

  /** Makes the next scanline the first of an image, or of a pass: there is nothing above it. */
  startPass(): void {
    this.#run.startPass();
  }

  /**
   * Decodes the next scanline.
   * @param count pixels
   * @returns straight RGBA, good until the next call; `null` where the stream ends before, or is damaged
   */
  nextRow(count: number): Uint8Array | null {
    const at = this.#run.nextRow(count);
    return at === 0 ? null : this.#bytesAt(at, 4 * count);
  }

  /** @returns how many bytes there were; as many as there is room for, unless the stream ends */
  #copyIn(room: Uint8Array): number {
    let filled = 0;
    while (filled < room.length) {
      if (this.#part.length === 0) {
        const next = this.#parts.next();
        if (next.done === true) break;
        this.#part = next.value;
      }
      const piece = this.#part.subarray(0, room.length - filled);
      room.set(piece, filled);
      filled += piece.length;
      this.#part = this.#part.subarray(piece.length);
    }
    return filled;
  }

  #bytesAt(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
}
