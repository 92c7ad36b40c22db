import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Operations } from '../support/metered.ts';
import { total } from './bill.ts';
import type { Usage } from './prices.ts';

const read = (name: string) => JSON.parse(readFileSync(path.join(import.meta.dirname, name), 'utf8'));

/** Counted by `test/adapters/operations.test.ts`. */
export const COUNTED: Record<string, Operations> = read('operations.json');

/** Of an upload, the rows that D1 writes to each table; counted there too. */
export const ROWS: Record<string, number> = read('rows.json');

interface Measured {
  machine: string;
  on: string;
  cpuMs: Record<string, number>;
}

/** Measured by `npm run bench:original -- --write`. */
export const MEASURED: Measured = read('measured.json');

/** What nobody counts here: say so where they are used. */
export const ASSUMED = {
  /** An upload, and the pictures that are made of it, in bytes. */
  uploadBytes: 200_000,
  pictureBytes: 60_000,
  /** What an emoji takes in D1 with its names, its search index, its history and its task, in bytes. */
  d1Bytes: 3_000,
  /** Seconds that the object of a task is awake, in all. */
  objectSeconds: 1,
  /** Milliseconds that a renderer waits for R2, the object of the task and D1, besides its own work. */
  waitingMs: 150,
  /** Milliseconds that D1 is busy with an upload: two transactions of several milliseconds, as Cloudflare says. */
  d1Ms: 8,
  /** What is uploaded, by the pictures that are measured. */
  mix: { 'small PNG': 0.7, 'animated GIF': 0.2, '6 MP JPEG': 0.1 },
};

const OBJECT_GB = 0.128;
const GB = 1e9;

function counted(...names: string[]): Partial<Usage> {
  return total(...names.map((name): [number, Partial<Usage>] => [1, COUNTED[name] as Operations]));
}

const cpuOf = (what: string): number => MEASURED.cpuMs[what] ?? Number.NaN;
const uploadCpuMs = Object.entries(ASSUMED.mix).reduce((sum, [kind, part]) => sum + part * cpuOf(kind), 0);

/** What an upload costs from the request until its task is forgotten, and nothing is asked about it meanwhile. */
export const UPLOAD: Partial<Usage> = {
  ...counted('upload', 'rendering', 'forgetting', 'forgettingForever'),
  cpuMs: uploadCpuMs,
  objectDuration: ASSUMED.objectSeconds * OBJECT_GB,
};

/** What it takes up from then on. */
export const KEPT: Partial<Usage> = {
  r2Storage: (ASSUMED.uploadBytes + ASSUMED.pictureBytes) / GB,
  d1Storage: ASSUMED.d1Bytes / GB,
};

/** Workers Cache answers, and no Worker runs. */
export const HIT: Partial<Usage> = counted('hit');
export const MISS: Partial<Usage> = { ...counted('miss'), cpuMs: cpuOf('GET by name, the first time') };

/** Every thing that is done, by the name that people have for it. */
export const ACTS: Record<string, Partial<Usage> & Partial<Operations>> = {
  '**an upload, in all**': {
    ...UPLOAD,
    d1Calls: ['upload', 'rendering', 'forgettingForever'].reduce((sum, name) => sum + (COUNTED[name]?.d1Calls ?? 0), 0),
  },
  '– the request': COUNTED.upload as Operations,
  '– the rendering': COUNTED.rendering as Operations,
  '– what the owner of the task does later': COUNTED.forgetting as Operations,
  '– forgetting it after 30 days': COUNTED.forgettingForever as Operations,
  'a rendering that takes longer than 100 ms': COUNTED.slowRendering as Operations,
  'GET, the edge has it': { ...HIT, cpuMs: 0 },
  'GET, the edge has it not': { ...COUNTED.miss, ...MISS },
  'GET, asked whether it has changed': COUNTED.revalidation as Operations,
  'GET of a name that nobody has': COUNTED.missing as Operations,
  'status of a task': { ...COUNTED.status, cpuMs: cpuOf('status of a task') },
  'page of 100 of the list': { ...COUNTED.page, cpuMs: cpuOf('page of 100') },
  'the same page, unchanged': COUNTED.samePage as Operations,
  'the same page with its pictures': COUNTED.pageWithPictures as Operations,
  'a sweep that finds nothing': COUNTED.sweep as Operations,
  'a sweep past 1,000 emoji': COUNTED.sweepOfThousand as Operations,
};
