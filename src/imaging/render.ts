import type { ExpectedGif } from './animation.ts';
import { checkLimits } from './check-limits.ts';
import { draw, type View } from './draw.ts';
import { CANVAS_WORK, Film } from './film.ts';
import type { Appearance } from './flatten.ts';
import type { Fit } from './geometry.ts';
import { toSrgb } from './icc.ts';
import type { Decoder, ImageFormat, ImageHeader } from './image.ts';
import { LIMITS } from './limits.ts';
import { Pace } from './pace.ts';
import { sniff } from './sniff.ts';
import { makeStill } from './still.ts';
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
  /** Other sizes that are wanted beside it, 1 to 256 each, drawn from the same rows. */
  furtherSizes?: number[];
  /** Whether the first frame is wanted as a PNG, in all its colours. */
  still?: boolean;
  /** Called after each source frame with how many are done, and of how many. */
  onFrame?: (done: number, of: number) => void | Promise<void>;
}

export interface RenderedEmoji {
  /** The file. */
  gif: Uint8Array;
  /** The files of the further sizes; one that would take more than `LIMITS.furtherGifBytes` is left out. */
  further: Map<number, Uint8Array>;
  /** The first frame; null unless it was asked for. */
  png: Uint8Array | null;
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

/**
 * Makes a picture into an emoji: a square GIF that keeps the picture's animation, transparency and shape.
 *
 * @param bytes the whole file: PNG, APNG, JPEG, GIF, WebP, AVIF, BMP, ICO, SVG or TIFF
 * @throws ImagingError when the picture can never work; any other error is a fault of this library or of the options
 */
export async function renderEmoji(bytes: Uint8Array, options: RenderOptions = {}): Promise<RenderedEmoji> {
  const { size = 100, fit = 'contain', furtherSizes = [], still = false, onFrame } = options;
  const sizes = [...new Set([size, ...furtherSizes])];
  for (const side of sizes) checkSize(side);
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
  const views = sizes.map((size) => ({ size, fit, appearance }));
  const { films, frames, durationMs } = await shootToBeSeen(source, views, onFrame);
  const gifs = new Map<number, Uint8Array>();
  let expected: ExpectedGif | null = null;
  for (const film of films) {
    const finished = film.finish();
    if (finished === null) continue;
    await verify(finished.gif, finished.expected);
    gifs.set(film.size, finished.gif);
    expected ??= finished.expected;
  }
  const gif = gifs.get(size);
  if (!gif || !expected) throw new Error('Only a further size may be left out.');
  const { format, plays } = header;
  const { width, height } = header.statedSize ?? header;
  return {
    gif,
    further: new Map([...gifs].filter(([side]) => furtherSizes.includes(side))),
    png: still ? await makeStill(films[0]) : null,
    source: { format, width, height, frames, plays, durationMs },
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

interface Shot {
  /** One for each view, in their order: the first one is the emoji, the others are further sizes. */
  films: Film[];
  /** Frames of the source, and milliseconds of all of them. */
  frames: number;
  durationMs: number;
}

/** Shoots again what is too faint to be seen at the first attempt, whose frames are not held meanwhile. */
async function shootToBeSeen(source: Source, views: View[], onFrame: RenderOptions['onFrame']): Promise<Shot> {
  const shot = await shoot(source, views, onFrame);
  const strongest = shot.films.map(({ strongestAlpha }) => strongestAlpha);
  const isFaint = strongest[0] > 0 && strongest[0] < FAINT && views[0].appearance.background === null;
  if (!isFaint) return shot;
  const seen = views.map((view, i) => ({ ...view, appearance: { ...view.appearance, strongestAlpha: strongest[i] } }));
  return shoot(source, seen, onFrame);
}

/** Draws all frames, and reduces them to the colours of a GIF. */
async function shoot(
  { bytes, decoder, header }: Source,
  views: View[],
  onFrame: RenderOptions['onFrame'],
): Promise<Shot> {
  const isAnimated = header.frameCount > 1;
  const pace = new Pace();
  const films = views.map(({ size }, i) => new Film(size, isAnimated, header.plays, i > 0, pace));
  const canvasPixels = views.reduce((sum, { size }) => sum + size ** 2, 0);
  const clock = new FrameClock();
  let frames = 0;
  let durationMs = 0;
  for await (const { canvases, delay } of draw(bytes, decoder, header, views)) {
    frames++;
    durationMs += delay;
    const shownFor = isAnimated ? clock.next(delay) : 0;
    const isShown = shownFor > 0 || !isAnimated;
    for (const [i, film] of films.entries()) await film.add(canvases[i], isShown ? shownFor : null);
    await onFrame?.(frames, header.frameCount);
    if (isAnimated) await pace.spend(header.width * header.height + canvasPixels * CANVAS_WORK);
  }
  for (const film of films) await film.end(frames === 1);
  return { films, frames, durationMs };
}

function checkSize(size: number): void {
  if (Number.isInteger(size) && size >= 1 && size <= LIMITS.canvasSide) return;
  throw new RangeError(`a size must be a whole number from 1 to ${LIMITS.canvasSide}, not ${size}.`);
}

/** `#rrggbb` as a pixel; `null` for none. */
function parseColour(colour: string | undefined): number | null {
  if (colour === undefined) return null;
  const digits = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  if (digits === undefined) throw new RangeError(`a colour is written #rrggbb, not ${colour}.`);
  const rgb = Number.parseInt(digits, 16);
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >>> 16)) >>> 0;
}
