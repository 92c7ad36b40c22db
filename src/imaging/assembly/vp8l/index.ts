/**
 * The hot half of the decoder of lossless WebP (RFC 9649 section 3), in AssemblyScript: the build compiles it to
 * `build/vp8l.wasm`. From transforms and prefix codes, in data that it asks for as it goes, to rows of pixels. An error
 * is thrown by what it imports for that; a picture that has begun with pixels just ends.
 *
 * An instance decodes one picture at a time: begin it, take its rows.
 */
import { allocate, freeAll } from '../jpeg/memory';
import { readBits, startBits } from './bit-reader';
import {
  blocks,
  EntropyImage,
  layOutNeighbours,
  nextRow as nextCodedRow,
  readImage,
  readSubimage,
} from './entropy-image';
import { refuse, TRANSFORM_TWICE } from './file';
import { limitEntries } from './prefix-codes';
import { addPixels, COLOUR, invert, PREDICTOR, SUBTRACT_GREEN, Transform } from './transforms';

const KINDS = 4;
const COLOURS = 256;

/** In the order in which they come; they are undone in the opposite. */
const transforms: usize = memory.data(KINDS * 4, 4);
let transformCount: i32 = 0;
let image: EntropyImage = changetype<EntropyImage>(0);
let row: usize = 0;
let width: i32 = 0;
let y: i32 = 0;

layOutNeighbours();

/**
 * Begins a picture: reads what comes before its pixels.
 *
 * @param dataLength of what follows the header
 * @param mostEntries of all prefix code tables
 * @returns where `nextRow` puts rows of pixels; memory does not grow any more
 */
export function begin(dataLength: i32, pictureWidth: i32, height: i32, mostEntries: i32): usize {
  freeAll();
  startBits(dataLength);
  limitEntries(mostEntries);
  width = pictureWidth;
  y = 0;
  transformCount = 0;
  let imageWidth = width;
  let seen = 0;
  while (readBits(1) === 1) {
    const kind = readBits(2);
    if ((seen >> kind) & 1) refuse(TRANSFORM_TWICE, kind, 0);
    seen |= 1 << kind;
    const transform = newTransform(kind, imageWidth);
    if (kind === PREDICTOR || kind === COLOUR) readBlocks(transform, height);
    else if (kind !== SUBTRACT_GREEN) {
      readPalette(transform);
      imageWidth = blocks(imageWidth, transform.packingBits);
    }
  }
  image = readImage(imageWidth, height, true);
  row = allocate(width << 2);
  return row;
}

function newTransform(kind: i32, imageWidth: i32): Transform {
  const transform = changetype<Transform>(allocate(offsetof<Transform>()));
  transform.kind = kind;
  transform.width = imageWidth;
  store<Transform>(transforms + (transformCount << 2), transform);
  transformCount++;
  return transform;
}

/** Sections 3.5.1 and 3.5.2: parameters for each block of the image, themselves an image. */
function readBlocks(transform: Transform, height: i32): void {
  transform.blockBits = readBits(3) + 2;
  transform.blocksPerRow = blocks(transform.width, transform.blockBits);
  const rows = blocks(height, transform.blockBits);
  const bytes = transform.kind === PREDICTOR ? 1 : 4;
  transform.parameters = allocate(transform.blocksPerRow * rows * bytes);
  readSubimage(transform.blocksPerRow, rows, transform.parameters, bytes);
  if (transform.kind === PREDICTOR) transform.above = allocate((transform.width + 1) << 2);
}

/** Section 3.5.4: each colour is coded as the difference to the one before. */
function readPalette(transform: Transform): void {
  const colours = readBits(8) + 1;
  transform.packingBits = colours <= 2 ? 3 : colours <= 4 ? 2 : colours <= 16 ? 1 : 0;
  transform.parameters = allocate(COLOURS << 2);
  readSubimage(colours, 1, transform.parameters, 4);
  let previous = 0;
  for (let at = transform.parameters, end = at + (colours << 2); at < end; at += 4) {
    previous = addPixels(load<i32>(at), previous);
    store<i32>(at, previous);
  }
}

/** Decodes the next row of pixels: ARGB, alpha in the upper byte. @returns whether there is one: not after the last, nor where the data ends */
export function nextRow(): bool {
  const coded = nextCodedRow(image);
  if (coded === 0) return false;
  // Copies refer to pixels before the transforms are undone: those have to stay.
  memory.copy(row, coded, image.width << 2);
  for (let i = transformCount - 1; i >= 0; i--) invert(load<Transform>(transforms + (i << 2)), row, y);
  y++;
  return true;
}

/** Turns the row into RGBA, in place. @param opaque whether its alpha means nothing */
export function toRgba(opaque: bool): void {
  const alpha = i32x4.splat(opaque ? 0xff000000 : 0);
  for (let at = row, end = row + (width << 2); at < end; at += 16) {
    const pixels = v128.load(at);
    const swapped = i8x16.shuffle(pixels, pixels, 2, 1, 0, 3, 6, 5, 4, 7, 10, 9, 8, 11, 14, 13, 12, 15);
    v128.store(at, v128.or(swapped, alpha));
  }
}
