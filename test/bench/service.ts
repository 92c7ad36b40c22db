/**
 * `npm run bench:service`: what a user of `npm start` waits for. Starts the service on an empty state, then measures
 * the time from upload to ready of one small PNG at rest, and emoji per second for 200 small GIFs at concurrency 8.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished, fixture, upload } from '../e2e/client.ts';
import { startServer } from '../e2e/server.ts';

const SINGLE_RUNS = 30;
const UPLOADS = 200;
const CONCURRENCY = 8;

const state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-bench-'));
const server = await startServer('npm', 'start', '--', '--persist-to', state);
try {
  const png = await fixture('halves.png');
  const gif = await fixture('moving-square.gif');

  const waits: number[] = [];
  for (let run = 0; run < SINGLE_RUNS; run++) waits.push(await timed(() => make(`png-${run}`, png, 5)));
  const [cold = 0, ...warm] = waits;

  const names = Array.from({ length: UPLOADS }, (_, index) => `gif-${index}`);
  const worker = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await make(name, gif, 100);
  };
  const total = await timed(() => Promise.all(Array.from({ length: CONCURRENCY }, worker)));

  console.log(
    JSON.stringify({
      uploadToReadyMs: { first: Math.round(cold), median: Math.round(median(warm)) },
      emojiPerSecond: Math.round((UPLOADS / total) * 1_000),
    }),
  );
} finally {
  await server.stop();
  await rm(state, { recursive: true, force: true });
}

/** Makes an emoji, and asks every `interval` milliseconds whether it is ready: locally, that costs as much as the work. */
async function make(name: string, picture: Buffer<ArrayBuffer>, interval: number): Promise<void> {
  const { status, error } = await finished(server.url, await upload(server.url, name, picture), interval);
  if (status !== 'SUCCESS') throw new Error(`${name}: ${status} ${JSON.stringify(error)}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
