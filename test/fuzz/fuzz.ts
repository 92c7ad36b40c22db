/**
 * `npm run fuzz`: damages pictures and renders them. Each must give an emoji or a named error, in bounded time and
 * memory. Offending mutants are written to a temporary folder, for tests to be made of.
 *
 *   npm run fuzz -- [--seed N] [--count N] [--first N] [--only REGEXP]
 *   npm run fuzz -- --replay FILE
 */
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { random } from '../bench/random.ts';
import { CPU_MS, MEMORY_MB } from './bounds.ts';
import { GuardedRenderer } from './guarded-renderer.ts';
import { below, mutate } from './mutate.ts';

const FOLDERS = ['../fixtures', '../../../shared/corpus'].map((folder) => path.join(import.meta.dirname, folder));
const PICTURE = /\.(png|apng|jpe?g|gif|webp|bmp|ico|avif|svg|tiff?|heic)$/i;
/** Two numbers into one seed: far apart, so that no two mutants share theirs. */
const STRIDE = 0x9e3779b1;

interface Original {
  file: string;
  bytes: Uint8Array;
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '2000' },
    first: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    replay: { type: 'string' },
  },
});

const renderer = new GuardedRenderer();
const offences = values.replay === undefined ? await fuzz() : await replay(values.replay);
renderer.stop();
process.exitCode = offences === 0 ? 0 : 1;

async function replay(file: string): Promise<number> {
  const { verdict, detail, cpuMs } = await renderer.render(new Uint8Array(await readFile(file)));
  console.log(`${verdict} after ${cpuMs.toFixed(0)} ms of processor time: ${detail}`);
  return isOffence(verdict) ? 1 : 0;
}

async function fuzz(): Promise<number> {
  const [seed, first, count] = [values.seed, values.first, values.count].map(Number);
  const originals = await readOriginals(new RegExp(values.only));
  console.log(`${originals.length} pictures, seed ${seed}; ${CPU_MS} ms of processor time, ${MEMORY_MB} MB over rest`);
  const tally: Record<string, number> = {};
  let slowest = 0;
  let folder: string | undefined;
  let offending = 0;
  for (let index = first; index < first + count; index++) {
    const { file, mutant } = mutantOf(originals, seed, index);
    const { verdict, detail, cpuMs } = await renderer.render(mutant);
    tally[verdict] = (tally[verdict] ?? 0) + 1;
    if (cpuMs > slowest) slowest = cpuMs;
    if (isOffence(verdict)) {
      offending++;
      folder ??= await mkdtemp(path.join(tmpdir(), 'custom-emoji-fuzz-'));
      const kept = path.join(folder, `${seed}-${index}${path.extname(file)}`);
      await writeFile(kept, mutant);
      console.log(`${verdict} ${kept} (${path.basename(file)}, ${cpuMs.toFixed(0)} ms)\n  ${detail}`);
    }
    if ((index + 1 - first) % 1000 === 0) console.log(`${index + 1 - first}: ${JSON.stringify(tally)}`);
  }
  console.log(`${count} mutants: ${JSON.stringify(tally)}; the slowest took ${slowest.toFixed(0)} ms`);
  return offending;
}

async function readOriginals(only: RegExp): Promise<Original[]> {
  const originals: Original[] = [];
  for (const folder of FOLDERS) {
    // The corpus is not everywhere.
    const files = await readdir(folder, { recursive: true }).catch(() => []);
    for (const name of files.filter((file) => PICTURE.test(file) && only.test(file)).sort()) {
      const file = path.join(folder, name);
      originals.push({ file, bytes: new Uint8Array(await readFile(file)) });
    }
  }
  return originals;
}

/** The same for the same files, seed and index. */
function mutantOf(originals: Original[], seed: number, index: number): { file: string; mutant: Uint8Array } {
  const next = random(seed * STRIDE + index);
  const { file, bytes } = originals[index % originals.length];
  const donors = originals.filter((other) => path.extname(other.file) === path.extname(file));
  return { file, mutant: mutate(bytes, next, donors[below(next, donors.length)].bytes) };
}

function isOffence(verdict: string): boolean {
  return verdict === verdict.toUpperCase();
}
