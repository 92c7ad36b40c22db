import module from '#wasm/jpeg.wasm';
import { InstancePool } from './instance-pool.ts';

/** What `assembly/jpeg` exports; each function is described there. Numbers are addresses in `memory`, or counts. */
interface Exports {
  memory: WebAssembly.Memory;
  tableInput(): number;
  mostTables(): number;
  makeTable(slot: number): void;
  lastKept(blockSize: number): number;
  begin(
    fileLength: number,
    frameProcess: number,
    precision: number,
    colourModel: number,
    width: number,
    mcusWide: number,
    mcusHigh: number,
  ): void;
  addPlane(
    horizontal: number,
    vertical: number,
    blockSize: number,
    blocksWide: number,
    blocksHigh: number,
    blockStride: number,
    width: number,
    height: number,
    across: number,
    down: number,
  ): void;
  addRow(): void;
  beginScan(spectralStart: number, spectralEnd: number, approximationHigh: number, approximationLow: number): void;
  addComponent(plane: number, dcTable: number, acTable: number): void;
  startScan(dataStart: number, restartInterval: number): void;
  startRows(): number;
  nextRow(): void;
}

/** What an instance reads as it goes. */
export interface JpegFile {
  bytes: Uint8Array;
  /** Where the next marker at or after `from` is. */
  nextMarker(from: number): number;
}

const NO_FILE: JpegFile = { bytes: new Uint8Array(0), nextMarker: () => 0 };

/** Memory that most pictures do with; what takes more is progressive, or very wide. */
const KEPT_BYTES = 8 * 2 ** 20;

const pool = new InstancePool(() => new JpegInstance(), KEPT_BYTES);

/** An instance of the JPEG decoder: it decodes one picture at a time. */
export class JpegInstance {
  readonly run: Exports;
  readonly memory: WebAssembly.Memory;
  #file = NO_FILE;
  /** The codes of the Huffman tables in their slots: the strips of a TIFF picture have them in common. */
  readonly #tables: (Uint8Array | null)[];
  /** Slots of tables that the picture has. */
  readonly #used = new Set<number>();

  constructor() {
    const file = {
      read: (at: number, to: number, count: number) =>
        this.#bytesAt(to, count).set(this.#file.bytes.subarray(at, at + count)),
      nextMarker: (from: number) => this.#file.nextMarker(from),
    };
    this.run = new WebAssembly.Instance(module, { file }).exports as unknown as Exports;
    this.memory = this.run.memory;
    this.#tables = Array.from({ length: this.run.mostTables() }, () => null);
  }

  /** @returns an instance to read the file */
  static take(file: JpegFile): JpegInstance {
    const instance = pool.take();
    instance.#file = file;
    instance.#used.clear();
    return instance;
  }

  giveBack(): void {
    this.#file = NO_FILE;
    pool.giveBack(this);
  }

  /** Forgets which tables were used: those of the scans before are not needed any more. */
  releaseTables(): void {
    this.#used.clear();
  }

  /**
   * Makes a Huffman table, unless it is there.
   *
   * @param codes 16 counts and 256 symbols
   * @returns its slot
   */
  tableSlot(codes: Uint8Array): number {
    let slot = this.#tables.indexOf(codes);
    if (slot < 0) {
      slot = this.#tables.findIndex((_, i) => !this.#used.has(i));
      this.layDown(codes);
      this.run.makeTable(slot);
      this.#tables[slot] = codes;
    }
    this.#used.add(slot);
    return slot;
  }

  /** Lays down a table for the next call. */
  layDown({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array): void {
    this.#bytesAt(this.run.tableInput(), byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** Prepares the rows. @returns where each is, after `nextRow`: RGBA */
  startRows(width: number): Uint8Array {
    return this.#bytesAt(this.run.startRows(), 4 * width);
  }

  #bytesAt(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
}
