import module from '#wasm/webp.wasm';
import { corrupt } from '../errors.ts';
import { InstancePool } from './instance-pool.ts';

/** What `assembly/webp` exports; each function is described there. Numbers are addresses in `memory`, or counts. */
interface Exports {
  memory: WebAssembly.Memory;
  startFrame(width: number, height: number): number;
  alphaRow(): number;
  decodeMacroblockRow(): number;
  rgbaRow(y: number): number;
  reducedRgbaRow(y: number, factor: number): number;
  startLossless(width: number, height: number, mostEntries: number): void;
  nextLosslessRgbaRow(isOpaque: boolean): number;
  startAlpha(width: number, height: number, isLossless: boolean, filter: number, mostEntries: number): void;
  nextAlphaRow(): number;
}

/** By the numbers of `assembly/webp/failure.ts`. */
const FAILURES: ((found: number, expected: number) => string)[] = [
  (found) => `lossless transform ${found} comes twice`,
  (found, expected) => `a colour cache of 1 to ${expected} bits was expected; found ${found}`,
  (found, expected) => `the lossless data ends in prefix code group ${found} of ${expected}`,
  (found, expected) => `a lossless subimage ends in row ${found} of ${expected}`,
  (found, expected) => `a prefix code of ${expected} symbols names symbol ${found}`,
  (found, expected) => `${found} code lengths are given for ${expected} symbols`,
  (found, expected) => `code lengths for ${found} symbols of ${expected} are given`,
  (found, expected) => `a prefix code of ${expected} symbols uses ${found}/32768 of its code space`,
  (_, expected) => `prefix codes take more than ${expected} table entries`,
];

function fail(reason: number, found: number, expected: number): never {
  throw corrupt('WebP', FAILURES[reason](found, expected));
}

/** Memory that nearly all pictures do with: a lossless one of a megapixel or more takes 6 MB. */
const KEPT_BYTES = 8 * 2 ** 20;

const pool = new InstancePool(() => new WebpInstance(), KEPT_BYTES);

/** An instance of the WebP decoder: it decodes one image at a time. */
export class WebpInstance {
  readonly run: Exports;
  readonly memory: WebAssembly.Memory;
  /** What is left to read of each stream. */
  #streams: Uint8Array[] = [];

  constructor() {
    const input = { read: (stream: number, to: number, most: number) => this.#read(stream, to, most) };
    this.run = new WebAssembly.Instance(module, { input, failure: { fail } }).exports as unknown as Exports;
    this.memory = this.run.memory;
  }

  /** @returns an instance to read the streams */
  static take(...streams: Uint8Array[]): WebpInstance {
    const instance = pool.take();
    instance.#streams = streams;
    return instance;
  }

  addStreams(streams: Uint8Array[]): void {
    this.#streams.push(...streams);
  }

  giveBack(): void {
    this.#streams = [];
    pool.giveBack(this);
  }

  bytesAt(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  #read(stream: number, to: number, most: number): number {
    const left = this.#streams[stream];
    const bytes = left.subarray(0, most);
    this.#streams[stream] = left.subarray(bytes.length);
    this.bytesAt(to, bytes.length).set(bytes);
    return bytes.length;
  }
}
