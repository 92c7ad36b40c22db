import { Agent, get } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { fetchEmoji, type TaskStatus, upload } from '../../e2e/client.ts';
import { median, quantile } from '../report.ts';
import type { Contender } from './contender.ts';

export interface Batch {
  kind: string;
  picture: Buffer<ArrayBuffer>;
  /** How many emoji are made of it. */
  times: number;
}

/** What a row of the table says, by its heading; the unit is in it. */
export type Figures = Record<string, number>;

const AT_ONCE = 8;
const WARM_UPS = 3;
const ALONE = 40;
/** Milliseconds between two questions whether it is ready, of who is not told when it is. */
const ASK_EVERY = 5;
const GET_MS = 2_000;
/** As a picker asks for it. */
const LIST = 'limit=100&image_data=false';

/** Uploads and fetches as clients do, all in the same way. */
export async function measure(contender: Contender, batches: Batch[]): Promise<Figures> {
  const { url } = contender;
  const small = batches[0] as Batch;
  for (const { kind, picture } of batches) {
    for (let n = 0; n < WARM_UPS; n++) await make(url, nameOf(kind, `warm${n}`), picture);
  }
  const figures: Figures = { 'memory at rest, MB': await settled(contender) };

  const uploads: number[] = [];
  const ready: number[] = [];
  let lastId = '';
  for (let n = 0; n < ALONE; n++) {
    const begin = performance.now();
    const id = await upload(url, nameOf('alone', n), small.picture);
    uploads.push(performance.now() - begin);
    await succeeded(url, id);
    ready.push(performance.now() - begin);
    lastId = id;
  }
  figures['upload answered, p50 ms'] = median(uploads);
  figures['upload answered, p99 ms'] = quantile(uploads, 0.99);
  figures['upload to ready, p50 ms'] = median(ready);

  let most = 0;
  for (const { kind, picture, times } of batches) {
    const before = contender.usage().cpu;
    const seconds = await atOnce(times, (n) => make(url, nameOf(kind, n), picture));
    const { cpu, memory } = contender.usage();
    most = Math.max(most, memory);
    figures[`${kind}: emoji a second`] = times / seconds;
    figures[`${kind}: CPU ms each`] = (cpu - before) / times;
  }
  const emojis = `${url}/custom-emoji/emojis`;
  const names = Array.from({ length: small.times }, (_, n) => nameOf(small.kind, n));
  const fetches: Record<string, Fetches> = {
    // The edge has none of them yet.
    'GET by name, the first time': { addresses: names.map((name) => `${emojis}/${name}`), milliseconds: null },
    'GET by name': { addresses: [`${emojis}/${nameOf(small.kind, 0)}`], milliseconds: GET_MS },
    'status of a task': { addresses: [`${url}/task-queue/status?task_id=${lastId}`], milliseconds: GET_MS },
  };
  if (contender.lists) fetches['page of 100'] = { addresses: [`${emojis}?${LIST}`], milliseconds: GET_MS };
  for (const [what, which] of Object.entries(fetches)) {
    const before = contender.usage().cpu;
    const { times, seconds } = await fetchMany(which);
    figures[`${what}: a second`] = times / seconds;
    figures[`${what}: CPU ms each`] = (contender.usage().cpu - before) / times;
  }
  figures['memory under load, MB'] = most;
  const animated = await fetchEmoji(url, nameOf(batches.at(-1)?.kind ?? '', 0));
  figures['frames of the animation'] = (await sharp(animated).metadata()).pages ?? 1;
  return figures;
}

const nameOf = (kind: string, n: number | string): string => `${kind.replaceAll(/\W+/g, '_')}_${n}`;

async function make(url: string, name: string, picture: Buffer<ArrayBuffer>): Promise<void> {
  await succeeded(url, await upload(url, name, picture));
}

/** Waits for the end of the task; a service that cannot wait says at once how it is, and is asked again. */
async function succeeded(url: string, id: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/task-queue/status?task_id=${id}&wait=20`);
    const { status, error } = (await answer.json()) as TaskStatus;
    if (status === 'SUCCESS') return;
    if (['FAILURE', 'REVOKED'].includes(status)) throw new Error(`${status} ${JSON.stringify(error)}`);
    await sleep(ASK_EVERY);
  }
}

/** @returns seconds */
async function atOnce(times: number, act: (n: number) => Promise<void>): Promise<number> {
  const left = Array.from({ length: times }, (_, n) => n);
  const begin = performance.now();
  const worker = async () => {
    for (let n = left.shift(); n !== undefined; n = left.shift()) await act(n);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return (performance.now() - begin) / 1_000;
}

interface Fetches {
  addresses: string[];
  /** For how long they are fetched, over and over; null is once. */
  milliseconds: number | null;
}

async function fetchMany({ addresses, milliseconds }: Fetches): Promise<{ times: number; seconds: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const fetchOne = (address: string) =>
    new Promise<void>((resolve, reject) => {
      get(address, { agent }, async (response) => {
        const body = await buffer(response);
        if (response.statusCode === 200 && body.length > 0) resolve();
        else reject(new Error(`${address}: ${response.statusCode} ${body}`));
      }).on('error', reject);
    });
  const begin = performance.now();
  let times = 0;
  const goesOn = () => (milliseconds === null ? times < addresses.length : performance.now() - begin < milliseconds);
  const worker = async () => {
    while (goesOn()) await fetchOne(addresses[times++ % addresses.length] as string);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  agent.destroy();
  return { times, seconds: (performance.now() - begin) / 1_000 };
}

/** Memory once what is left of the warm-up has been dropped. */
async function settled(contender: Contender): Promise<number> {
  await sleep(1_000);
  return contender.usage().memory;
}
