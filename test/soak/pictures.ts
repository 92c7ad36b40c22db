/** Pictures whose emoji is known beforehand: its colour in the middle, and how many frames it has. */
import { GifWriter } from 'omggif';
import sharp from 'sharp';
import { chunk, concat, IEND, ihdr, SIGNATURE } from '../imaging/png-writer.ts';

/** Numbers from 0 up to 1. */
export type Random = () => number;

export interface Picture {
  bytes: Uint8Array<ArrayBuffer>;
  /** As the service calls it in `/metrics`. */
  format: 'png' | 'jpeg' | 'gif' | 'webp' | 'broken';
  /** Of the middle of each frame: red, green, blue. */
  colour: [number, number, number];
  frames: number;
  /** The code that it must fail with; null for a picture that works. */
  failure: string | null;
}

type Colour = Picture['colour'];

const DELAY = 5;
/** Where the colours of the global colour table begin: after the signature and the logical screen descriptor. */
const COLOUR_TABLE = 13;

export function whole(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

/** One of 216 colours that are far enough apart for JPEG: another number, another colour. */
export function colourOf(number: number): Colour {
  const n = (number * 89) % 216;
  return [(n % 6) * 51, (Math.floor(n / 6) % 6) * 51, Math.floor(n / 36) * 51];
}

/** What people upload: mostly small, some stills of a megapixel, some long animations. */
export async function goodPicture(random: Random, colour: Colour): Promise<Picture> {
  const kind = random();
  if (kind < 0.3) return still('png', random, colour);
  if (kind < 0.5) return still('jpeg', random, colour);
  if (kind < 0.6) return still('webp', random, colour);
  if (kind < 0.96) return animation(whole(random, 24, 160), whole(random, 2, 16), colour);
  return longAnimation(random, colour);
}

/** Takes long enough for something to happen meanwhile. */
export function longAnimation(random: Random, colour: Colour): Picture {
  return animation(whole(random, 5, 8) * 50, whole(random, 6, 16) * 5, colour);
}

async function still(format: 'png' | 'jpeg' | 'webp', random: Random, colour: Colour): Promise<Picture> {
  const width = random() < 0.05 ? whole(random, 800, 1_200) : whole(random, 8, 300);
  const [red, green, blue] = colour;
  const picture = sharp({
    create: {
      width,
      // Not so flat that its middle falls between two pixels of the emoji.
      height: Math.ceil(width * (0.5 + 1.5 * random())),
      channels: 3,
      background: { r: red, g: green, b: blue },
    },
  });
  const file = await (format === 'webp' ? picture.webp({ lossless: true }) : picture[format]()).toBuffer();
  return { bytes: new Uint8Array(file), format, colour, frames: 1, failure: null };
}

const templates = new Map<string, Uint8Array>();

/** A square goes along the upper edge, so that no frame is like the one before. */
function animation(side: number, frames: number, colour: Colour): Picture {
  const key = `${side} ${frames}`;
  const template = templates.get(key) ?? paint(side, frames);
  templates.set(key, template);
  const bytes = new Uint8Array(template);
  bytes.set(colour, COLOUR_TABLE);
  return { bytes, format: 'gif', colour, frames, failure: null };
}

/** The colours are 0 (anything, put in later) and 1 (grey, which is none of the others). */
function paint(side: number, frames: number): Uint8Array {
  const file = new Uint8Array(side * side * frames * 2 + 1_000);
  const gif = new GifWriter(file, side, side, { palette: [0, 0x7f7f7f], loop: 0 });
  const square = Math.ceil(side / 5);
  for (let n = 0; n < frames; n++) {
    const left = Math.floor((n * (side - square)) / frames);
    const indices = new Uint8Array(side * side);
    for (let y = 0; y < square; y++) indices.fill(1, y * side + left, y * side + left + square);
    // GifWriter takes arrays of any kind, as far as it can tell.
    gif.addFrame(0, 0, side, side, indices as unknown as number[], { delay: DELAY });
  }
  return file.slice(0, gif.end());
}

/** Bytes that are no picture, or one that no program can show anything of, or one that is too large. */
export function brokenPicture(random: Random): Picture {
  const [make, failure] = BROKEN[whole(random, 0, BROKEN.length - 1)];
  return { bytes: new Uint8Array(make(random)), format: 'broken', colour: [0, 0, 0], frames: 0, failure };
}

const header = (width: number, height: number): Uint8Array => ihdr({ width, height, colourType: 2, bitDepth: 8 });

const BROKEN: [make: (random: Random) => Uint8Array, failure: string][] = [
  [(random) => Buffer.from(`This is a letter, not a picture: ${random()}`), 'unsupported_format'],
  [(random) => Buffer.from(`%PDF-1.7 ${random()}`), 'unsupported_format'],
  // The first byte starts no format that is known.
  [
    (random) => Uint8Array.from({ length: 500 }, (_, n) => (n === 0 ? 0xee : whole(random, 0, 255))),
    'unsupported_format',
  ],
  [(random) => concat(SIGNATURE, header(whole(random, 1, 500), 9)).subarray(0, 30), 'corrupt_picture'],
  [(random) => concat(SIGNATURE, header(whole(random, 1, 500), 9), IEND), 'corrupt_picture'],
  [
    (random) => concat(SIGNATURE, header(20_000, whole(random, 10_000, 20_000)), chunk('IDAT'), IEND),
    'too_many_pixels',
  ],
  [
    (random) => Buffer.from(`GIF89a${String.fromCharCode(whole(random, 1, 90))}\0\x10\0\0\0\0;`, 'latin1'),
    'corrupt_picture',
  ],
  [(random) => Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, whole(random, 0, 255)), 'corrupt_picture'],
  [(random) => Buffer.from(`RIFF\x20\0\0\0WEBPVP8L${whole(random, 0, 9)}`, 'latin1'), 'corrupt_picture'],
];
