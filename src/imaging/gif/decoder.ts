import { Canvas } from '../canvas.ts';
import { checkCanvas } from '../check-limits.ts';
import { corrupt, ImagingError } from '../errors.ts';
import type { Decoder, ImageHeader, RowSink, SourceFrame } from '../image.ts';
import { LIMITS } from '../limits.ts';
import { BlockReader, type ImageBlock, readLogicalScreen } from './blocks.ts';
import { GifCanvas } from './canvas.ts';
import { colorsOf } from './colors.ts';
import { decodeRows, visiblePart } from './image-rows.ts';
import { LzwDecoder } from './lzw-decoder.ts';
import { DISPOSAL } from './model.ts';

/** The error of a file of which browsers show nothing either. */
const nothingToShow = (found: string): ImagingError => corrupt('GIF', `expected an image, found ${found}.`);

/**
 * GIF87a and GIF89a, as browsers show them: the background is transparent, and every image is a frame, whatever its
 * delay. Delays come as stored, 0 included.
 */
export const gifDecoder = {
  readHeader(bytes: Uint8Array): ImageHeader {
    const { width, height, frameCount, plays, needsCanvas, mostKept, storedPixels } = survey(bytes);
    if (frameCount === 0) throw nothingToShow('the end of the file before any');
    if (width === 0 || height === 0) throw nothingToShow(`a canvas of ${width}×${height} pixels`);
    if (needsCanvas) checkCanvas(width, height, mostKept);
    // Images may be larger than the canvas, so that its size alone does not bound the work.
    if (storedPixels > LIMITS.totalPixels) {
      throw new ImagingError(
        'too_many_pixels',
        `GIF: its ${frameCount} images hold ${storedPixels} pixels; the limit is ${LIMITS.totalPixels}.`,
        'Scale the animation down or shorten it first.',
      );
    }
    // Browsers ignore the ICC profile that an application extension may hold.
    return { format: 'gif', width, height, orientation: 1, frameCount, plays, iccProfile: null };
  },

  *decode(bytes: Uint8Array, header: ImageHeader): Iterable<SourceFrame> {
    const { width, height } = header;
    const screen = readLogicalScreen(bytes);
    const blocks = new BlockReader(bytes, screen);
    const lzw = new LzwDecoder();

    let image = blocks.next();
    if (header.frameCount === 1 && image !== null && canStream(image)) {
      yield stillFrame(bytes, header, image, colorsOf(image, screen.palette), lzw);
      return;
    }

    const canvas = new Canvas(width, height, survey(bytes).mostKept);
    const images = new GifCanvas(canvas, lzw);
    let decodedInAll = 0;
    try {
      for (let frame = 1; image !== null; frame++, image = blocks.next()) {
        const { changed, decoded } = images.draw(bytes, image, colorsOf(image, screen.palette));
        decodedInAll += decoded;
        if (decodedInAll === 0 && frame === header.frameCount) throw nothingToShow('no pixel that can be decoded');
        yield { width, height, delay: image.delay, changed: frame === 1 ? null : changed, rows: canvas.rows };
      }
    } finally {
      canvas.free();
    }
  },
} satisfies Decoder;

/** What the blocks of a file say together. */
function survey(bytes: Uint8Array) {
  const screen = readLogicalScreen(bytes);
  const blocks = new BlockReader(bytes, screen);
  let { width, height } = screen;
  let frameCount = 0;
  let needsCanvas = false;
  /** Pixels of all images, and of the largest visible one that is to be undone. */
  let storedPixels = 0;
  let mostKept = 0;
  for (let image = blocks.next(); image !== null; image = blocks.next()) {
    // The logical screen of some files is wrong. Browsers enlarge it for the first image, and clip all others.
    if (frameCount === 0 && (image.width > width || image.height > height)) {
      width = Math.max(width, image.left + image.width);
      height = Math.max(height, image.top + image.height);
    }
    frameCount++;
    needsCanvas = frameCount > 1 || !canStream(image);
    storedPixels += image.width * image.height;
    if (image.disposal === DISPOSAL.previous) {
      const visible = visiblePart(image, width, height);
      mostKept = Math.max(mostKept, visible.width * visible.height);
    }
  }
  return { width, height, frameCount, plays: blocks.plays, needsCanvas, mostKept, storedPixels };
}

/** Whether rows can be handed over as they are decoded; missing ones of an interlaced image are made from those above. */
function canStream({ complete, interlaced }: ImageBlock): boolean {
  return complete || !interlaced;
}

/** The only image of a file: its rows are handed over as they are decoded, and no canvas is held. */
function stillFrame(
  bytes: Uint8Array,
  { width, height }: ImageHeader,
  image: ImageBlock,
  colors: Int32Array,
  lzw: LzwDecoder,
): SourceFrame {
  const visible = visiblePart(image, width, height);
  const { left, top } = visible;
  const rows = (sink: RowSink): void => {
    const pixels = new Int32Array(width);
    const rgba = new Uint8Array(pixels.buffer);
    for (let y = 0; y < height; y++) {
      if (y < top || y >= top + visible.height) sink(y, rgba, 0, 1, width);
    }
    const decoded = decodeRows(bytes, image, visible, lzw, (y, indices, from, count) => {
      if (count < visible.width) pixels.fill(0);
      for (let x = 0; x < count; x++) pixels[left + x] = colors[indices[from + x]];
      sink(top + y, rgba, 0, 1, width);
    });
    if (decoded === 0) throw nothingToShow('no pixel that can be decoded');
  };
  return { width, height, delay: image.delay, changed: null, rows };
}
