import module from '#wasm/kernels.wasm';

/** What `assembly/` exports; each function is described there. Numbers are addresses in `memory`, or counts. */
interface Exports {
  memory: WebAssembly.Memory;
  heapBase(): number;
  addRows(pixels: number, rows: number, count: number, first: number, width: number, sums: number): void;
  average(sums: number, count: number, share: number, lastShare: number, means: number): void;
  premultiply(pixels: number, width: number, height: number, stride: number): void;
  diffuseErrors(
    pixels: number,
    width: number,
    height: number,
    held: number,
    transparentIndex: number,
    errors: number,
    colours: number,
    indices: number,
    shown: number,
  ): void;
  straighten(pixels: number, stride: number, width: number, height: number, straight: number): number;
  flatten(
    pixels: number,
    width: number,
    height: number,
    left: number,
    top: number,
    right: number,
    bottom: number,
    straight: number,
    matte: number,
    background: number,
    strongest: number,
  ): void;
  markEqual(one: number, two: number, count: number, marks: number): void;
  erases(before: number, now: number, count: number): number;
  holdEqual(wanted: number, before: number, base: number, count: number): void;
  holdUnseen(wanted: number, base: number, count: number, mostDistance: number): void;
  fingerprint(pixels: number, count: number): number;
  differ(one: number, two: number, size: number, rect: number): number;
  planFrame(base: number, current: number, next: number, size: number, room: number, rect: number): number;
  cut(
    indices: number,
    base: number,
    pixels: number,
    size: number,
    transparentIndex: number,
    rect: number,
    target: number,
  ): void;
  paint(indices: number, rect: number, colours: number, transparentIndex: number, pixels: number, size: number): void;
  startHistogram(odd: number): void;
  countColours(pixels: number, count: number, passedOver: number): void;
  histogramColours(): number;
  histogramCounts(): number;
  histogramSize(): number;
  histogramHasTransparency(): number;
  codeSizeFor(indices: number, count: number): number;
  encodeLzw(
    indices: number,
    count: number,
    minimumCodeSize: number,
    starts: number,
    others: number,
    packed: number,
  ): number;
  listAlike(pixels: number, count: number, passedOver: number, most: number, starts: number, others: number): void;
  errorOf(colours: number, counts: number, size: number, indices: number, palette: number, visible: number): number;
  moveToMeans(colours: number, counts: number, size: number, indices: number, palette: number): void;
  lzwInput(): number;
  lzwWindow(): number;
  lzwFilled(): number;
  startLzw(minimumCodeSize: number): void;
  compactLzwInput(): number;
  takeLzw(count: number): void;
  decodeLzw(inputBytes: number, wanted: number): number;
  setPalette(palette: number, colours: number): void;
  findNearest(colours: number, count: number, indices: number): void;
  filterScanlines(
    pixels: number,
    width: number,
    height: number,
    channels: number,
    room: number,
    scanlines: number,
  ): void;
  resample(
    source: number,
    stride: number,
    left: number,
    right: number,
    xTaps: number,
    xFirst: number,
    xWeights: number,
    width: number,
    yTaps: number,
    yFirst: number,
    yWeights: number,
    height: number,
    bits: number,
    row: number,
    target: number,
  ): void;
  splitColours(
    pixels: number,
    counts: number,
    size: number,
    most: number,
    goodEnough: number,
    visible: number,
    room: number,
    palette: number,
  ): number;
}

const ALIGNMENT = 16;
/** Kernels load and store whole vectors, and may reach so far beyond the end of what they were given. */
const SLACK = 16;
const PAGE_BYTES = 65_536;

/**
 * The innermost loops in WebAssembly: they use SIMD, and run fast from the first call on, which JavaScript does not.
 *
 * All share one memory, in which nothing is kept from call to call: whoever calls one begins, lays down what it needs
 * and takes the result, all without waiting for anything between.
 */
export class Kernels {
  readonly run: Exports;
  readonly #base: number;
  #next = 0;
  /** The memory, until it grows: to ask for it takes its time. */
  #buffer: ArrayBuffer;

  constructor() {
    this.run = new WebAssembly.Instance(module).exports as unknown as Exports;
    this.#buffer = this.run.memory.buffer;
    this.#base = this.run.heapBase();
  }

  /** Forgets all that was laid down. */
  begin(): this {
    this.#next = this.#base;
    return this;
  }

  /** @returns the address of so many bytes, with anything in them */
  reserve(bytes: number): number {
    const at = (this.#next + ALIGNMENT - 1) & -ALIGNMENT;
    this.#next = at + bytes + SLACK;
    const missing = this.#next - this.#buffer.byteLength;
    if (missing > 0) {
      this.run.memory.grow(Math.ceil(missing / PAGE_BYTES));
      this.#buffer = this.run.memory.buffer;
    }
    return at;
  }

  /** @returns the address of a copy */
  put({ buffer, byteOffset, byteLength }: ArrayBufferView): number {
    const at = this.reserve(byteLength);
    this.bytes(at, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
    return at;
  }

  /** What is at an address, until something else is laid down. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer, address, length);
  }

  /** @param length in words of 32 bits */
  words(address: number, length: number): Uint32Array {
    return new Uint32Array(this.#buffer, address, length);
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#buffer, address, length);
  }
}

let kernels: Kernels | null = null;

/** @returns the kernels, with nothing laid down */
export function beginKernel(): Kernels {
  kernels ??= new Kernels();
  return kernels.begin();
}
