/**
 * The hot half of the PNG decoder, in AssemblyScript: the build compiles it to `build/png.wasm`. From compressed data,
 * which it asks for as it goes, to rows of pixels. What is in the file is for the caller to find out (`png/`).
 *
 * An instance decodes one stream at a time. Begin it for bytes or for scanlines, then start a stream and read; as many
 * streams as there are. What is asked for at once is never more than was said at the beginning.
 */
import { allocate, freeAll } from '../memory';
import { clearColour, expandSamples, lookUp, prepareExpansion } from './expand';
import { prepareInflater, read, startStream } from './inflate';
import { FILTER_TYPES, unfilter } from './unfilter';

export { read, startStream };

/** How scanlines become RGBA. */
const LOOK_UP = 0;
const AS_IS = 1;
const EXPAND = 2;

/** Where the caller lays down RGBA of every pixel value, or the bytes of the transparent colour. */
const colours: usize = memory.data(256 * 4, 16);

let conversion = LOOK_UP;
let samples: i32 = 0;
let hasTransparentColour = false;
/** Of a pixel. */
let bits: i32 = 0;
/** Bytes from one pixel to the next. Filters take pixels of less than a byte as bytes (section 9.2). */
let step: i32 = 0;
/** Bytes of the widest scanline. */
let rowBytes: i32 = 0;
let row: usize = 0;
let above: usize = 0;
let rgba: usize = 0;

export function colourInput(): usize {
  return colours;
}

/**
 * Begins the reading of bytes.
 *
 * @param longest the most that will be asked for in one `read`
 * @param mostBlocks with codes of their own that are inflated, of all streams
 */
export function begin(longest: i32, mostBlocks: i32): void {
  freeAll();
  prepareInflater(longest, mostBlocks);
}

/**
 * Begins the decoding of scanlines. Where a pixel is one sample of at most 8 bits, RGBA of every value has been laid down;
 * where there is a transparent colour, its samples have, as a scanline has them, and then zeros up to 8 bytes.
 *
 * @param width pixels of the widest scanline
 * @param pixelSamples 1 to 4
 * @param sampleBits 8 or 16, or less where a pixel is one sample
 * @param transparency whether there is a transparent colour
 */
export function beginRows(width: i32, pixelSamples: i32, sampleBits: i32, transparency: bool, mostBlocks: i32): void {
  samples = pixelSamples;
  bits = samples * sampleBits;
  step = max(1, bits >> 3);
  hasTransparentColour = transparency;
  conversion = bits <= 8 ? LOOK_UP : bits === 32 && sampleBits === 8 ? AS_IS : EXPAND;
  prepareExpansion(samples, sampleBits >> 3);
  rowBytes = bytesOf(width);
  begin(1 + rowBytes, mostBlocks);
  row = allocate(rowBytes);
  above = allocate(rowBytes);
  rgba = allocate(conversion === AS_IS ? 0 : width << 2);
}

/** @returns bytes of a scanline of `count` pixels */
function bytesOf(count: i32): i32 {
  return (count * bits + 7) >> 3;
}

/** Makes the next scanline the first of an image, or of a pass: there is nothing above it. */
export function startPass(): void {
  memory.fill(row, 0, rowBytes);
}

/**
 * Decodes the next scanline.
 *
 * @param count pixels
 * @returns where they are, as RGBA, until the next call; 0 where the stream ends before, or is damaged
 */
export function nextRow(count: i32): usize {
  const length = bytesOf(count);
  const source = read(1 + length);
  if (source === 0) return 0;
  const filter: i32 = load<u8>(source);
  if (filter >= FILTER_TYPES) return 0;
  const last = row;
  row = above;
  above = last;
  unfilter(filter, source + 1, above, row, length, step);
  if (conversion === AS_IS) return row;
  if (conversion === LOOK_UP) lookUp(row, count, bits, colours, rgba);
  else expandSamples(row, count, samples, step, rgba);
  if (hasTransparentColour) clearColour(row, count, step, load<u64>(colours), rgba);
  return rgba;
}
