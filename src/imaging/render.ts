import { GifAnimation } from './animation.ts';
import { checkLimits } from './check-limits.ts';
import { draw } from './draw.ts';
import type { Appearance } from './flatten.ts';
import type { Fit } from './geometry.ts';
import { writeGif } from './gif/writer.ts';
import { toSrgb } from './icc.ts';
import type { Decoder, ImageFormat } from './image.ts';
import { LIMITS } from './limits.ts';
import { Pace } from './pace.ts';
import { type CanvasFrame, Quantiser } from './quantise.ts';
import { sniff } from './sniff.ts';
import { FrameClock } from './timing.ts';
import { verify } from './verify.ts';
import { dropGrownInstance } from './wasm/instance-slot.ts';

/** What a person may ask for. */
export interface RenderOptions {
  /** Pixels a side of the canvas, 1 to 256; 100 unless told. */
  size?: number;
  /** `contain` (unless told) leaves transparent edges, `cover` cuts, `stretch` distorts. */
  fit?: Fit;
  /** `#rrggbb`, the colour that soft edges are blended with. */
  matte?: string;
  /** `#rrggbb`, put under the picture: nothing stays transparent. */
  background?: string;
  /** Called after each source frame with how many are done, and of how many. */
  onFrame?: (done: number, of: number) => void | Promise<void>;
}

export interface RenderedEmoji {
  /** The file. */
  gif: Uint8Array;
  /** What the uploaded picture is: pixels as stored (CSS pixels of a drawing), `plays` 0 for ever, milliseconds of one play as stored. */
  source: { format: ImageFormat; width: number; height: number; frames: number; plays: number; durationMs: number };
  /** Frames of the GIF; equal neighbours are one. */
  frames: number;
  /** How often the GIF plays; 0 is for ever. */
  plays: number;
  /** One play of the GIF; 0 for a still. */
  durationMs: number;
}

/** Each comes in when the first picture of its format does. */
const DECODERS: Record<ImageFormat, () => Promise<Decoder>> = {
  avif: async () => (await import('./avif/decoder.ts')).avifDecoder,
  bmp: async () => (await import('./bmp/decoder.ts')).bmpDecoder,
  gif: async () => (await import('./gif/decoder.ts')).gifDecoder,
  ico: async () => (await import('./ico/decoder.ts')).icoDecoder,
  jpeg: async () => (await import('./jpeg/decoder.ts')).jpegDecoder,
  png: async () => (await import('./png/decoder.ts')).pngDecoder,
  svg: async () => (await import('./svg/decoder.ts')).svgDecoder,
  tiff: async () => (await import('./tiff/decoder.ts')).tiffDecoder,
  webp: async () => (await import('./webp/decoder.ts')).webpDecoder,
};

/** Formats whose decoders may need one another's room, and see to it themselves. */
const IN_WEBASSEMBLY: ReadonlySet<ImageFormat> = new Set(['avif', 'svg']);

/** Pixels of the frames that are quantised together: their canvases are held until then, 4 bytes a pixel. */
const BATCH_PIXELS = 3_000_000;
/** To draw and to quantise a pixel of the canvas takes as long as so many source pixels. */
const CANVAS_WORK = 20;

/**
 * Makes a picture into an emoji: a square GIF that keeps the picture's animation, transparency and shape.
 *
 * @param bytes the whole file: PNG, APNG, JPEG, GIF, WebP, AVIF, BMP, ICO, SVG or TIFF
 * @throws ImagingError when the picture can never work; any other error is a fault of this library or of the options
 */
export async function renderEmoji(bytes: Uint8Array, options: RenderOptions = {}): Promise<RenderedEmoji> {
  const { size = 100, fit = 'contain', onFrame } = options;
  if (!(Number.isInteger(size) && size >= 1 && size <= LIMITS.canvasSide)) {
    throw new RangeError(`size must be a whole number from 1 to ${LIMITS.canvasSide}, not ${size}.`);
  }
  const matte = parseColour(options.matte);
  const background = parseColour(options.background);
  const detected = sniff(bytes);
  if (!IN_WEBASSEMBLY.has(detected)) dropGrownInstance();
  const decoder = await DECODERS[detected]();
  const header = decoder.readHeader(bytes);
  checkLimits(header, size);

  const appearance: Appearance = { toSrgb: toSrgb(header.iccProfile), matte, background };
  const isAnimated = header.frameCount > 1;
  const quantiser = new Quantiser(size, isAnimated);
  const animation = new GifAnimation(size);
  const pace = new Pace();
  const clock = new FrameClock();
  let batch: CanvasFrame[] = [];
  const endBatch = async () => {
    for (const frame of quantiser.quantise(batch)) {
      animation.add(frame);
      await pace.spend(size * size * CANVAS_WORK);
    }
    batch = [];
  };

  let frames = 0;
  let durationMs = 0;
  for await (const { pixels, delay } of draw(bytes, decoder, header, size, fit, appearance)) {
    frames++;
    durationMs += delay;
    const shownFor = isAnimated ? clock.next(delay) : 0;
    if (shownFor > 0 || !isAnimated) batch.push({ pixels: pixels.slice(), delay: shownFor });
    if (batch.length * size * size >= BATCH_PIXELS) await endBatch();
    await onFrame?.(frames, header.frameCount);
    if (isAnimated) await pace.spend(header.width * header.height + size * size * CANVAS_WORK);
  }
  // What is left of an animation that is cut off after its first frame.
  if (frames === 1) batch = batch.map((frame) => ({ ...frame, delay: 0 }));
  if (batch.length > 0) await endBatch();

  const { image, expected } = animation.finish(header.plays);
  const gif = writeGif(image);
  await verify(gif, image, expected);
  const { format, plays } = header;
  const { width, height } = header.statedSize ?? header;
  return {
    gif,
    source: { format, width, height, frames, plays, durationMs },
    frames: image.frames.length,
    plays: image.plays,
    durationMs: image.frames.reduce((sum, frame) => sum + frame.delay, 0),
  };
}

/** `#rrggbb` as a pixel; `null` for none. */
function parseColour(colour: string | undefined): number | null {
  if (colour === undefined) return null;
  const digits = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  if (digits === undefined) throw new RangeError(`a colour is written #rrggbb, not ${colour}.`);
  const rgb = Number.parseInt(digits, 16);
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >>> 16)) >>> 0;
}
