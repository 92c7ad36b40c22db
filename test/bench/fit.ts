/**
 * Whether every picture of a folder can be had for every platform, what is given up for that, and how the files look
 * beside those of gifsicle, with whatever `--lossy` and `--colors` are best for it within the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { type Budget, budgetFor } from '../../src/domain/platforms/budget.ts';
import { PLATFORM_IDS, PLATFORMS } from '../../src/domain/platforms/table.ts';
import { largestFit, offerOf } from '../../src/domain/platforms/verdict.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import { type FittedEmoji, fitEmoji, ImagingError, type RenderedEmoji, renderEmoji } from '../../src/imaging/index.ts';
import { CLASSES, fileOf } from './pictures.ts';
import { likeness } from './quality.ts';
import { type Film, readFilm } from './reference.ts';
import { median, printTable, save } from './report.ts';

const CORPUS = path.join(import.meta.dirname, '../../../shared/corpus');
const NO_PICTURE = /\.(conf|rgba|md)$/;
const SIDE = 128;
/** Bytes that few pictures fit into as they are. */
const TIGHT = [51_200, 20_000, 8_000];
const LOSSY = [0, 10, 20, 40, 80, 120, 200];
const COLOURS = [256, 128, 64, 32, 16];

const OUTCOMES = ['PNG', 'nothing', 'loss', 'frames', 'size', 'OVER THE LIMIT'] as const;

interface Row {
  file: string;
  platform: string;
  isStored: boolean;
  /** What was given up. */
  outcome: (typeof OUTCOMES)[number];
  bytes: number;
  ms: number;
}

export async function benchFit(folder: string | undefined, isQuick: boolean): Promise<void> {
  const files = (await filesOf(folder)).filter((_, n) => !isQuick || n % 8 === 0);
  const rows: Row[] = [];
  const unreadable: string[] = [];
  for (const file of files) {
    const bytes = new Uint8Array(await readFile(file));
    try {
      for (const row of await fitAll(bytes)) rows.push({ file: path.basename(file), ...row });
    } catch (error) {
      if (!(error instanceof ImagingError)) throw error;
      unreadable.push(path.basename(file));
    }
  }
  printTable(
    'Pictures for platforms: how many are stored as they are wanted; and what is given up where all are made to fit',
    ['', 'stored', ...OUTCOMES, 'slowest, ms'],
    PLATFORM_IDS.map((platform) => {
      const those = rows.filter((row) => row.platform === platform);
      const counts = OUTCOMES.map((wanted) => those.filter(({ outcome }) => outcome === wanted).length);
      const stored = those.filter(({ isStored }) => isStored).length;
      return [platform, ...[stored, ...counts].map(String), Math.max(...those.map(({ ms }) => ms))];
    }),
  );
  console.log(`\n${files.length - unreadable.length} pictures; ${unreadable.length} that cannot be read are left out.`);
  await save('fit', { rows, unreadable, compared: await compareWithGifsicle(files) });
}

/** The corpus with all that is in it, and long animations. */
async function filesOf(folder: string | undefined): Promise<string[]> {
  const made = await Promise.all(CLASSES.filter(({ isAnimated }) => isAnimated).map(fileOf));
  const from = folder ?? CORPUS;
  if (!existsSync(from)) return made;
  const found = await readdir(from, { recursive: true, withFileTypes: true });
  return [
    ...found
      .filter((entry) => entry.isFile() && !NO_PICTURE.test(entry.name))
      .map(({ parentPath, name }) => path.join(parentPath, name))
      .sort(),
    ...made,
  ];
}

async function fitAll(bytes: Uint8Array): Promise<Omit<Row, 'file'>[]> {
  const { pictures } = offerOf(asStored(await renderEmoji(bytes, { furtherSizes: [64, SIDE], still: true })));
  const made = new Map<string, Pick<Row, 'outcome' | 'bytes' | 'ms'>>();
  const rows: Omit<Row, 'file'>[] = [];
  for (const platform of PLATFORM_IDS) {
    const largest = largestFit(platform, pictures);
    const isStored = largest !== null && largest.side >= PLATFORMS[platform].side;
    const budget = budgetFor(platform);
    const key = JSON.stringify(budget);
    const fitted = made.get(key) ?? (await makeFit(bytes, budget));
    made.set(key, fitted);
    rows.push({ platform, isStored, ...fitted });
  }
  return rows;
}

async function makeFit(bytes: Uint8Array, budget: Budget): Promise<Pick<Row, 'outcome' | 'bytes' | 'ms'>> {
  const start = process.cpuUsage();
  const fitted = await fitEmoji(bytes, budget);
  const { user, system } = process.cpuUsage(start);
  const outcome = (await keepsTo(budget, fitted)) ? outcomeOf(budget, fitted) : 'OVER THE LIMIT';
  return { outcome, bytes: fitted.file.byteLength, ms: Math.round((user + system) / 1_000) };
}

function asStored({ gif, further, png, frames, source }: RenderedEmoji): Parameters<typeof offerOf>[0] {
  const kept = (file: Uint8Array | null | undefined) => file && { hash: '', bytes: file.byteLength };
  const renditions = { gif64: kept(further.get(64)), gif128: kept(further.get(SIDE)), png: kept(png) };
  const made = Object.fromEntries(Object.entries(renditions).filter(([, picture]) => picture));
  const image = { hash: '', bytes: gif.byteLength, frames, renditions: made };
  return { name: 'x', image, source: { ...source, bytes: 0 }, sourceKey: 'x', rendering: DEFAULT_RENDERING };
}

/** By what another decoder says of the file. */
async function keepsTo(budget: Budget, { file, type }: FittedEmoji): Promise<boolean> {
  const { format, width, pages = 1, pageHeight, height } = await sharp(file, { animated: true }).metadata();
  return (
    format === type &&
    (type === 'gif' || budget.png) &&
    Math.max(width, pageHeight ?? height) <= budget.side &&
    pages <= (budget.frames ?? pages) &&
    file.byteLength <= (budget.bytes ?? file.byteLength)
  );
}

function outcomeOf(budget: Budget, { type, size, lossy, frames, of }: FittedEmoji): Row['outcome'] {
  if (size < budget.side) return 'size';
  if (type === 'png') return 'PNG';
  if (frames < of) return 'frames';
  return lossy > 0 ? 'loss' : 'nothing';
}

/** Animated GIFs that do not fit into so many bytes as they are. */
async function compareWithGifsicle(files: string[]) {
  const compared = [];
  for (const bytes of TIGHT) {
    const rows = [];
    for (const file of files.filter((name) => name.endsWith('.gif'))) {
      const picture = new Uint8Array(await readFile(file));
      const row = await compare(file, picture, bytes).catch(() => null);
      if (row !== null) rows.push({ file: path.basename(file), ...row });
    }
    compared.push({ bytes, rows });
  }
  printTable(
    'Animated GIFs that are too large as they are at 128×128: PSNR, dB, softened, median; files that fit',
    ['bytes', 'pictures', 'ours', 'gifsicle', 'ours fit', 'gifsicle fits'],
    compared.map(({ bytes, rows }) => {
      const both = rows.filter(({ gifsicle }) => gifsicle !== null);
      const figures = [both.map(({ ours }) => ours), both.map(({ gifsicle }) => gifsicle ?? 0)];
      return [String(bytes), String(rows.length), ...figures.map(median), String(rows.length), String(both.length)];
    }),
  );
  return compared;
}

async function compare(file: string, picture: Uint8Array, bytes: number) {
  const whole = await renderEmoji(picture, { size: SIDE });
  if (whole.frames === 1 || whole.gif.byteLength <= bytes) return null;
  const film = await readFilm(picture);
  const { file: ours, ...facts } = await fitEmoji(picture, { side: SIDE, bytes, frames: null, png: true });
  const theirs = await bestOfGifsicle(file, film, bytes);
  return { ours: (await likeness(film, ours, SIDE)).soft, gifsicle: theirs, ...facts };
}

async function bestOfGifsicle(file: string, film: Film, bytes: number): Promise<number | null> {
  let best: number | null = null;
  for (const colours of COLOURS) {
    for (const lossy of LOSSY) {
      const made = execFileSync(
        'gifsicle',
        [
          '--no-warnings',
          '--resize-fit',
          `${SIDE}x${SIDE}`,
          '-O3',
          `--lossy=${lossy}`,
          '--colors',
          String(colours),
          file,
        ],
        { maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] },
      );
      if (made.length > bytes) continue;
      // More loss than fits is no better.
      best = Math.max(best ?? 0, (await likeness(film, made, SIDE)).soft);
      break;
    }
  }
  return best;
}
