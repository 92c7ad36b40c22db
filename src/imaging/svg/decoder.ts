import { corrupt, ImagingError } from '../errors.ts';
import type { Decoder, ImageHeader, RowSink } from '../image.ts';
import { LIMITS } from '../limits.ts';
import { divideByAlpha } from '../straight-alpha.ts';
import { adapt } from './adapt.ts';
import { checkCost, costOf } from './cost.ts';
import { fontsFor } from './lettering.ts';
import { type Drawing, resvg } from './resvg.ts';
import { sizeOf } from './size.ts';
import { decodeText } from './text.ts';
import { type Element, parseXml, tooComplex, writeXml } from './xml.ts';

/** The shorter side that a drawing is said to have: it has no pixels, and any part of this can be asked for. */
const SHORTER_SIDE = 2048;
/** The longer side, for drawings that are as good as a line. */
const LONGER_SIDE_AT_MOST = 32_768;
/** Pixels that are drawn at most. */
const PIXELS_AT_MOST = 2 ** 20;

/**
 * SVG by resvg: no scripts, no animation (the first frame is shown), nothing from outside the file; text in our fonts.
 *
 * Resvg never sees the file itself: it is read, reckoned and written anew, at the size that is needed.
 */
export const svgDecoder: Decoder = {
  readHeader(bytes) {
    return headerOf(readDrawing(bytes));
  },

  *decode(bytes, header, enough) {
    const root = readDrawing(bytes);
    const { viewBox } = sizeOf(root);
    const { width, height } = affordable(root, Math.max(viewBox.width, viewBox.height), header, enough);
    root.attributes.set('viewBox', `${viewBox.left} ${viewBox.top} ${viewBox.width} ${viewBox.height}`);
    root.attributes.set('width', String(width));
    root.attributes.set('height', String(height));
    yield { width, height, delay: 0, changed: null, rows: (sink) => drawRows(root, width, height, sink) };
  },
};

function readDrawing(bytes: Uint8Array): Element {
  if (bytes.length > LIMITS.svgBytes) {
    throw new ImagingError(
      'unsupported_format',
      `The SVG drawing has ${Math.ceil(bytes.length / 1000)} kB; the limit is ${LIMITS.svgBytes / 1000}.`,
      'Simplify it, or export it as PNG.',
    );
  }
  const root = parseXml(decodeText(bytes));
  adapt(root, sizeOf(root).viewBox);
  return root;
}

function headerOf(root: Element): ImageHeader {
  const { width, height } = sizeOf(root);
  const shorter = Math.min(SHORTER_SIDE, (LONGER_SIDE_AT_MOST * Math.min(width, height)) / Math.max(width, height));
  const scale = shorter / Math.min(width, height);
  return {
    format: 'svg',
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
    statedSize: { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) },
    orientation: 1,
    frameCount: 1,
    plays: 1,
    iccProfile: null,
  };
}

type Size = Pick<ImageHeader, 'width' | 'height'>;

/** The size to draw at: as many pixels as are asked for, or a quarter where these would take too long. */
function affordable(root: Element, viewBox: number, header: Size, enough: Size): Size {
  const cost = costOf(root, viewBox);
  const size = reduced(header, enough);
  if (cost.at(size) <= LIMITS.svgMicroseconds) return size;
  const smaller = reduced(header, { width: enough.width / 2, height: enough.height / 2 });
  checkCost(cost, smaller);
  return smaller;
}

/** The size divided by a power of two, as reducing decoders do. */
function reduced({ width, height }: Size, enough: Size): Size {
  let divisor = 1;
  while (width / (divisor * 2) >= enough.width && height / (divisor * 2) >= enough.height) divisor *= 2;
  while (Math.ceil(width / divisor) * Math.ceil(height / divisor) > PIXELS_AT_MOST) divisor *= 2;
  return { width: Math.ceil(width / divisor), height: Math.ceil(height / divisor) };
}

async function drawRows(root: Element, width: number, height: number, sink: RowSink): Promise<void> {
  const fonts = await fontsFor(root);
  let drawing: Drawing;
  try {
    drawing = await resvg.use((instance) => instance.draw(writeXml(root), fonts));
  } catch (error) {
    // What it cannot allocate is a trap; too deep a recursion is a RangeError.
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      throw tooComplex(`drawing it takes more than ${LIMITS.wasmBytes / 2 ** 20} MiB of memory`);
    }
    throw corrupt('svg', error instanceof Error ? error.message : String(error));
  }
  if (drawing.width !== width || drawing.height !== height) {
    throw new Error(`resvg drew ${drawing.width}×${drawing.height} pixels; ${width}×${height} were asked for`);
  }
  const rgba = drawing.premultiplied;
  divideByAlpha(rgba);
  for (let y = 0; y < height; y++) sink(y, rgba.subarray(y * width * 4, (y + 1) * width * 4), 0, 1, width);
}
