import module from '#wasm/vp8.wasm';
import { InstancePool } from './instance-pool.ts';

/** What `assembly/vp8` exports; each function is described there. Numbers are addresses in `memory`, or counts. */
interface Exports {
  memory: WebAssembly.Memory;
  begin(width: number, height: number, from: number, to: number): number;
  addPartition(from: number, to: number): void;
  startRows(factorBits: number): number;
  nextRow(): number;
}

const NO_DATA = new Uint8Array(0);

/** Memory that even the widest picture does with. */
const KEPT_BYTES = 4 * 2 ** 20;

const pool = new InstancePool(() => new Vp8Instance(), KEPT_BYTES);

/** An instance of the VP8 decoder: it decodes one picture at a time. */
export class Vp8Instance {
  readonly run: Exports;
  readonly memory: WebAssembly.Memory;
  #data: Uint8Array = NO_DATA;

  constructor() {
    const file = {
      read: (at: number, to: number, count: number) => this.bytesAt(to, count).set(this.#data.subarray(at, at + count)),
    };
    this.run = new WebAssembly.Instance(module, { file }).exports as unknown as Exports;
    this.memory = this.run.memory;
  }

  /** @returns an instance to read the data */
  static take(data: Uint8Array): Vp8Instance {
    const instance = pool.take();
    instance.#data = data;
    return instance;
  }

  giveBack(): void {
    this.#data = NO_DATA;
    pool.giveBack(this);
  }

  bytesAt(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
}
