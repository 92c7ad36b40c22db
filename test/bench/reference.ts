import sharp, { type KernelEnum } from 'sharp';

export interface Film {
  width: number;
  height: number;
  /** Straight RGBA, composited. */
  frames: { rgba: Uint8Array; delay: number }[];
}

/** Browsers show what asks for 10 ms or less for 100. */
const SHOWN_FOR_MS = 100;

/** Pixels that a drawing has at least along its longer side, and the dots an inch of a CSS pixel, as librsvg has it. */
const DRAWING_SIDE = 400;
const DRAWING_DENSITY = 72;

/** Every frame of a picture at full size, composited by sharp, upright, in sRGB. */
export async function readFilm(bytes: Uint8Array): Promise<Film> {
  const options = { animated: true, limitInputPixels: false, failOn: 'none' } as const;
  const { format, width: drawn, height: drawnHeight } = await sharp(bytes, options).metadata();
  // A drawing has no pixels of its own: it is drawn in those of a large picture, not in the few that it may state.
  const scale = format === 'svg' ? Math.max(1, DRAWING_SIDE / Math.max(drawn, drawnHeight)) : 1;
  const image = sharp(bytes, { ...options, density: DRAWING_DENSITY * scale });
  const { pages = 1, delay = [] } = await image.metadata();
  const { data, info } = await (pages === 1 ? image.autoOrient() : image)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const height = info.height / pages;
  const frames = Array.from({ length: pages }, (_, n) => ({
    rgba: data.subarray(n * info.width * height * 4, (n + 1) * info.width * height * 4),
    delay: shownFor(delay[n] ?? 0),
  }));
  return { width: info.width, height, frames };
}

/** One frame as it should be on the canvas. sharp premultiplies where it scales. */
export async function fitFrame({ width, height, frames }: Film, n: number, side: number, kernel: keyof KernelEnum) {
  const scale = Math.min(side / width, side / height);
  const fitted = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const left = Math.floor((side - fitted.width) / 2);
  const top = Math.floor((side - fitted.height) / 2);
  return sharp(frames[n].rgba, { raw: { width, height, channels: 4 }, limitInputPixels: false })
    .resize(fitted.width, fitted.height, { kernel, fit: 'fill' })
    .extend({
      left,
      top,
      right: side - fitted.width - left,
      bottom: side - fitted.height - top,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    })
    .raw()
    .toBuffer();
}

/** The frame that is seen at a moment of one play, from 0 up to 1. */
export function frameAt({ frames }: Film, moment: number): number {
  let left = moment * frames.reduce((sum, { delay }) => sum + delay, 0);
  for (let n = 0; n < frames.length; n++) {
    if (left < frames[n].delay) return n;
    left -= frames[n].delay;
  }
  return frames.length - 1;
}

function shownFor(delay: number): number {
  return delay <= 10 ? SHOWN_FOR_MS : delay;
}
