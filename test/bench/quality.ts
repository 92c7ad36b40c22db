/**
 * How close an emoji is to its picture. The reference is made by sharp: every frame composited at full size, fitted
 * into the canvas with Lanczos-3 in premultiplied alpha (a picture that is enlarged may also be like nearest neighbour,
 * as pixel art must be). Both are sampled over one play, seen on white and on dark, and compared by PSNR: as they are,
 * and softened by a 5-tap binomial filter, so that dither counts as the tone it makes. sharp's own GIF of the same file
 * is held against the same reference.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type KernelEnum } from 'sharp';
import { type Contender, load } from './contender.ts';
import { buildModule, LIBRARY } from './library.ts';
import { CLASSES, fileOf } from './pictures.ts';
import { mean, psnr, squaredError } from './psnr.ts';
import { type Film, fitFrame, frameAt, readFilm } from './reference.ts';
import { median, printTable, quantile, save } from './report.ts';
import { installedTools, runTool } from './tools.ts';

const CORPUS = path.join(import.meta.dirname, '../../../shared/corpus');
/** Not a conformance suite, which tests hold pixel by pixel: of its pictures sharp shows some otherwise than it says. */
const LEFT_OUT = `pygif${path.sep}`;
const PICTURE = /\.(png|jpe?g|gif|webp|avif|svg|tiff?)$/i;
const SIDE = 100;
/** Moments of one play at which an animation is looked at. */
const SAMPLES = 24;
/** Every so manieth file, in a quick run. */
const QUICK_STEP = 8;

/** Decibels. */
export interface Likeness {
  raw: number;
  soft: number;
  bytes: number;
}

interface Row {
  file: string;
  frames: number;
  ours: Likeness;
  sharp: Likeness;
}

/** Compares what is made of every file that both can read, prints medians, and writes `quality.json`. */
export async function benchQuality(folder: string | undefined, isQuick: boolean): Promise<void> {
  const library = await buildModule(LIBRARY);
  const rows: Row[] = [];
  const skipped: string[] = [];
  try {
    const ours = await load(library.entry);
    const peer = await load('sharp');
    const files = await picturesOf(folder);
    for (const file of isQuick ? files.filter((_, n) => n % QUICK_STEP === 0) : files) {
      try {
        rows.push(await compare(file, ours, peer));
      } catch (error) {
        skipped.push(`${path.basename(file)}: ${String(error).split('\n')[0]}`);
      }
    }
    print(rows);
    console.log(
      `\n${rows.length} pictures compared; ${skipped.length} left out, which one of the two cannot read whole.`,
    );
    const parrots = await weighParrots(ours);
    await save('quality', { parrots, rows, skipped });
  } finally {
    await library.remove();
  }
}

/** The pictures under a folder; else the corpus, or where it is not at hand the classes of the speed bench. */
async function picturesOf(folder: string | undefined): Promise<string[]> {
  const from = folder ?? CORPUS;
  if (folder === undefined && !existsSync(CORPUS)) return Promise.all(CLASSES.map(fileOf));
  const files = await readdir(from, { recursive: true });
  return files
    .filter((file) => PICTURE.test(file) && !file.startsWith(LEFT_OUT))
    .sort()
    .map((file) => path.join(from, file));
}

async function compare(file: string, ours: Contender, peer: Contender): Promise<Row> {
  const bytes = new Uint8Array(await readFile(file));
  // sharp reads the first picture of an APNG only.
  if (Buffer.from(bytes).includes('acTL')) throw new Error('an APNG, of which sharp makes no reference');
  await refuseDamaged(bytes);
  const film = await readFilm(bytes);
  return {
    file: path.basename(file),
    frames: film.frames.length,
    ours: await likeness(film, await ours(bytes), SIDE),
    sharp: await likeness(film, await peer(bytes), SIDE),
  };
}

/** What is missing of a picture, sharp shows as black and browsers do not show at all: it makes no reference there. */
async function refuseDamaged(bytes: Uint8Array): Promise<void> {
  await sharp(bytes, { animated: true, limitInputPixels: false, failOn: 'truncated' }).raw().toBuffer();
}

/** @param side pixels of the canvas; a picture of another size is fitted into it, as the original is */
export async function likeness(original: Film, picture: Uint8Array, side: number): Promise<Likeness> {
  const emoji = await readFilm(picture);
  const isWhole = emoji.width === side && emoji.height === side;
  const isStill = original.frames.length === 1 && emoji.frames.length === 1;
  const moments = isStill ? [0] : Array.from({ length: SAMPLES }, (_, n) => (n + 0.5) / SAMPLES);
  const pairs = moments.map((moment) => [frameAt(original, moment), frameAt(emoji, moment)]);
  const kernels: (keyof KernelEnum)[] =
    Math.max(original.width, original.height) < side ? ['lanczos3', 'nearest'] : ['lanczos3'];
  const errors = [];
  for (const kernel of kernels) {
    const seen = pairs.map(async ([from, to]) => {
      const shown = isWhole ? emoji.frames[to].rgba : await fitFrame(emoji, to, side, 'cubic');
      return squaredError(await fitFrame(original, from, side, kernel), shown, side);
    });
    errors.push(mean(await Promise.all(seen)));
  }
  return {
    raw: psnr(Math.min(...errors.map(({ raw }) => raw))),
    soft: psnr(Math.min(...errors.map(({ soft }) => soft))),
    bytes: picture.length,
  };
}

function print(rows: Row[]): void {
  const groups: [string, Row[]][] = [
    ['stills', rows.filter(({ frames }) => frames === 1)],
    ['animations', rows.filter(({ frames }) => frames > 1)],
  ];
  const measures: [string, (likeness: Likeness) => number][] = [
    ['as it is', ({ raw }) => raw],
    ['softened', ({ soft }) => soft],
  ];
  printTable(
    'PSNR, dB',
    ['', 'pictures', 'ours median', 'sharp median', 'ours 5 %', 'sharp 5 %', ''],
    groups.flatMap(([group, members]) =>
      measures.map(([measure, of]) => {
        const [ours, sharp] = [members.map((row) => of(row.ours)), members.map((row) => of(row.sharp))];
        const figures = [median(ours), median(sharp), quantile(ours, 0.05), quantile(sharp, 0.05)];
        const isMet = figures[0] >= figures[1] && figures[2] >= figures[3];
        return [`${group}, ${measure}`, String(members.length), ...figures, isMet ? 'met' : 'BELOW'];
      }),
    ),
  );
}

/** Bytes of all parrots together, against what gifsicle makes of them. */
async function weighParrots(ours: Contender): Promise<{ ours: number; gifsicle: number } | undefined> {
  const gifsicle = installedTools().find(({ name }) => name === 'gifsicle');
  const folder = path.join(CORPUS, 'parrots');
  if (!gifsicle || !existsSync(folder)) return undefined;
  const total = { ours: 0, gifsicle: 0 };
  for (const file of (await picturesOf(folder)).filter((name) => name.endsWith('.gif'))) {
    total.ours += (await ours(new Uint8Array(await readFile(file)))).length;
    total.gifsicle += runTool(gifsicle, file).bytes;
  }
  const verdict = total.ours <= total.gifsicle ? 'met' : 'ABOVE';
  console.log(`parrots: ${total.ours} bytes; gifsicle --resize-fit 100x100 -O3: ${total.gifsicle} (${verdict})`);
  return total;
}
