/**
 * The pictures that are measured. Each is made on first use, the same in every run, and kept in the system's folder
 * for temporary files.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { GifWriter } from 'omggif';
import sharp, { type Sharp } from 'sharp';
import { LIMITS } from '../../src/imaging/limits.ts';
import { actl, chunk, concat, fctl, fdat, IEND, ihdr, SIGNATURE } from '../imaging/png-writer.ts';
import { photo } from './photo.ts';
import { random } from './random.ts';

export interface Picture {
  name: string;
  /** Of the file. */
  extension: string;
  isAnimated: boolean;
  make(): Promise<Uint8Array>;
}

/** Another number makes all pictures anew. */
const EDITION = 2;
const FOLDER = path.join(tmpdir(), `custom-emoji-bench-${EDITION}`);
const PARROTS = path.join(import.meta.dirname, '../../../shared/corpus/parrots');

const QUALITY = 88;

/** The classes whose speed is measured. */
export const CLASSES: Picture[] = [
  still('jpeg 6 MP', 'jpg', async () => (await photo(3000, 2000)).jpeg({ quality: QUALITY })),
  still('jpeg 12 MP', 'jpg', async () => (await photo(4000, 3000)).jpeg({ quality: QUALITY })),
  still('jpeg 48 MP', 'jpg', async () => (await photo(8000, 6000)).jpeg({ quality: QUALITY })),
  still('jpeg 12 MP progressive', 'jpg', async () =>
    (await photo(4000, 3000)).jpeg({ quality: QUALITY, progressive: true }),
  ),
  still('png 2 MP screenshot', 'png', async () => sharp(Buffer.from(screenshot())).removeAlpha().png()),
  still('png 3 MP alpha', 'png', async () => (await photo(2048, 1536)).joinChannel(await softMask(2048, 1536)).png()),
  still('png 512² logo', 'png', async () => sharp(Buffer.from(LOGO)).png()),
  still('webp 1 MP', 'webp', async () => (await photo(1200, 900)).webp({ quality: QUALITY })),
  parrot('parrot soccer', 'soccerparrot.gif', 3),
  parrot('parrot astronaut', 'astronautparrot.gif', 4),
  parrot('parrot illuminati', 'illuminatiparrot.gif', 5),
  animated('gif 128² × 10', 'gif', async () => bird(2)),
  animated('gif 500² × 60', 'gif', async () => (await panning()).gif({ delay: 40, effort: 1 }).toBuffer()),
  animated('webp 500² × 60', 'webp', async () => (await panning()).webp({ delay: 40, quality: 80 }).toBuffer()),
];

/** The largest pictures that must go through in bounded memory. */
export const LARGE: Picture[] = [
  classOf('jpeg 48 MP'),
  still('jpeg 48 MP progressive', 'jpg', async () =>
    (await photo(8000, 6000)).jpeg({ quality: QUALITY, progressive: true }),
  ),
  still('png 100 MP', 'png', async () => (await photo(10_000, 10_000)).png({ compressionLevel: 3 })),
  still('png 100 MP interlaced', 'png', async () =>
    (await photo(10_000, 10_000)).png({ compressionLevel: 3, progressive: true }),
  ),
  // About the largest that its decoder takes in one piece, in a WebAssembly heap.
  still('avif 1.7 MP', 'avif', async () => (await photo(1500, 1140)).avif({ effort: 0 })),
  still('webp 16 MP', 'webp', async () => (await photo(4000, 4000)).webp({ quality: QUALITY })),
  animated('gif 50 MB', 'gif', async () => noiseGif(500, { bytes: 50_000_000 })),
  animated('gif 100² × 2000 of noise', 'gif', async () => noiseGif(100, { frames: LIMITS.frames })),
  animated('gif undone, growing', 'gif', async () => growingGif()),
  animated('apng undone, growing', 'png', async () => growingApng()),
];

export function classOf(name: string): Picture {
  const found = CLASSES.find((picture) => picture.name === name);
  if (!found) throw new Error(`no class is called ${name}`);
  return found;
}

/** The path of a picture's file, which is made where it is missing. */
export async function fileOf({ name, extension, make }: Picture): Promise<string> {
  const file = path.join(FOLDER, `${name.replaceAll(/\W+/g, '-')}.${extension}`);
  if (existsSync(file)) return file;
  await mkdir(FOLDER, { recursive: true });
  // Whole or not at all: another process may look for it meanwhile.
  const half = `${file}.${process.pid}`;
  await writeFile(half, await make());
  await rename(half, file);
  return file;
}

function still(name: string, extension: string, make: () => Promise<Sharp>): Picture {
  return { name, extension, isAnimated: false, make: async () => (await make()).toBuffer() };
}

function animated(name: string, extension: string, make: () => Promise<Uint8Array>): Picture {
  return { name, extension, isAnimated: true, make };
}

/** A real one where the corpus is at hand. */
function parrot(name: string, file: string, seed: number): Picture {
  const original = path.join(PARROTS, file);
  return animated(name, 'gif', () => (existsSync(original) ? readFile(original) : bird(seed)));
}

/** Windows and lines of words, in flat colours with soft edges. */
function screenshot(): string {
  const next = random(10);
  const rect = (x: number, y: number, width: number, height: number, fill: string) =>
    `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height}" rx="3" fill="${fill}"/>`;
  const parts = [
    rect(0, 0, 1920, 1080, '#1e1f22'),
    rect(0, 0, 260, 1080, '#2b2d31'),
    rect(1500, 0, 420, 1080, '#f2f3f5'),
  ];
  for (let y = 20; y < 1060; y += 16) {
    for (const [left, right] of [
      [20, 240],
      [290, 1470],
      [1520, 1900],
    ]) {
      for (let x = left, end = left + (right - left) * next(); x < end; ) {
        const width = 4 + next() * 50;
        parts.push(rect(x, y, width, 9, `hsl(${Math.floor(next() * 6) * 60} 40% ${next() < 0.8 ? 70 : 45}%)`));
        x += width + 5;
      }
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1920" height="1080">${parts.join('')}</svg>`;
}

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512">
  <defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#ff8a00"/><stop offset="1" stop-color="#e52e71"/></linearGradient></defs>
  <circle cx="256" cy="256" r="240" fill="url(#g)"/>
  <path d="M150 350 L256 120 L362 350 Z" fill="#fff" fill-opacity="0.9"/>
  <circle cx="256" cy="290" r="40" fill="#222"/>
</svg>`;

/** An alpha channel that is clear outside, whole inside, with a soft edge. */
function softMask(width: number, height: number): Promise<Buffer> {
  const mask = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><radialGradient id="g"><stop offset="0.7" stop-color="#fff"/><stop offset="1" stop-color="#000"/></radialGradient></defs>
    <rect width="100%" height="100%"/><ellipse cx="50%" cy="50%" rx="48%" ry="48%" fill="url(#g)"/></svg>`;
  return sharp(Buffer.from(mask)).toColourspace('b-w').removeAlpha().png().toBuffer();
}

/** 128×128, ten frames of 60 ms: what people upload. A figure in flat colours that bobs over transparency. */
async function bird(seed: number): Promise<Buffer> {
  const hue = Math.floor(random(seed)() * 360);
  const frames = await Promise.all(
    Array.from({ length: 10 }, (_, n) => {
      const x = 64 + 20 * Math.cos((n / 10) * 2 * Math.PI);
      const y = 60 + 12 * Math.sin((n / 10) * 2 * Math.PI);
      return sharp(
        Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" stroke="#000" stroke-width="3">
          <path d="M${x - 30} ${y} Q64 160 20 126 L108 126 Q100 90 ${x + 30} ${y} Z" fill="hsl(${(hue + n * 36) % 360} 90% 60%)"/>
          <circle cx="${x}" cy="${y}" r="32" fill="hsl(${(hue + n * 36) % 360} 90% 65%)"/>
          <path d="M${x + 10} ${y - 4} q26 0 18 26 q-16 2 -18 -26" fill="#ddd"/><circle cx="${x}" cy="${y - 8}" r="5"/></svg>`),
      )
        .raw()
        .toBuffer();
    }),
  );
  return sharp(Buffer.concat(frames), { raw: { width: 128, height: 1280, channels: 4, pageHeight: 128 } })
    .gif({ delay: 60 })
    .toBuffer();
}

/** A 500×500 window that moves over a photo for sixty frames. */
async function panning(): Promise<Sharp> {
  const side = 500;
  const scene = await (await photo(2400, 1200)).resize(1200, 600).raw().toBuffer();
  const frames = Array.from({ length: 60 }, (_, n) =>
    sharp(scene, { raw: { width: 1200, height: 600, channels: 3 } })
      .extract({ left: n * 10, top: n, width: side, height: side })
      .raw()
      .toBuffer(),
  );
  return sharp(Buffer.concat(await Promise.all(frames)), {
    raw: { width: side, height: side * 60, channels: 3, pageHeight: side },
    limitInputPixels: false,
  });
}

/** Frames of noise, which take the most data that so many pixels can: so many, or until the file has so many bytes. */
function noiseGif(side: number, until: { bytes: number } | { frames: number }): Uint8Array {
  const next = random(20);
  const most = 'frames' in until ? until.frames * side * side * 2 : until.bytes;
  const file = new Uint8Array(most + side * side * 2);
  const palette: number[] = Array.from({ length: 256 }, () => Math.floor(next() * 0x1000000));
  const gif = new GifWriter(file, side, side, { palette, loop: 0 });
  const indices = Array.from({ length: side * side }, () => Math.floor(next() * 256));
  const isEnough = (frames: number) =>
    'frames' in until ? frames === until.frames : gif.getOutputBufferPosition() >= until.bytes;
  for (let frames = 0; !isEnough(frames); frames++) {
    for (let i = 0; i < indices.length; i++) indices[i] = (indices[i] * 5 + 1 + ((i * 7) & 31)) & 255;
    gif.addFrame(0, 0, side, side, indices, { delay: 4 });
  }
  return file.slice(0, gif.end());
}

/** The largest animation whose frames are undone, each larger than the one before, up to the whole canvas. */
const UNDONE = { width: 2500, height: Math.floor(LIMITS.canvasInMemory / 2 / 2500), frames: 20 };
const grown = (side: number, n: number): number => Math.floor((side * (n + 1)) / UNDONE.frames);

function growingGif(): Uint8Array {
  const { width, height, frames } = UNDONE;
  const file = new Uint8Array(8_000_000);
  const gif = new GifWriter(file, width, height, { palette: [0xff0000, 0x00ff00], loop: 0 });
  for (let n = 0; n < frames; n++) {
    const [across, down] = [grown(width, n), grown(height, n)];
    gif.addFrame(0, 0, across, down, new Array(across * down).fill(n & 1), { delay: 10, disposal: 3 });
  }
  return file.slice(0, gif.end());
}

function growingApng(): Uint8Array {
  const { width, height, frames } = UNDONE;
  const header = { colourType: 6, bitDepth: 8 };
  const parts = Array.from({ length: frames }, (_, n) => {
    const size = n === 0 ? { width, height } : { width: grown(width, n), height: grown(height, n) };
    const rows = Buffer.alloc((1 + size.width * 4) * size.height, 0x90);
    // Each starts with its filter type, which is 0 for none.
    for (let y = 0; y < size.height; y++) rows[y * (1 + size.width * 4)] = 0;
    const data = deflateSync(rows);
    return [fctl({ ...size, dispose: 2, blend: 1 }), n === 0 ? chunk('IDAT', data) : fdat(data)];
  });
  return concat(SIGNATURE, ihdr({ ...header, width, height }), actl(frames, 0), ...parts.flat(), IEND);
}
