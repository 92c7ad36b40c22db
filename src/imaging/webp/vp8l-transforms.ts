/**
 * The inverse transforms of the lossless format (RFC 9649 section 3.5), each on one row of ARGB pixels in place.
 * Rows come in order from the top.
 */
export interface Transform {
  inverse(row: Int32Array, y: number): void;
}

const ALPHA_GREEN = 0xff00ff00 | 0;
const RED_BLUE = 0x00ff00ff;
const OPAQUE_BLACK = 0xff000000 | 0;

/** Section 3.5.3. */
export class SubtractGreen implements Transform {
  private readonly width: number;

  constructor(width: number) {
    this.width = width;
  }

  inverse(row: Int32Array): void {
    for (let x = 0; x < this.width; x++) {
      const pixel = row[x];
      const green = (pixel >> 8) & 0xff;
      row[x] = (pixel & ALPHA_GREEN) | (((pixel & RED_BLUE) + (green | (green << 16))) & RED_BLUE);
    }
  }
}

/** Section 3.5.2. */
export class ColourTransform implements Transform {
  private readonly width: number;
  private readonly blockBits: number;
  private readonly blocksPerRow: number;
  /** By block: green_to_red, green_to_blue and red_to_blue from the lowest byte up. */
  private readonly elements: Int32Array;

  constructor(width: number, blockBits: number, blocksPerRow: number, elements: Int32Array) {
    this.width = width;
    this.blockBits = blockBits;
    this.blocksPerRow = blocksPerRow;
    this.elements = elements;
  }

  inverse(row: Int32Array, y: number): void {
    const firstBlock = (y >> this.blockBits) * this.blocksPerRow;
    for (let block = 0; block < this.blocksPerRow; block++) {
      const element = this.elements[firstBlock + block];
      const greenToRed = (element << 24) >> 24;
      const greenToBlue = (element << 16) >> 24;
      const redToBlue = (element << 8) >> 24;
      const end = Math.min(this.width, (block + 1) << this.blockBits);
      for (let x = block << this.blockBits; x < end; x++) {
        const pixel = row[x];
        const green = (pixel << 16) >> 24;
        const red = (pixel >> 16) + (Math.imul(greenToRed, green) >> 5);
        const delta = (Math.imul(greenToBlue, green) >> 5) + (Math.imul(redToBlue, (red << 24) >> 24) >> 5);
        row[x] = (pixel & ALPHA_GREEN) | ((red & 0xff) << 16) | ((pixel + delta) & 0xff);
      }
    }
  }
}

/** Section 3.5.4: the green channel is an index; narrow indices are packed, several in one pixel. */
export class ColourIndexing implements Transform {
  private readonly width: number;
  private readonly palette: Int32Array;
  private readonly packingBits: number;

  /**
   * @param width of the row that comes out
   * @param palette of 256 colours, transparent black beyond those in use
   * @param packingBits log2 of the pixels packed in one, 0 to 3
   */
  constructor(width: number, palette: Int32Array, packingBits: number) {
    this.width = width;
    this.palette = palette;
    this.packingBits = packingBits;
  }

  inverse(row: Int32Array): void {
    const { palette, packingBits } = this;
    const indexBits = 8 >> packingBits;
    const mask = (1 << indexBits) - 1;
    const last = (1 << packingBits) - 1;
    // From the right, so that no packed pixel is overwritten before its turn.
    for (let x = this.width - 1; x >= 0; x--) {
      row[x] = palette[(row[x >> packingBits] >> (8 + (x & last) * indexBits)) & mask];
    }
  }
}

/** Section 3.5.1. */
export class Predictor implements Transform {
  private readonly width: number;
  private readonly blockBits: number;
  private readonly blocksPerRow: number;
  private readonly modes: Uint8Array;
  /** The row above as it came out. One longer: the last pixel's neighbour above to the right is this row's first. */
  private readonly above: Int32Array;

  constructor(width: number, blockBits: number, blocksPerRow: number, modes: Uint8Array) {
    this.width = width;
    this.blockBits = blockBits;
    this.blocksPerRow = blocksPerRow;
    this.modes = modes;
    this.above = new Int32Array(width + 1);
  }

  inverse(row: Int32Array, y: number): void {
    const { width, above } = this;
    if (y === 0) {
      row[0] = addPixels(row[0], OPAQUE_BLACK);
      for (let x = 1; x < width; x++) row[x] = addPixels(row[x], row[x - 1]);
    } else {
      row[0] = addPixels(row[0], above[0]);
      above[width] = row[0];
      const firstBlock = (y >> this.blockBits) * this.blocksPerRow;
      for (let block = 0; block < this.blocksPerRow; block++) {
        const start = Math.max(1, block << this.blockBits);
        const end = Math.min(width, (block + 1) << this.blockBits);
        predict(this.modes[firstBlock + block], row, above, start, end);
      }
    }
    for (let x = 0; x < width; x++) above[x] = row[x];
  }
}

/** Adds the prediction of one mode to the pixels from `start` to `end`. L, T, TL and TR are the neighbours. */
function predict(mode: number, row: Int32Array, above: Int32Array, start: number, end: number): void {
  let left = row[start - 1];
  switch (mode) {
    case 1: // L
      for (let x = start; x < end; x++) row[x] = left = addPixels(row[x], left);
      break;
    case 2: // T
      for (let x = start; x < end; x++) row[x] = addPixels(row[x], above[x]);
      break;
    case 3: // TR
      for (let x = start; x < end; x++) row[x] = addPixels(row[x], above[x + 1]);
      break;
    case 4: // TL
      for (let x = start; x < end; x++) row[x] = addPixels(row[x], above[x - 1]);
      break;
    case 5: // average of (average of L and TR) and T
      for (let x = start; x < end; x++)
        row[x] = left = addPixels(row[x], average(average(left, above[x + 1]), above[x]));
      break;
    case 6: // average of L and TL
      for (let x = start; x < end; x++) row[x] = left = addPixels(row[x], average(left, above[x - 1]));
      break;
    case 7: // average of L and T
      for (let x = start; x < end; x++) row[x] = left = addPixels(row[x], average(left, above[x]));
      break;
    case 8: // average of TL and T
      for (let x = start; x < end; x++) row[x] = addPixels(row[x], average(above[x - 1], above[x]));
      break;
    case 9: // average of T and TR
      for (let x = start; x < end; x++) row[x] = addPixels(row[x], average(above[x], above[x + 1]));
      break;
    case 10: // average of (average of L and TL) and (average of T and TR)
      for (let x = start; x < end; x++) {
        const prediction = average(average(left, above[x - 1]), average(above[x], above[x + 1]));
        row[x] = left = addPixels(row[x], prediction);
      }
      break;
    case 11:
      for (let x = start; x < end; x++) row[x] = left = addPixels(row[x], select(left, above[x], above[x - 1]));
      break;
    case 12:
      for (let x = start; x < end; x++) row[x] = left = addPixels(row[x], clampedSum(left, above[x], above[x - 1]));
      break;
    case 13:
      for (let x = start; x < end; x++)
        row[x] = left = addPixels(row[x], clampedHalf(average(left, above[x]), above[x - 1]));
      break;
    default: // 0; 14 and 15 are not used and mean the same
      for (let x = start; x < end; x++) row[x] = addPixels(row[x], OPAQUE_BLACK);
  }
}

/** Channel by channel, modulo 256. */
export function addPixels(a: number, b: number): number {
  return (((a & ALPHA_GREEN) + (b & ALPHA_GREEN)) & ALPHA_GREEN) | (((a & RED_BLUE) + (b & RED_BLUE)) & RED_BLUE);
}

/** Channel by channel, rounded down. */
function average(a: number, b: number): number {
  return ((((a ^ b) & 0xfefefefe) >>> 1) + (a & b)) | 0;
}

/** The one of L and T that is nearer to L + T − TL. */
function select(left: number, top: number, topLeft: number): number {
  const toLeft = distance(top, topLeft);
  const toTop = distance(left, topLeft);
  return toLeft < toTop ? left : top;
}

function distance(a: number, b: number): number {
  return (
    Math.abs((a >>> 24) - (b >>> 24)) +
    Math.abs(((a >> 16) & 0xff) - ((b >> 16) & 0xff)) +
    Math.abs(((a >> 8) & 0xff) - ((b >> 8) & 0xff)) +
    Math.abs((a & 0xff) - (b & 0xff))
  );
}

/** L + T − TL, clamped. */
function clampedSum(left: number, top: number, topLeft: number): number {
  const a = clamp((left >>> 24) + (top >>> 24) - (topLeft >>> 24));
  const r = clamp(((left >> 16) & 0xff) + ((top >> 16) & 0xff) - ((topLeft >> 16) & 0xff));
  const g = clamp(((left >> 8) & 0xff) + ((top >> 8) & 0xff) - ((topLeft >> 8) & 0xff));
  const b = clamp((left & 0xff) + (top & 0xff) - (topLeft & 0xff));
  return (a << 24) | (r << 16) | (g << 8) | b;
}

/** a + (a − b) / 2, clamped; the quotient is rounded towards 0. */
function clampedHalf(a: number, b: number): number {
  return (
    (halfStep(a >>> 24, b >>> 24) << 24) |
    (halfStep((a >> 16) & 0xff, (b >> 16) & 0xff) << 16) |
    (halfStep((a >> 8) & 0xff, (b >> 8) & 0xff) << 8) |
    halfStep(a & 0xff, b & 0xff)
  );
}

function halfStep(a: number, b: number): number {
  const difference = a - b;
  return clamp(a + ((difference + (difference >>> 31)) >> 1));
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, value));
}
