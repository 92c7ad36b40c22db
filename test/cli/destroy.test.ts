import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { destroy, listOf } from '../../src/cli/deploying/removal.ts';
import { Steps } from '../../src/cli/deploying/steps.ts';
import type { Resources } from '../../src/cli/environment.ts';
import { wranglerFor } from '../../src/cli/wrangler.ts';
import { type Recording, recordWrangler } from './recorded-wrangler.ts';
import * as said from './recordings.ts';

const RESOURCES: Resources = {
  worker: 'custom-emoji',
  database: 'custom-emoji',
  buckets: ['custom-emoji-pictures'],
  queues: ['custom-emoji-work'],
};

const ALL_THERE: Recording = {
  'queues consumer worker remove custom-emoji-work custom-emoji': said.CONSUMER_REMOVED,
  'delete --force': said.WORKER_DELETED,
  'queues delete custom-emoji-work': said.QUEUE_DELETED,
  'd1 delete custom-emoji': said.DATABASE_DELETED,
  'r2 bucket delete custom-emoji-pictures': said.BUCKET_DELETED,
};

const ALL_GONE: Recording = {
  'queues consumer worker remove': said.QUEUE_GONE,
  'delete --force': said.WORKER_GONE,
  'queues delete': said.QUEUE_GONE,
  'd1 delete': said.DATABASE_GONE,
  'r2 bucket delete': said.BUCKET_GONE,
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'destroy-test-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function run(recording: Recording, emptyBucket = async () => 12) {
  const wrangler = await recordWrangler(folder, recording);
  const lines: string[] = [];
  const removal = {
    wrangler: wranglerFor(wrangler.file, () => {}),
    resources: RESOURCES,
    file: 'wrangler.production.json',
    steps: new Steps((line) => lines.push(line)),
    emptyBucket,
  };
  const error = await destroy(removal).then(
    () => null,
    (reason: Error) => reason.message,
  );
  return { error, commands: wrangler.calls().map((args) => args.join(' ')), output: lines.join('\n') };
}

it('removes first what holds on to the rest', async () => {
  const { error, commands, output } = await run(ALL_THERE);
  expect(error).toBeNull();
  expect(commands).toEqual([
    'queues consumer worker remove custom-emoji-work custom-emoji',
    'delete --force',
    'queues delete custom-emoji-work',
    'd1 delete custom-emoji --skip-confirmation',
    'r2 bucket delete custom-emoji-pictures',
  ]);
  expect(output).toContain('12 objects');
});

it('takes nothing amiss that is gone already', async () => {
  const gone = () => Promise.reject(new Error('list: The specified bucket does not exist. (10006)'));
  const { error, output } = await run(ALL_GONE, gone);
  expect(error).toBeNull();
  expect(output.match(/^not there/gm)).toHaveLength(6);
});

it('goes on when something cannot be removed, and tells what is left', async () => {
  const recording: Recording = { ...ALL_THERE, 'r2 bucket delete custom-emoji-pictures': said.BUCKET_FULL };
  const { error, commands } = await run(recording, () => Promise.reject(new Error('no way to it')));
  expect(commands).toHaveLength(5);
  expect(error).toContain('objects: no way to it');
  expect(error).toContain('is not empty. [code: 10008]');
  expect(error).not.toContain('custom-emoji-work');
});

it('says what it is about to remove, and leaves nothing out', () => {
  const list = listOf(RESOURCES).join('\n');
  for (const name of Object.values(RESOURCES).flat()) expect(list).toContain(name);
});
