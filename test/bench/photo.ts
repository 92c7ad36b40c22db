import sharp, { type Sharp } from 'sharp';
import { random } from './random.ts';

/** Pixels of the picture that all photos are cut from, or mirrored out of. */
const BASE = { width: 4000, height: 3000 };
/** Waves of 1/f: each has twice as many cells and about half the swing of the one before, as real scenes do. */
const OCTAVES = [4, 9, 20, 45, 100, 220, 480, 1000, 2000];
const SWING = 230;
const FALL = 0.7;
/** The part of the swing that each channel has for itself. */
const COLOURFULNESS = 0.4;
/** Sensor noise of a phone in daylight, in 8-bit steps either way. */
const GRAIN = 22;

let base: Promise<Buffer> | undefined;

/**
 * Something that compresses and quantises as a photo does: colour at every scale, hard edges, grain. Raw 8-bit RGB,
 * the same pixels in every run.
 */
export async function photo(width: number, height: number): Promise<Sharp> {
  base ??= paint();
  const image = sharp(await base, { raw: { ...BASE, channels: 3 } });
  const right = Math.max(0, width - BASE.width);
  const bottom = Math.max(0, height - BASE.height);
  const wide = await image
    .extract({ left: 0, top: 0, width: Math.min(width, BASE.width), height: Math.min(height, BASE.height) })
    .extend({ right, bottom, extendWith: 'mirror' })
    .raw()
    .toBuffer();
  return sharp(wide, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}

async function paint(): Promise<Buffer> {
  const { width, height } = BASE;
  const next = random(1);
  const sum = new Int16Array(width * height * 3).fill(128);
  let swing = SWING;
  for (const cells of OCTAVES) {
    const rows = Math.ceil((cells * height) / width);
    const noise = Buffer.alloc(cells * rows * 3);
    for (let i = 0; i < noise.length; i += 3) {
      // The channels of a photo go together.
      const light = next() * (1 - COLOURFULNESS);
      for (let channel = 0; channel < 3; channel++) noise[i + channel] = (light + next() * COLOURFULNESS) * 256;
    }
    const octave = await sharp(noise, { raw: { width: cells, height: rows, channels: 3 } })
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .raw()
      .toBuffer();
    for (let i = 0; i < sum.length; i++) sum[i] += ((octave[i] - 128) * swing) >> 8;
    swing *= FALL;
  }
  const pixels = Buffer.alloc(sum.length);
  for (let i = 0; i < sum.length; i++) pixels[i] = Math.min(255, Math.max(0, sum[i] + (next() - next()) * GRAIN));
  return sharp(pixels, { raw: { ...BASE, channels: 3 } })
    .composite([{ input: Buffer.from(edges(next)) }])
    .removeAlpha()
    .raw()
    .toBuffer();
}

/** Objects with hard edges, as SVG. */
function edges(next: () => number): string {
  const shapes = Array.from({ length: 60 }, () => {
    const colour = `hsl(${Math.floor(next() * 360)} ${Math.floor(next() * 80)}% ${Math.floor(next() * 100)}%)`;
    const centre = `cx="${Math.floor(next() * BASE.width)}" cy="${Math.floor(next() * BASE.height)}"`;
    return `<ellipse ${centre} rx="${Math.floor(next() * 300)}" ry="${Math.floor(next() * 200)}" fill="${colour}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${BASE.width}" height="${BASE.height}">${shapes.join('')}</svg>`;
}
