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
const GET_MS = 3_000;

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
  for (let n = 0; n < ALONE; n++) {
    const begin = performance.now();
    const id = await upload(url, nameOf('alone', n), small.picture);
    uploads.push(performance.now() - begin);
    await succeeded(url, id);
    ready.push(performance.now() - begin);
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
  const before = contender.usage().cpu;
  const fetched = await fetchMany(`${url}/custom-emoji/emojis/${nameOf(small.kind, 0)}`);
  figures['GET by name, a second'] = fetched.perSecond;
  figures['GET by name: CPU ms each'] = (contender.usage().cpu - before) / fetched.total;
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

async function fetchMany(url: string): Promise<{ total: number; perSecond: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const fetchOne = () =>
    new Promise<void>((resolve, reject) => {
      get(url, { agent }, (response) => {
        buffer(response).then((body) => (response.statusCode === 200 && body.length > 0 ? resolve() : reject(url)));
      }).on('error', reject);
    });
  const begin = performance.now();
  let total = 0;
  const worker = async () => {
    for (; performance.now() - begin < GET_MS; total++) await fetchOne();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  agent.destroy();
  return { total, perSecond: (total / (performance.now() - begin)) * 1_000 };
}

/** Memory once what is left of the warm-up has been dropped. */
async function settled(contender: Contender): Promise<number> {
  await sleep(1_000);
  return contender.usage().memory;
}
