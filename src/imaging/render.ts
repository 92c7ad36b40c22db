import type { ExpectedGif } from './animation.ts';
import { draw, type View } from './draw.ts';
import { CANVAS_WORK, Film } from './film.ts';
import type { Fit } from './geometry.ts';
import type { ImageFormat } from './image.ts';
import { Pace } from './pace.ts';
import { checkSize, isFaint, openSource, type Source } from './source.ts';
import { makeStill } from './still.ts';
import { FrameClock } from './timing.ts';
import { verify } from './verify.ts';

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
  const source = await openSource(bytes, options, size);
  const { header, appearance } = source;
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
  if (!isFaint(strongest[0], source.appearance)) return shot;
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
