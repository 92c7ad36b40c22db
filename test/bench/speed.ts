import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Run } from './contender-process.ts';
import { buildModule, LIBRARY } from './library.ts';
import { CLASSES, fileOf, type Picture } from './pictures.ts';
import { median, printTable, save } from './report.ts';
import { installedTools, runTool, type Tool } from './tools.ts';
import { startWorkerd } from './workerd.ts';

/** How much is measured. */
interface Effort {
  /** Runs before the ones that count, in milliseconds: compilers for hot code need some. */
  warmUpMs: number;
  /** Runs that count; their median is told. */
  runs: number;
  /** Fresh processes, for the first picture of each. */
  starts: number;
}

const FULL: Effort = { warmUpMs: 2_000, runs: 11, starts: 5 };
const QUICK: Effort = { warmUpMs: 500, runs: 3, starts: 1 };
/** A request to the Worker makes emoji for about so long. */
const REQUEST_MS = 400;
/** Pictures that are small enough for the free plan's processor time. */
const SMALL = ['png 512² logo', 'gif 128² × 10'];
const SMALL_MS = 10;

/** Milliseconds of processor time for one picture. */
export interface Speed {
  picture: string;
  ours: Timing;
  sharp: Timing;
  workerd: Timing;
  /** By name; whole processes. */
  tools: Record<string, number>;
  bytes: { ours: number; sharp: number };
}

/** The first picture of a fresh process or isolate, with the loading of the library; and those after it. */
interface Timing {
  cold: number;
  warm: number;
}

/** Measures everything side by side, prints a table and what is above its target, and writes `speed.json`. */
export async function benchSpeed(only: string | undefined, isQuick: boolean): Promise<void> {
  const effort = isQuick ? QUICK : FULL;
  const tools = installedTools();
  console.log(`peers: sharp (1 thread), ${tools.map(({ version }) => version).join(', ') || 'no command'}`);
  const library = await buildModule(LIBRARY);
  const speeds: Speed[] = [];
  try {
    for (const picture of CLASSES.filter(({ name }) => only === undefined || name.includes(only))) {
      speeds.push(await measure(picture, library.entry, tools, effort));
      console.error(JSON.stringify(speeds.at(-1)));
    }
  } finally {
    await library.remove();
  }
  const misses = speeds.flatMap(aboveTarget);
  print(speeds, tools, misses);
  await save('speed', { effort, tools: tools.map(({ version }) => version), speeds, misses });
}

async function measure(picture: Picture, library: string, tools: Tool[], effort: Effort): Promise<Speed> {
  const file = await fileOf(picture);
  const ours = await startContender(library, file, effort);
  const sharp = await startContender('sharp', file, effort);
  const fitting = tools.filter((tool) => tool.takes(picture));
  const whole: Record<string, number[]> = Object.fromEntries(fitting.map(({ name }) => [name, []]));
  try {
    // In turn, so that what else the machine does falls on all of them.
    for (let run = 0; run < effort.runs; run++) {
      await ours.run();
      await sharp.run();
      for (const tool of fitting) whole[tool.name].push(runTool(tool, file).cpu);
    }
  } finally {
    ours.stop();
    sharp.stop();
  }
  const times = Math.max(1, Math.round(REQUEST_MS / ours.timing().warm));
  return {
    picture: picture.name,
    ours: ours.timing(),
    sharp: sharp.timing(),
    workerd: await measureWorkerd(file, times, effort),
    tools: Object.fromEntries(Object.entries(whole).map(([name, runs]) => [name, median(runs)])),
    bytes: { ours: ours.bytes(), sharp: sharp.bytes() },
  };
}

/** A contender whose cold starts are behind it, and which is warm. */
async function startContender(name: string, file: string, { warmUpMs, starts }: Effort) {
  const cold: Run[] = [];
  const warm: Run[] = [];
  let child = await startProcess(name, file);
  for (let start = 0; start < starts; start++) {
    child.kill();
    child = await startProcess(name, file);
    cold.push(await ask(child));
  }
  for (const end = performance.now() + warmUpMs; performance.now() < end; ) await ask(child);
  return {
    run: async () => void warm.push(await ask(child)),
    stop: () => child.kill(),
    timing: (): Timing => ({ cold: median(cold.map(({ cpu }) => cpu)), warm: median(warm.map(({ cpu }) => cpu)) }),
    bytes: () => warm[0].bytes,
  };
}

async function startProcess(name: string, file: string): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, 'contender-process.ts'), [name, file]);
  await once(child, 'message');
  return child;
}

async function ask(child: ChildProcess): Promise<Run> {
  const listening = new AbortController();
  const { signal } = listening;
  child.send('run');
  const [answer] = await Promise.race([once(child, 'message', { signal }), once(child, 'exit', { signal })]);
  listening.abort();
  if (typeof answer !== 'object') throw new Error(`a contender ended with ${answer}`);
  return answer as Run;
}

/** A request that makes nothing is taken off. */
async function measureWorkerd(file: string, times: number, { warmUpMs, runs, starts }: Effort): Promise<Timing> {
  const picture = new Uint8Array(await readFile(file));
  const first = async (count: number): Promise<number> => {
    const worker = await startWorkerd();
    try {
      return (await worker.run(picture, count)).cpu;
    } finally {
      await worker.stop();
    }
  };
  const cold: { empty: number[]; one: number[] } = { empty: [], one: [] };
  for (let start = 0; start < starts; start++) {
    cold.empty.push(await first(0));
    cold.one.push(await first(1));
  }
  const warm: { empty: number[]; full: number[] } = { empty: [], full: [] };
  const worker = await startWorkerd();
  try {
    for (const end = performance.now() + warmUpMs; performance.now() < end; ) await worker.run(picture, times);
    for (let run = 0; run < runs; run++) {
      warm.empty.push((await worker.run(picture, 0)).cpu);
      warm.full.push((await worker.run(picture, times)).cpu);
    }
  } finally {
    await worker.stop();
  }
  return {
    cold: median(cold.one) - median(cold.empty),
    warm: (median(warm.full) - median(warm.empty)) / times,
  };
}

/** What is not as fast as it must be, in words. */
function aboveTarget({ picture, ours, workerd, sharp, tools }: Speed): string[] {
  const limits: [what: string, found: number, limit: number, whose: string][] = [
    ['warm', ours.warm, sharp.warm, 'sharp'],
    ['cold', ours.cold, sharp.cold, 'sharp'],
    ['workerd warm', workerd.warm, sharp.warm, 'sharp'],
    ['workerd cold', workerd.cold, sharp.cold, 'sharp'],
  ];
  if (tools.gifsicle !== undefined) {
    limits.push(['warm', ours.warm, tools.gifsicle, 'gifsicle']);
    limits.push(['workerd warm', workerd.warm, tools.gifsicle, 'gifsicle']);
  }
  if (SMALL.includes(picture)) {
    limits.push(['warm', ours.warm, SMALL_MS, 'the target']);
    limits.push(['workerd warm', workerd.warm, SMALL_MS, 'the target']);
  }
  return limits
    .filter(([, found, limit]) => found > limit)
    .map(
      ([what, found, limit, whose]) => `${picture}, ${what}: ${found.toFixed(1)} ms; ${whose} ${limit.toFixed(1)} ms`,
    );
}

function print(speeds: Speed[], tools: Tool[], misses: string[]): void {
  const names = tools.map(({ name }) => name);
  printTable(
    'Processor time, ms (warm: median; cold: the first picture of a fresh process; commands: the whole process)',
    [
      '',
      'ours',
      'workerd',
      'sharp',
      'ratio',
      'wd ratio',
      'ours cold',
      'wd cold',
      'sharp cold',
      'ratio',
      'wd ratio',
      ...names,
    ],
    speeds.map(({ picture, ours, workerd, sharp, tools: whole }) => [
      picture,
      ...[ours.warm, workerd.warm, sharp.warm, ours.warm / sharp.warm, workerd.warm / sharp.warm],
      ...[ours.cold, workerd.cold, sharp.cold, ours.cold / sharp.cold, workerd.cold / sharp.cold],
      ...names.map((name) => whole[name]),
    ]),
  );
  console.log(misses.length === 0 ? '\nAll at or below their targets.' : `\nAbove target:\n${misses.join('\n')}`);
}
