/**
 * `npm run bench:original`: this service against the one that it replaces, on the same machine, one after the other:
 * FastAPI, Celery, RabbitMQ, Redis and Pillow from Debian's packages; `npm start`; and workerd without the proxy that
 * `npm start` puts before it. What the stand-ins of R2, D1 and the queue take by themselves is shown as well.
 * `-- --short` is a look at it; `-- --write` keeps the CPU times for `docs/scale.md`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { classOf, fileOf } from '../pictures.ts';
import { printTable, save } from '../report.ts';
import type { Contender } from './contender.ts';
import { type Batch, type Figures, measure } from './measure.ts';
import { startOriginal } from './original.ts';
import { startDirect, startLeast, startNpmStart } from './service.ts';

const part = process.argv.includes('--short') ? 10 : 1;

/** What each is without, whatever its numbers are. */
const LACKS: Record<string, string> = {
  original:
    'Of an animation it keeps the first frame, and of a picture that is no square not the shape. A name that is taken ' +
    'is overwritten. It makes one picture of each upload, where the others make four, and waits for no disk: what it has ' +
    'accepted is lost with its machine. Nothing is kept of the upload, a failure has no reason, nobody is asked who he is.',
  'npm start':
    'All of it runs in one thread, with stand-ins for R2, D1 and the queue that are made for developing, not for speed: ' +
    'a picture that is being rendered keeps requests waiting. On Cloudflare each of them is a service of its own.',
  workerd: 'The same service, stand-ins and thread; only what wrangler puts before them is not there.',
  'stand-ins alone':
    'No service: a Worker that keeps a picture in R2, a row in D1 and a message in a queue, checks and renders nothing and ' +
    'serves the upload as it came. What it takes in this thread, no service that keeps its promises with them can spare.',
};

const batches = await Promise.all(
  (
    [
      ['small PNG', 'png 512² logo', 150],
      ['6 MP JPEG', 'jpeg 6 MP', 30],
      ['animated GIF', 'gif 128² × 10', 60],
    ] as const
  ).map(async ([kind, name, times]): Promise<Batch> => {
    const picture = await readFile(await fileOf(classOf(name)));
    return { kind, picture, times: Math.ceil(times / part) };
  }),
);

const starts: (() => Promise<Contender>)[] = [startOriginal, startNpmStart, startDirect, startLeast];
const all: { name: string; figures: Figures }[] = [];
for (const start of starts) {
  const contender = await start();
  try {
    all.push({ name: contender.name, figures: await measure(contender, batches) });
  } finally {
    await contender.stop();
  }
}

const machine = `${cpus().length} × ${cpus()[0]?.model}`;
const CPU = ': CPU ms each';

/** In these rows less is better. */
const isLess = (row: string) => /ms|MB/.test(row);
const [original, ...ours] = all;
const rows = Object.keys(ours[0]?.figures ?? {}).map((row) => {
  const was = original?.figures[row] ?? Number.NaN;
  const is = ours.map(({ figures }) => figures[row] ?? Number.NaN);
  return [row, was, ...is.flatMap((value) => [value, isLess(row) ? was / value : value / was])];
});
printTable(
  `On ${machine}; “better” is in times of the original`,
  ['', 'original', ...ours.flatMap(({ name }) => [name, 'better'])],
  rows,
);
for (const { name } of all) console.log(`\n${name}: ${LACKS[name]}`);
await save('original', { machine, contenders: all });
if (process.argv.includes('--write')) {
  const figures = all.find(({ name }) => name === 'workerd')?.figures ?? {};
  const cpuMs = Object.fromEntries(
    Object.entries(figures).flatMap(([row, value]) =>
      row.endsWith(CPU) ? [[row.slice(0, -CPU.length), Math.round(value * 100) / 100]] : [],
    ),
  );
  const kept = { machine, on: new Date().toISOString().slice(0, 10), cpuMs };
  await writeFile('test/scale/measured.json', `${JSON.stringify(kept, null, 2)}\n`);
}
