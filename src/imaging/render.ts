import { GifAnimation } from './animation.ts';
import { checkLimits } from './check-limits.ts';
import { draw } from './draw.ts';
import type { Appearance } from './flatten.ts';
import type { Fit } from './geometry.ts';
import { toSrgb } from './icc.ts';
import type { Decoder, ImageFormat, ImageHeader } from './image.ts';
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
  /** `#rrggbb`, the colour that soft edges and shadows are blended with: all that differs from it is opaque then. */
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

/** A picture whose highest alpha is below this is drawn again by that measure: by 255 little or nothing would be seen. */
const FAINT = 192;
/** Formats whose decoders may need one another's room, and see to it themselves. */
const IN_WEBASSEMBLY: ReadonlySet<ImageFormat> = new Set(['avif', 'svg']);
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

  const source: Source = { bytes, decoder, header };
  const appearance: Appearance = {
    toSrgb: toSrgb(header.iccProfile, header.isGrey),
    matte,
    background,
    strongestAlpha: 255,
  };
  const film = await shootToBeSeen(source, size, fit, appearance, onFrame);
  const { gif, expected } = film.animation.finish();
  await verify(gif, expected);
  const { format, plays } = header;
  const { width, height } = header.statedSize ?? header;
  return {
    gif,
    source: { format, width, height, frames: film.frames, plays, durationMs: film.durationMs },
    frames: expected.frames.length,
    plays: expected.plays,
    durationMs: expected.frames.reduce((sum, frame) => sum + frame.delay, 0),
  };
}

interface Source {
  bytes: Uint8Array;
  decoder: Decoder;
  header: ImageHeader;
}

interface Film {
  animation: GifAnimation;
  /** Frames of the source, and milliseconds of all of them. */
  frames: number;
  durationMs: number;
  /** The highest alpha of all frames. */
  strongestAlpha: number;
}

/** Shoots again what is too faint to be seen at the first attempt, whose frames are not held meanwhile. */
async function shootToBeSeen(...[source, size, fit, appearance, onFrame]: Parameters<typeof shoot>): Promise<Film> {
  const film = await shoot(source, size, fit, appearance, onFrame);
  const { strongestAlpha } = film;
  const isFaint = strongestAlpha > 0 && strongestAlpha < FAINT && appearance.background === null;
  return isFaint ? shoot(source, size, fit, { ...appearance, strongestAlpha }) : film;
}

/** Draws all frames, and reduces them to the colours of a GIF. */
async function shoot(
  { bytes, decoder, header }: Source,
  size: number,
  fit: Fit,
  appearance: Appearance,
  onFrame?: RenderOptions['onFrame'],
): Promise<Film> {
  const isAnimated = header.frameCount > 1;
  const quantiser = new Quantiser(size, isAnimated);
  const film: Film = { animation: new GifAnimation(size, header.plays), frames: 0, durationMs: 0, strongestAlpha: 0 };
  const pace = new Pace();
  const clock = new FrameClock();
  let batch: CanvasFrame[] = [];
  /** Canvases of batches that are done: new ones for each frame of a long animation would pile up as garbage. */
  const spare: Uint32Array[] = [];
  const endBatch = async () => {
    for (const frame of quantiser.quantise(batch)) {
      film.animation.add(frame);
      await pace.spend(size * size * CANVAS_WORK);
    }
    // The quantiser goes on from the last.
    spare.push(...batch.slice(0, -1).map(({ pixels }) => pixels));
    batch = [];
  };

  for await (const { pixels, delay, strongestAlpha } of draw(bytes, decoder, header, size, fit, appearance)) {
    film.frames++;
    film.durationMs += delay;
    film.strongestAlpha = Math.max(film.strongestAlpha, strongestAlpha);
    const shownFor = isAnimated ? clock.next(delay) : 0;
    if (shownFor > 0 || !isAnimated) {
      const canvas = spare.pop() ?? new Uint32Array(pixels.length);
      canvas.set(pixels);
      batch.push({ pixels: canvas, delay: shownFor });
    }
    if (batch.length * size * size >= LIMITS.batchPixels) await endBatch();
    await onFrame?.(film.frames, header.frameCount);
    if (isAnimated) await pace.spend(header.width * header.height + size * size * CANVAS_WORK);
  }
  // What is left of an animation that is cut off after its first frame.
  if (film.frames === 1) batch = batch.map((frame) => ({ ...frame, delay: 0 }));
  if (batch.length > 0) await endBatch();
  return film;
}

/** `#rrggbb` as a pixel; `null` for none. */
function parseColour(colour: string | undefined): number | null {
  if (colour === undefined) return null;
  const digits = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  if (digits === undefined) throw new RangeError(`a colour is written #rrggbb, not ${colour}.`);
  const rgb = Number.parseInt(digits, 16);
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >>> 16)) >>> 0;
}
