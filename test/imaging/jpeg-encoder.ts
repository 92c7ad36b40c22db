import sharp from 'sharp';

/** A component of a test picture: `sample` gives its value at a place of the full-size picture, 0–255. */
export interface TestComponent {
  horizontal: number;
  vertical: number;
  sample(x: number, y: number): number;
  id?: number;
}

export interface EncodeOptions {
  width: number;
  height: number;
  components: TestComponent[];
  /** Quantisation step of all coefficients. */
  step?: number;
  /** Quantised coefficients of each block, in zigzag order, in place of what the samples of the only component make. */
  blocks?: Int16Array[];
  /** The marker of the frame: FFC0 baseline, FFC2 progressive by spectral selection. */
  frame?: number;
  interleaved?: boolean;
  restartInterval?: number;
  wideQuantisation?: boolean;
  /** Leaves the height at 0 in the frame header, and says it in a DNL segment. */
  numberOfLines?: boolean;
  withoutHuffmanTables?: boolean;
  adobeTransform?: number;
  jfif?: boolean;
}

interface HuffmanCode {
  bits: number;
  length: number;
}
type Codes = Map<number, HuffmanCode>;

/**
 * Writes JPEG files of kinds that sharp does not: any sampling factors, scans that are not interleaved, restarts. It
 * is only
 * as good as its purpose needs; that what it writes is right is checked by libjpeg.
 */
export class TestEncoder {
  readonly #tables: { segments: Uint8Array; dc: Codes; ac: Codes };

  private constructor(tables: { segments: Uint8Array; dc: Codes; ac: Codes }) {
    this.#tables = tables;
  }

  /** Takes the typical Huffman tables (T.81 annex K.3) from a file that libjpeg writes. */
  static async create(): Promise<TestEncoder> {
    const file = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .jpeg({ optimiseCoding: false })
      .toBuffer();
    const segments: number[] = [];
    const codes = new Map<number, Codes>();
    for (let at = 2; file[at + 1] !== 0xda; at += 2 + file.readUInt16BE(at + 2)) {
      const end = at + 2 + file.readUInt16BE(at + 2);
      if (file[at + 1] !== 0xc4) continue;
      segments.push(...file.subarray(at, end));
      for (let table = at + 4; table < end; ) {
        const counts = file.subarray(table + 1, table + 17);
        const of: Codes = new Map();
        let symbol = table + 17;
        let bits = 0;
        counts.forEach((count, i) => {
          for (let n = 0; n < count; n++) of.set(file[symbol++], { bits: bits++, length: i + 1 });
          bits <<= 1;
        });
        codes.set(file[table], of);
        table = symbol;
      }
    }
    return new TestEncoder({
      segments: Uint8Array.from(segments),
      dc: codes.get(0x00) ?? new Map(),
      ac: codes.get(0x10) ?? new Map(),
    });
  }

  encode(options: EncodeOptions): Uint8Array {
    const { width, height, components, step = 4, frame = 0xc0, restartInterval = 0 } = options;
    const out: number[] = [0xff, 0xd8];
    const segment = (marker: number, data: Iterable<number>) => {
      const bytes = [...data];
      out.push(0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 255, ...bytes);
    };
    if (options.jfif) segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
    if (options.adobeTransform !== undefined) {
      segment(0xee, [...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, options.adobeTransform]);
    }
    const steps = Array.from({ length: 64 }, () =>
      options.wideQuantisation ? [step >> 8, step & 255] : [step],
    ).flat();
    segment(0xdb, [options.wideQuantisation ? 0x10 : 0, ...steps]);
    const sof = [8, ...word(options.numberOfLines ? 0 : height), ...word(width), components.length];
    components.forEach((component, i) => {
      sof.push(component.id ?? i + 1, (component.horizontal << 4) | component.vertical, 0);
    });
    segment(frame, sof);
    if (!options.withoutHuffmanTables) out.push(...this.#tables.segments);
    if (restartInterval > 0) segment(0xdd, word(restartInterval));

    const planes = components.map((component) => transform(component, options, step));
    const scan = (indices: number[], start: number, end: number) => {
      const header = [indices.length];
      for (const index of indices) header.push(components[index].id ?? index + 1, 0);
      segment(0xda, [...header, start, end, 0]);
      this.#writeScan(
        out,
        indices.map((index) => planes[index]),
        options,
        start,
        end,
      );
      if (options.numberOfLines && indices.includes(0) && start === 0) segment(0xdc, word(height));
    };
    const all = components.map((_, i) => i);
    if (frame === 0xc2) {
      scan(all, 0, 0);
      for (const [start, end] of [
        [1, 5],
        [6, 63],
      ])
        for (const index of all) scan([index], start, end);
    } else if (options.interleaved === false) {
      for (const index of all) scan([index], 0, 63);
    } else {
      scan(all, 0, 63);
    }
    out.push(0xff, 0xd9);
    return Uint8Array.from(out);
  }

  #writeScan(out: number[], planes: Plane[], options: EncodeOptions, start: number, end: number): void {
    const single = planes.length === 1;
    const [mcusWide, mcusHigh] = single
      ? [planes[0].blocksWide, planes[0].blocksHigh]
      : [planes[0].stride / planes[0].horizontal, planes[0].rows / planes[0].vertical];
    const bits = new BitWriter(out);
    const predictions = planes.map(() => 0);
    const { restartInterval = 0 } = options;
    for (let mcu = 0; mcu < mcusWide * mcusHigh; mcu++) {
      if (restartInterval > 0 && mcu > 0 && mcu % restartInterval === 0) {
        bits.flush();
        out.push(0xff, 0xd0 + ((mcu / restartInterval - 1) & 7));
        predictions.fill(0);
      }
      const mcuX = mcu % mcusWide;
      const mcuY = Math.floor(mcu / mcusWide);
      planes.forEach((plane, i) => {
        const across = single ? 1 : plane.horizontal;
        const down = single ? 1 : plane.vertical;
        for (let v = 0; v < down; v++) {
          for (let h = 0; h < across; h++) {
            const block = plane.blocks[(mcuY * down + v) * plane.stride + mcuX * across + h];
            predictions[i] = this.#writeBlock(bits, block, predictions[i], start, end);
          }
        }
      });
    }
    bits.flush();
  }

  #writeBlock(bits: BitWriter, block: Int16Array, prediction: number, start: number, end: number): number {
    const put = (codes: Codes, symbol: number) => {
      const code = codes.get(symbol);
      if (code === undefined) throw new Error(`no code for ${symbol}`);
      bits.put(code.bits, code.length);
    };
    const magnitude = (value: number) => (value === 0 ? 0 : 32 - Math.clz32(Math.abs(value)));
    const putValue = (value: number, size: number) => bits.put(value < 0 ? value + (1 << size) - 1 : value, size);
    if (start === 0) {
      const size = magnitude(block[0] - prediction);
      put(this.#tables.dc, size);
      putValue(block[0] - prediction, size);
    }
    let run = 0;
    for (let k = Math.max(1, start); k <= end; k++) {
      if (block[k] === 0) {
        run++;
        continue;
      }
      for (; run > 15; run -= 16) put(this.#tables.ac, 0xf0);
      const size = magnitude(block[k]);
      put(this.#tables.ac, (run << 4) | size);
      putValue(block[k], size);
      run = 0;
    }
    if (run > 0) put(this.#tables.ac, 0);
    return block[0];
  }
}

class BitWriter {
  readonly #out: number[];
  #buffer = 0;
  #count = 0;

  constructor(out: number[]) {
    this.#out = out;
  }

  put(bits: number, length: number): void {
    for (let i = length - 1; i >= 0; i--) {
      this.#buffer = (this.#buffer << 1) | ((bits >> i) & 1);
      if (++this.#count < 8) continue;
      this.#out.push(this.#buffer);
      if (this.#buffer === 0xff) this.#out.push(0);
      this.#buffer = 0;
      this.#count = 0;
    }
  }

  flush(): void {
    while (this.#count > 0) this.put(1, 1);
  }
}

interface Plane {
  horizontal: number;
  vertical: number;
  blocksWide: number;
  blocksHigh: number;
  stride: number;
  rows: number;
  /** Quantised, in zigzag order. */
  blocks: Int16Array[];
}

const word = (value: number) => [value >> 8, value & 255];

/** T.81 figure A.6, row by row: each place's index in the zigzag sequence. */
export const ZIGZAG_INDEX = [
  [0, 1, 5, 6, 14, 15, 27, 28],
  [2, 4, 7, 13, 16, 26, 29, 42],
  [3, 8, 12, 17, 25, 30, 41, 43],
  [9, 11, 18, 24, 31, 40, 44, 53],
  [10, 19, 23, 32, 39, 45, 52, 54],
  [20, 22, 33, 38, 46, 51, 55, 60],
  [21, 34, 37, 47, 50, 56, 59, 61],
  [35, 36, 48, 49, 57, 58, 62, 63],
];

/** T.81 A.3.3 by its definition. */
const COSINES = Array.from({ length: 8 }, (_, u) =>
  Array.from({ length: 8 }, (_, x) => (u === 0 ? Math.SQRT1_2 : 1) * Math.cos(((2 * x + 1) * u * Math.PI) / 16)),
);

function transform(component: TestComponent, options: EncodeOptions, step: number): Plane {
  const { width, height, components } = options;
  const { horizontal, vertical } = component;
  const maxHorizontal = Math.max(...components.map((each) => (components.length === 1 ? horizontal : each.horizontal)));
  const maxVertical = Math.max(...components.map((each) => (components.length === 1 ? vertical : each.vertical)));
  const factorX = maxHorizontal / horizontal;
  const factorY = maxVertical / vertical;
  const stride = Math.ceil(width / (8 * maxHorizontal)) * horizontal;
  const rows = Math.ceil(height / (8 * maxVertical)) * vertical;
  const blocks: Int16Array[] = options.blocks?.slice() ?? [];
  for (let row = 0; row < rows && blocks.length < stride * rows; row++) {
    for (let column = 0; column < stride; column++) {
      const samples = Array.from({ length: 64 }, (_, i) => {
        const x = (column * 8 + (i & 7) + 0.5) * factorX - 0.5;
        const y = (row * 8 + (i >> 3) + 0.5) * factorY - 0.5;
        return component.sample(Math.min(x, width - 1), Math.min(y, height - 1)) - 128;
      });
      const block = new Int16Array(64);
      for (let v = 0; v < 8; v++) {
        for (let u = 0; u < 8; u++) {
          let sum = 0;
          for (let i = 0; i < 64; i++) sum += samples[i] * COSINES[u][i & 7] * COSINES[v][i >> 3];
          block[ZIGZAG_INDEX[v][u]] = Math.round(sum / 4 / step);
        }
      }
      blocks.push(block);
    }
  }
  return {
    horizontal,
    vertical,
    blocksWide: Math.ceil(width / factorX / 8),
    blocksHigh: Math.ceil(height / factorY / 8),
    stride,
    rows,
    blocks,
  };
}
