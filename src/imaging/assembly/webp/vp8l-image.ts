import { allocate, freeAll, freeFrom, mark } from '../memory';
import { fail, REPEATED_TRANSFORM } from './failure';
import { bits } from './vp8l-bit-reader';
import { blocks, EntropyImage, newEntropyImage, nextEntropyRow, readSubimage } from './vp8l-entropy-image';
import { addGreen, undoColour, undoIndexing, undoPrediction } from './vp8l-transforms';

// Section 3.5.
const PREDICTOR_TRANSFORM = 0;
const COLOUR_TRANSFORM = 1;
const SUBTRACT_GREEN_TRANSFORM = 2;
const MOST_TRANSFORMS = 4;

/** A transform that is to be undone. */
@unmanaged
class Transform {
  type: i32;
  /** Of the rows that come out. */
  width: i32;
  /** log2 of a block's side, or of the pixels packed in one. */
  blockBits: i32;
  blocksPerRow: i32;
  /** Modes or elements of the blocks, or the palette. */
  data: usize;
  /** For predictions the row above. */
  above: usize;
}

const transforms: usize = memory.data(MOST_TRANSFORMS * 24, 4);
let transformCount: i32 = 0;
let image: EntropyImage = changetype<EntropyImage>(0);
let row: usize = 0;
let y: i32 = 0;
let width: i32 = 0;

function transformAt(i: i32): Transform {
  return changetype<Transform>(transforms + offsetof<Transform>() * i);
}

/**
 * Begins a lossless image (RFC 9649 section 3): reads what follows its header, transforms and prefix codes.
 *
 * @param mostEntries of all tables of prefix codes
 */
export function startLossless(imageWidth: i32, height: i32, mostEntries: i32): void {
  freeAll();
  bits.start();
  width = imageWidth;
  y = 0;
  transformCount = 0;
  // Width of the row that is coded: narrower where indices are packed.
  let codedWidth = imageWidth;
  let seen = 0;
  while (bits.read(1)) {
    const type = bits.read(2);
    if (seen & (1 << type)) fail(REPEATED_TRANSFORM, type, 0);
    seen |= 1 << type;
    const transform = transformAt(transformCount++);
    transform.type = type;
    transform.width = codedWidth;
    if (type === PREDICTOR_TRANSFORM || type === COLOUR_TRANSFORM) readBlocks(transform, height, mostEntries);
    else if (type !== SUBTRACT_GREEN_TRANSFORM) {
      const colours = bits.read(8) + 1;
      transform.blockBits = colours <= 2 ? 3 : colours <= 4 ? 2 : colours <= 16 ? 1 : 0;
      transform.data = readPalette(colours, mostEntries);
      codedWidth = blocks(codedWidth, transform.blockBits);
    }
  }
  row = allocate((<usize>imageWidth) << 2);
  image = newEntropyImage(codedWidth, height, true, mostEntries);
}

/** @returns where the next row's ARGB pixels are, until the next call; 0 after the last, or where the data ends */
export function nextLosslessRow(): usize {
  const coded = nextEntropyRow(image);
  if (coded === 0) return 0;
  // Copies refer to pixels before the transforms are undone: those have to stay.
  memory.copy(row, coded, image.width << 2);
  for (let i = transformCount - 1; i >= 0; i--) undo(transformAt(i));
  y++;
  return row;
}

/** The same in the order R, G, B, A. */
export function nextLosslessRgbaRow(isOpaque: bool): usize {
  const argb = nextLosslessRow();
  if (argb === 0) return 0;
  const opaque = i32x4.splat(isOpaque ? 0xff000000 : 0);
  for (let at = argb, end = argb + (width << 2); at < end; at += 16) {
    const pixels = v128.load(at);
    const rgba = i8x16.shuffle(pixels, pixels, 2, 1, 0, 3, 6, 5, 4, 7, 10, 9, 8, 11, 14, 13, 12, 15);
    v128.store(at, v128.or(rgba, opaque));
  }
  return argb;
}

/** Sections 3.5.1 and 3.5.2: parameters for each block of the image, themselves an image. */
function readBlocks(transform: Transform, height: i32, mostEntries: i32): void {
  const isPredictor = transform.type === PREDICTOR_TRANSFORM;
  transform.blockBits = bits.read(3) + 2;
  transform.blocksPerRow = blocks(transform.width, transform.blockBits);
  const rows = blocks(height, transform.blockBits);
  transform.data = readSubimage(transform.blocksPerRow, rows, isPredictor ? 1 : 4, mostEntries);
  if (isPredictor) transform.above = allocate((<usize>(transform.width + 1)) << 2);
}

/** Section 3.5.4: each colour is coded as the difference to the one before. */
function readPalette(colours: i32, mostEntries: i32): usize {
  const palette = allocate(256 * 4);
  const marked = mark();
  const differences = readSubimage(colours, 1, 4, mostEntries);
  let colour = i32x4.splat(0);
  for (let at: usize = 0; at < (<usize>colours) << 2; at += 4) {
    colour = i8x16.add(colour, v128.load32_zero(differences + at));
    v128.store32_lane(palette + at, colour, 0);
  }
  freeFrom(marked);
  return palette;
}

function undo(transform: Transform): void {
  const blockBits = transform.blockBits;
  const firstBlock = (y >> blockBits) * transform.blocksPerRow;
  switch (transform.type) {
    case PREDICTOR_TRANSFORM:
      undoPrediction(row, transform.width, blockBits, transform.data + firstBlock, transform.above, y === 0);
      break;
    case COLOUR_TRANSFORM:
      undoColour(row, transform.width, blockBits, transform.data + (firstBlock << 2));
      break;
    case SUBTRACT_GREEN_TRANSFORM:
      addGreen(row, transform.width);
      break;
    default:
      undoIndexing(row, transform.width, blockBits, transform.data);
  }
}
