import { convertRow } from './colour.ts';
import { EntropyDecoder } from './entropy-decoder.ts';
import type { FileHeader } from './header.ts';
import { extend, type HuffmanTable } from './huffman.ts';
import type { Scan } from './scans.ts';

/** T.81 table H.1: a sample from those to its left (a), above it (b), and above to the left (c). */
const PREDICTORS: ((a: number, b: number, c: number) => number)[] = [
  () => 0,
  (a) => a,
  (_, b) => b,
  (_a, _b, c) => c,
  (a, b, c) => a + b - c,
  (a, b, c) => a + ((b - c) >> 1),
  (a, b, c) => b + ((a - c) >> 1),
  (a, b) => (a + b) >> 1,
];

/** A difference of so many bits is 32768, and has none (T.81 H.1.2.2). */
const WIDEST = 16;

/**
 * Decodes a lossless frame (T.81 H), row by row.
 *
 * @param bytes the whole file
 * @returns RGBA rows, each good until the next
 */
export function* losslessRows(bytes: Uint8Array, header: FileHeader, scans: Scan[]): Generator<Uint8Array, void> {
  const { width, height, precision, colourModel, components } = header;
  const decoders = scans.map((scan) => new LosslessScan(bytes, scan, width, precision));
  // A component whose scan never came is grey.
  const planes = components.map(() => ({ data: new Uint8ClampedArray(width).fill(128), offset: 0 }));
  const rgba = new Uint8ClampedArray(4 * width).fill(255);
  const row = new Uint8Array(rgba.buffer);
  for (let y = 0; y < height; y++) {
    for (const decoder of decoders) decoder.decodeRow(planes);
    convertRow(colourModel, planes, rgba, width);
    yield row;
  }
}

interface ScanRow {
  /** Into the frame's components. */
  index: number;
  table: HuffmanTable;
  /** Samples without those low bits that the file leaves out. */
  samples: Int32Array;
  above: Int32Array;
}

class LosslessScan {
  readonly #decoder: EntropyDecoder;
  readonly #rows: ScanRow[];
  readonly #predict: (a: number, b: number, c: number) => number;
  /** What the first sample is predicted to be: the middle of what there is. */
  readonly #middle: number;
  /** From a sample to its level of 255. */
  readonly #scale: number;

  constructor(bytes: Uint8Array, scan: Scan, width: number, precision: number) {
    this.#rows = scan.components.map(({ index, dcTable }) => ({
      index,
      table: dcTable,
      samples: new Int32Array(width),
      above: new Int32Array(width),
    }));
    this.#decoder = new EntropyDecoder({
      bytes,
      start: scan.dataStart,
      restartInterval: scan.restartInterval,
      blocksPerMcu: scan.components.length,
    });
    this.#predict = PREDICTORS[scan.spectralStart];
    const bits = precision - scan.approximationLow;
    this.#middle = 2 ** (bits - 1);
    this.#scale = (255 / (2 ** precision - 1)) * 2 ** scan.approximationLow;
  }

  /** @param planes where the next row of samples goes, 8 bits each */
  decodeRow(planes: { data: Uint8ClampedArray }[]): void {
    for (const row of this.#rows) [row.samples, row.above] = [row.above, row.samples];
    this.#decodeSamples();
    for (const { index, samples } of this.#rows) {
      const { data } = planes[index];
      for (let x = 0; x < data.length; x++) data[x] = samples[x] * this.#scale;
    }
  }

  #decodeSamples(): void {
    const decoder = this.#decoder;
    if (decoder.finished) {
      for (const { samples } of this.#rows) samples.fill(this.#middle);
      return;
    }
    const width = this.#rows[0].samples.length;
    /** Where the scan starts, or starts again after a restart; −1 where that is in a row before. */
    let start = -1;
    for (let x = 0; x < width; x++) {
      const isThere = decoder.beginMcu();
      // What a restart resets: other frames keep predictions there.
      if (decoder.predictions[0] === 0) start = x;
      decoder.predictions[0] = 1;
      for (const row of this.#rows) {
        row.samples[x] = isThere
          ? (this.#prediction(row, x, start) + this.#difference(row.table)) & 0xffff
          : this.#middle;
      }
    }
  }

  /** T.81 H.1.2.1: the first line and the first column have fewer neighbours. */
  #prediction({ samples, above }: ScanRow, x: number, start: number): number {
    if (x === start) return this.#middle;
    if (start >= 0) return samples[x - 1];
    if (x === 0) return above[0];
    return this.#predict(samples[x - 1], above[x], above[x - 1]);
  }

  #difference(table: HuffmanTable): number {
    const decoder = this.#decoder;
    const decoded = table.decode(decoder.bits(decoder.position, 16));
    const size = decoded & 255;
    decoder.position += decoded >> 8;
    if (size === 0 || size > WIDEST) return 0;
    if (size === WIDEST) return 32768;
    const bits = decoder.bits(decoder.position, size);
    decoder.position += size;
    return extend(bits, size);
  }
}
