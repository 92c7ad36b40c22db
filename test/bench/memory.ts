import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { buildModule } from './library.ts';
import type { Peak } from './memory-process.ts';
import { fileOf, LARGE } from './pictures.ts';
import { median, printTable, save } from './report.ts';

/** What a picture may take over the process's rest, in MB of 2²⁰ bytes. */
const LIMIT_MB = 64;
/** Processes at rest differ by a few MB. */
const RUNS = 3;

interface Row {
  picture: string;
  /** Peak of the process over its rest. */
  overRestMb: number;
  wasmMb: number;
  error?: string;
}

/** Measures the peaks for the largest pictures, each in a fresh process, prints a verdict, and writes `memory.json`. */
export async function benchMemory(only: string | undefined): Promise<void> {
  const measured = await buildModule(path.join(import.meta.dirname, 'memory-process.ts'));
  const rows: Row[] = [];
  try {
    for (const picture of LARGE.filter(({ name }) => only === undefined || name.includes(only))) {
      rows.push({ picture: picture.name, ...(await measure(measured.entry, await fileOf(picture))) });
    }
  } finally {
    await measured.remove();
  }
  printTable(
    `Peak memory over rest, MB (limit ${LIMIT_MB})`,
    ['', 'over rest', 'of it WASM', 'verdict'],
    rows.map(({ picture, overRestMb, wasmMb, error }) => [picture, overRestMb, wasmMb, verdict(overRestMb, error)]),
  );
  if (rows.some(({ overRestMb, error }) => error || overRestMb > LIMIT_MB)) process.exitCode = 1;
  await save('memory', { limitMb: LIMIT_MB, rows });
}

async function measure(module: string, file: string): Promise<Omit<Row, 'picture'>> {
  const rest: number[] = [];
  const peaks: Peak[] = [];
  for (let run = 0; run < RUNS; run++) {
    rest.push((await peakOf(module, file, 'rest')).rssMb);
    peaks.push(await peakOf(module, file));
  }
  const overRestMb = median(peaks.map(({ rssMb }) => rssMb)) - median(rest);
  const { wasmMb, error } = peaks[0];
  return { overRestMb, wasmMb, ...(error && { error }) };
}

async function peakOf(module: string, ...args: string[]): Promise<Peak> {
  const child = fork(module, args);
  const [[peak]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  return peak;
}

function verdict(overRestMb: number, error: string | undefined): string {
  if (error) return `FAILED: ${error}`;
  return overRestMb <= LIMIT_MB ? 'within' : 'ABOVE';
}
