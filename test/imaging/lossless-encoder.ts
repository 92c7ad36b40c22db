export interface LosslessOptions {
  width: number;
  height: number;
  /** Of each component, row by row. */
  components: number[][];
  precision?: number;
  /** T.81 table H.1. */
  predictor?: number;
  /** Low bits that are left out. */
  pointTransform?: number;
  restartInterval?: number;
  interleaved?: boolean;
}

/** A code of 5 bits for each size of a difference, 0 to 16; the Huffman table says so. */
const SIZE_BITS = 5;
const SIZES = 17;

/** Writes lossless JPEG files, which sharp does not: T.81 H. That what it writes is right is checked by libjpeg. */
export function losslessJpeg(options: LosslessOptions): Buffer {
  const { width, height, components, precision = 8, restartInterval = 0, interleaved = true } = options;
  const frame = components.flatMap((_, id) => [id, 0x11, 0]);
  const counts = Array.from({ length: 16 }, (_, i) => (i === SIZE_BITS - 1 ? SIZES : 0));
  const all = components.map((_, i) => i);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xc3, [precision, height >> 8, height & 255, width >> 8, width & 255, components.length, ...frame]),
    segment(0xc4, [0, ...counts, ...Array(SIZES).keys()]),
    segment(0xdd, [restartInterval >> 8, restartInterval & 255]),
    ...(interleaved ? [all] : all.map((i) => [i])).map((indices) => scan(indices, options)),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function segment(marker: number, parameters: number[]): Buffer {
  return Buffer.from([0xff, marker, (parameters.length + 2) >> 8, (parameters.length + 2) & 255, ...parameters]);
}

function scan(indices: number[], options: LosslessOptions): Buffer {
  const { width, height, components, precision = 8, predictor = 1, pointTransform = 0, restartInterval = 0 } = options;
  const header = [indices.length, ...indices.flatMap((id) => [id, 0]), predictor, 0, pointTransform];
  const parts = [segment(0xda, header)];
  let bits = '';
  let startRow = 0;
  for (let mcu = 0; mcu < width * height; mcu++) {
    const [x, y] = [mcu % width, Math.floor(mcu / width)];
    if (restartInterval > 0 && mcu > 0 && mcu % restartInterval === 0) {
      parts.push(stuffed(bits), Buffer.from([0xff, 0xd0 + ((mcu / restartInterval - 1) & 7)]));
      bits = '';
      startRow = y;
    }
    for (const index of indices) {
      const at = (dx: number, dy: number) => components[index][(y - dy) * width + x - dx] >> pointTransform;
      const middle = 2 ** (precision - pointTransform - 1);
      const predicted = predict(x, y - startRow, predictor, middle, at);
      bits += difference((at(0, 0) - predicted) & 0xffff);
    }
  }
  parts.push(stuffed(bits));
  return Buffer.concat(parts);
}

function predict(x: number, row: number, predictor: number, middle: number, at: (dx: number, dy: number) => number) {
  if (x === 0) return row === 0 ? middle : at(0, 1);
  if (row === 0 || predictor === 1) return at(1, 0);
  const [a, b, c] = [at(1, 0), at(0, 1), at(1, 1)];
  if (predictor === 2) return b;
  if (predictor === 3) return c;
  if (predictor === 4) return a + b - c;
  if (predictor === 5) return a + Math.floor((b - c) / 2);
  return predictor === 6 ? b + Math.floor((a - c) / 2) : Math.floor((a + b) / 2);
}

/** T.81 H.1.2.2: the size of a difference, and its bits. */
function difference(modulo: number): string {
  const value = modulo > 32768 ? modulo - 65536 : modulo;
  const size = Math.abs(value).toString(2).length * Number(value !== 0);
  const code = size.toString(2).padStart(SIZE_BITS, '0');
  if (size === 0 || value === 32768) return code;
  return code + (value < 0 ? value + 2 ** size - 1 : value).toString(2).padStart(size, '0');
}

function stuffed(bits: string): Buffer {
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Buffer.from(
    bytes.flatMap((byte) => {
      const value = Number.parseInt(byte.padEnd(8, '1'), 2);
      return value === 0xff ? [0xff, 0] : [value];
    }),
  );
}
