import module from '#wasm/vp8l.wasm';
import { corrupt } from '../errors.ts';
import { InstancePool } from './instance-pool.ts';

/** What `assembly/vp8l` exports; each function is described there. Numbers are addresses in `memory`, or counts. */
interface Exports {
  memory: WebAssembly.Memory;
  begin(dataLength: number, width: number, height: number, mostEntries: number): number;
  nextRow(): number;
  toRgba(opaque: number): void;
}

/** What can be wrong with a picture, as `assembly/vp8l/file.ts` numbers it. */
const FAULTS: ((found: number, expected: number) => string)[] = [
  (transform) => `lossless transform ${transform} comes twice`,
  (found, most) => `a colour cache of 1 to ${most} bits was expected; found ${found}`,
  (group, groups) => `the lossless data ends in prefix code group ${group} of ${groups}`,
  (row, rows) => `a lossless subimage ends in row ${row} of ${rows}`,
  (symbol, alphabet) => `a prefix code of ${alphabet} symbols names symbol ${symbol}`,
  (lengths, symbols) => `${lengths} code lengths are given for ${symbols} symbols`,
  (lengths, symbols) => `code lengths for ${lengths} symbols of ${symbols} are given`,
  (symbols, used) => `a prefix code of ${symbols} symbols uses ${used}/32768 of its code space`,
  (_, most) => `prefix codes take more than ${most} table entries`,
];

const NO_DATA = new Uint8Array(0);

/** Memory that all pictures do with but those of millions of prefix codes. */
const KEPT_BYTES = 8 * 2 ** 20;

const pool = new InstancePool(() => new Vp8lInstance(), KEPT_BYTES);

/** An instance of the lossless decoder: it decodes one picture at a time. */
export class Vp8lInstance {
  readonly run: Exports;
  readonly memory: WebAssembly.Memory;
  #data: Uint8Array = NO_DATA;

  constructor() {
    const file = {
      read: (at: number, to: number, count: number) =>
        new Uint8Array(this.memory.buffer, to, count).set(this.#data.subarray(at, at + count)),
      refuse: (fault: number, found: number, expected: number) => {
        throw corrupt('WebP', FAULTS[fault](found, expected));
      },
    };
    this.run = new WebAssembly.Instance(module, { file }).exports as unknown as Exports;
    this.memory = this.run.memory;
  }

  /** @returns an instance to read the data */
  static take(data: Uint8Array): Vp8lInstance {
    const instance = pool.take();
    instance.#data = data;
    return instance;
  }

  giveBack(): void {
    this.#data = NO_DATA;
    pool.giveBack(this);
  }
}
