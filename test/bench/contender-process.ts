/** Runs a contender on a picture each time it is asked: `contender-process.ts CONTENDER FILE`, started by `fork`. */
import { readFile } from 'node:fs/promises';
import { type Contender, load } from './contender.ts';

/** Milliseconds of processor time (all threads) and of the clock, and bytes of the GIF. */
export interface Run {
  cpu: number;
  wall: number;
  bytes: number;
}

const [, , name, file] = process.argv;
const picture = new Uint8Array(await readFile(file));
let contender: Contender | undefined;

process.on('message', async () => process.send?.(await run()));
process.send?.('ready');

async function run(): Promise<Run> {
  const before = process.cpuUsage();
  const start = performance.now();
  contender ??= await load(name);
  const { length: bytes } = await contender(picture);
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1000, wall, bytes };
}
