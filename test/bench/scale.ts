/**
 * `npm run bench:scale`: what requests cost with 200,000 emoji and 1,000,000 tasks, against 1,000 and 5,000. Both
 * databases are filled on disk, and the service is started on each; each request goes to the two in turn. The rows that
 * D1 reads are asked of the same service with a count around its database.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished, fixture, upload } from '../e2e/client.ts';
import { type Server, startServer } from '../e2e/server.ts';
import { median, printTable, save } from './report.ts';
import { fill, type Places, type Size } from './scale-data.ts';

const SIZES: { small: Size; large: Size } = {
  small: { emojis: 1_000, tasks: 5_000 },
  large: { emojis: 200_000, tasks: 1_000_000 },
};

const WARM_UPS = 5;
const RUNS = 60;

/** What the large one may cost at most, in times of the small one. */
const MOST = 2;

const EMOJIS = '/custom-emoji/emojis?image_data=false&';
/** As a cursor is made: that Node has no `toBase64` yet. */
const at = (...position: unknown[]) => `&cursor=${Buffer.from(JSON.stringify(position)).toString('base64url')}`;

/** Each address, given the places of the database that it is asked of. */
const REQUESTS: Record<string, (places: Places) => string> = {
  'emoji by name': () => '/custom-emoji/emojis/probe?',
  'list, page 1': () => EMOJIS,
  'list, page 1,000': ({ name }) => EMOJIS + at('name', name),
  newest: () => `${EMOJIS}sort=newest`,
  'newest, deep': ({ number }) => `${EMOJIS}sort=newest${at('newest', number)}`,
  'by tag': () => `${EMOJIS}tag=animal`,
  'by tag, deep': ({ taggedName }) => `${EMOJIS}tag=animal${at('name', taggedName)}`,
  'by tag, newest': () => `${EMOJIS}tag=animal&sort=newest`,
  'by owner': () => `${EMOJIS}owner=owner7`,
  'those that move': () => `${EMOJIS}animated=true`,
  'by tag, owner, and that move': () => `${EMOJIS}tag=animal&owner=owner7&animated=true`,
  'search: rare word': () => `${EMOJIS}q=zyzzyva`,
  'search: no such word': () => `${EMOJIS}q=qqqqq`,
  'search: common word': () => `${EMOJIS}q=parrot`,
  'search: common word, deep': ({ prefixed }) => `${EMOJIS}q=parrot${at('prefix', prefixed)}`,
  'search: common part': () => `${EMOJIS}q=arrot`,
  'search: common part, deep': ({ inside }) => `${EMOJIS}q=arrot${at('text', inside)}`,
  'search: common word, what is left': () => `${EMOJIS}q=parrot${at('prefix', 'parrot_999999')}`,
  'search: 2 characters': () => `${EMOJIS}q=pa`,
  'search: 1 character, by tag': () => `${EMOJIS}q=t`,
  'tasks, page 1': () => '/task-queue/tasks?',
  'tasks of SUCCESS': () => '/task-queue/tasks?state=SUCCESS',
  'tasks of SUCCESS, deep': ({ success }) => `/task-queue/tasks?state=SUCCESS${at('newest', ...success)}`,
  'tasks of FAILURE, deep': ({ failure }) => `/task-queue/tasks?state=FAILURE${at('newest', ...failure)}`,
  'tasks of two states, deep': ({ failure }) => `/task-queue/tasks?state=FAILURE,REVOKED${at('newest', ...failure)}`,
  'tasks that ended': () => '/task-queue/tasks?sort=finished',
  'tasks of FAILURE that ended': () => '/task-queue/tasks?sort=finished&state=FAILURE',
  'tasks of a rare kind': () => '/task-queue/tasks?kind=render',
  'what the renderers do': () => '/task-queue/consumer?',
  'tasks of an emoji': () => '/task-queue/tasks?name=name7',
  'status of a task': ({ taskId }) => `/task-queue/status?task_id=${taskId}`,
};

interface Filled {
  state: string;
  places: Places;
}

interface Cost {
  request: string;
  /** Medians, in milliseconds. */
  small: number;
  large: number;
  rows: { small: number; large: number };
}

const small = await prepare(SIZES.small);
const large = await prepare(SIZES.large);
try {
  const rows = await onBoth(['test/bench/scale-worker.ts', '--config', 'wrangler.toml'], countRows);
  const times = await onBoth([], measure);
  const costs = Object.keys(REQUESTS).map((request): Cost => ({ request, ...times[request], rows: rows[request] }));
  await report(costs);
} finally {
  for (const { state } of [small, large]) await rm(state, { recursive: true, force: true });
}

/** Makes a database as `npm start` does, then fills it. */
async function prepare(size: Size): Promise<Filled> {
  const state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-scale-'));
  const server = await start(state);
  const { status } = await finished(server.url, await upload(server.url, 'probe', await fixture('halves.png')));
  await server.stop();
  if (status !== 'SUCCESS') throw new Error(`the first emoji is ${status}`);
  const begin = performance.now();
  const places = fill(await databaseIn(state), size);
  console.log(
    `${size.emojis} emoji, ${size.tasks} tasks: filled in ${Math.round((performance.now() - begin) / 1_000)} s`,
  );
  return { state, places };
}

function start(state: string, ...args: string[]): Promise<Server> {
  return startServer('npm', 'start', '--', ...args, '--inspector-port', '0', '--persist-to', state);
}

/** The one file that local D1 keeps the database in. */
async function databaseIn(state: string): Promise<string> {
  const folder = path.join(state, 'v3/d1/miniflare-D1DatabaseObject');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sqlite') && file !== 'metadata.sqlite');
  const [file] = files;
  if (file === undefined || files.length > 1) throw new Error(`${files.length} databases in ${folder}`);
  return path.join(folder, file);
}

type Both = { small: number; large: number };

/** What a measurement gives for each request, with the service started on both databases. */
async function onBoth(
  args: string[],
  act: (addresses: { small: string; large: string }) => Promise<Both>,
): Promise<Record<string, Both>> {
  const servers = { small: await start(small.state, ...args), large: await start(large.state, ...args) };
  try {
    const found: Record<string, Both> = {};
    for (const [request, address] of Object.entries(REQUESTS)) {
      found[request] = await act({
        small: servers.small.url + address(small.places),
        large: servers.large.url + address(large.places),
      });
    }
    return found;
  } finally {
    await servers.small.stop();
    await servers.large.stop();
  }
}

async function measure(addresses: { small: string; large: string }): Promise<Both> {
  const times: { small: number[]; large: number[] } = { small: [], large: [] };
  for (let run = -WARM_UPS; run < RUNS; run++) {
    // A different address each time: no cache is to answer.
    for (const side of ['small', 'large'] as const) {
      const begin = performance.now();
      await ask(`${addresses[side]}&run=${run}`);
      if (run >= 0) times[side].push(performance.now() - begin);
    }
  }
  return { small: median(times.small), large: median(times.large) };
}

async function countRows(addresses: { small: string; large: string }): Promise<Both> {
  const rows = async (address: string) => {
    const counted = (await ask(`${address}&run=rows`)).headers.get('X-Rows-Read');
    if (counted === null) throw new Error('the service that answers is not the one that counts');
    return Number(counted);
  };
  return { small: await rows(addresses.small), large: await rows(addresses.large) };
}

async function ask(address: string): Promise<Response> {
  const response = await fetch(address);
  const body = await response.text();
  if (!response.ok) throw new Error(`${address}: ${response.status} ${body}`);
  return response;
}

async function report(costs: Cost[]): Promise<void> {
  const isWithin = ({ small, large, rows }: Cost) => large <= MOST * small && rows.large <= MOST * rows.small;
  printTable(
    `Medians of ${RUNS}, in milliseconds, and rows that D1 read: ${SIZES.small.emojis} emoji and ${SIZES.small.tasks} tasks, ` +
      `against ${SIZES.large.emojis} and ${SIZES.large.tasks}`,
    ['request', 'small', 'large', 'ratio', 'rows small', 'rows large', 'ratio', `within ${MOST}×`],
    costs.map((cost) => [
      cost.request,
      cost.small,
      cost.large,
      cost.large / cost.small,
      cost.rows.small,
      cost.rows.large,
      cost.rows.large / cost.rows.small,
      isWithin(cost) ? 'yes' : 'NO',
    ]),
  );
  await save('scale', { sizes: SIZES, runs: RUNS, costs });
  if (!costs.every(isWithin)) process.exitCode = 1;
}
