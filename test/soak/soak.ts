/**
 * `npm run soak`: `npm start` under many clients, killed with SIGKILL and started again while they go on. At the end
 * everything that they were told must be true. Exit code 1 when something is not.
 *
 *   npm run soak -- [--count 2000] [--kills 5] [--concurrency 8] [--seed 1] [--sweep]
 *
 * `--sweep` waits for the sweep's grace time of a quarter of an hour too, and checks that nothing is left over.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { random } from '../bench/random.ts';
import { checkEmoji, checkTasks, isUnaccepted, listAll, type TaskSummary, type TaskView } from './answers.ts';
import { Client } from './client.ts';
import { Ledger } from './ledger.ts';
import { visitAndKill } from './load.ts';
import { checkNumbers } from './numbers.ts';
import { report } from './report.ts';
import { Service } from './service.ts';
import { checkStorage } from './storage.ts';
import { sendOpenAgain, sweepAll, takeFreeNames, waitForGrace } from './sweeping.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    kills: { type: 'string', default: '5' },
    concurrency: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    sweep: { type: 'boolean', default: false },
  },
});
const settings = {
  count: Number(values.count),
  kills: Number(values.kills),
  concurrency: Number(values.concurrency),
  seed: Number(values.seed),
};

/** The longest that the end of the next task may take: a lost message is sent again after 30 s, 1, 2, 4, 8 minutes. */
const PROGRESS_WITHIN_MS = 15 * 60_000;
const RESULTS = path.join(import.meta.dirname, 'results');

const state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-soak-'));
const began = Date.now();
const service = new Service(state);
const ledger = new Ledger();
const client = new Client(service, ledger, random(settings.seed));

// What it started is in a group of its own: a signal to this process does not reach it.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => cleanUp().finally(() => process.exit(1)));

await service.start();
try {
  await visitAndKill(service, ledger, settings, say);
  // A request that only took long is answered by now; one that a crash stopped is "in progress" until it is swept away.
  await sendOpenAgain(client);
  const uploadedMs = Date.now() - began;
  await untilAllEnded();
  const endedMs = Date.now() - began;
  const tasks = await check();
  const swept = await sweepAll(client);
  const unanswered = ledger.open.length;
  if (values.sweep) await sweepAfterGrace(swept);
  await takeAgain();
  const last = await check();
  if (values.sweep) await sweepAll(client);
  await service.stop();
  say('looking into D1 and R2');
  const left = await checkStorage(state, ledger, last);
  // Only what a crash stopped half way may hold a name without a picture.
  ledger.expect(
    left.tasks <= ledger.open.length && left.names <= ledger.open.length,
    () => `left, with ${ledger.open.length} uploads that were never answered: ${JSON.stringify(left)}`,
  );
  if (values.sweep) {
    ledger.expect(
      Object.values(left).every((n) => n === 0),
      () => `left after the sweep: ${JSON.stringify(left)}`,
    );
  }
  const result = report({
    settings: { ...settings, sweep: values.sweep },
    service,
    ledger,
    unanswered,
    tasks,
    swept,
    left,
    uploadedMs,
    endedMs,
    totalMs: Date.now() - began,
  });
  await mkdir(RESULTS, { recursive: true });
  const file = path.join(RESULTS, `${new Date(began).toISOString().replaceAll(/[:.]/g, '-')}.json`);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  say(`written to ${path.relative('.', file)}`);
  if (ledger.broken.size > 0) process.exitCode = 1;
} finally {
  await cleanUp();
}

async function cleanUp(): Promise<void> {
  await service.stop();
  await rm(state, { recursive: true, force: true });
}

function say(text: string): void {
  console.log(`${String(Math.round((Date.now() - began) / 1_000)).padStart(4)} s  ${text}`);
}

/** Nothing is unfinished but what was never accepted. */
async function untilAllEnded(): Promise<void> {
  let fewest = Number.POSITIVE_INFINITY;
  let deadline = 0;
  for (;;) {
    const unfinished = await listAll<TaskSummary>(service, '/task-queue/tasks?limit=100&state=PENDING,STARTED,RETRY');
    const left = unfinished.filter((task) => !isUnaccepted(task, ledger));
    if (left.length === 0) return;
    if (left.length < fewest) deadline = Date.now() + PROGRESS_WITHIN_MS;
    fewest = Math.min(fewest, left.length);
    if (Date.now() > deadline) {
      for (const { id, state } of left) ledger.broken.add(`${id} is still ${state}, and nothing happens`);
      return;
    }
    say(`${left.length} tasks are not at their end`);
    await sleep(10_000);
  }
}

async function check(): Promise<Map<string, TaskView>> {
  say('checking what the service says');
  const tasks = await checkTasks(service, ledger);
  await checkEmoji(service, ledger);
  const pending = await listAll<TaskSummary>(service, '/task-queue/tasks?limit=100&state=PENDING');
  await checkNumbers(service, ledger, tasks, pending.length);
  return tasks;
}

/** @param swept takes what the sweep does */
async function sweepAfterGrace(swept: Record<string, number>): Promise<void> {
  await waitForGrace(client, say);
  Object.assign(swept, await sweepAll(client));
  const unfinished = await listAll<TaskSummary>(service, '/task-queue/tasks?limit=100&state=PENDING,STARTED,RETRY');
  for (const { id, emoji_name } of unfinished) ledger.broken.add(`${emoji_name}: ${id} is not swept away`);
  const sentAgain = await sendOpenAgain(client);
  for (const { name } of ledger.open) ledger.broken.add(`${name}: its key is in use after the sweep`);
  say(`${sentAgain.length} uploads that were never answered are accepted now`);
  for (const task of sentAgain) await client.end(task);
}

async function takeAgain(): Promise<void> {
  const taken = await takeFreeNames(client);
  say(`${taken.length} names that were let go of are taken again`);
  for (const task of taken) await client.end(task);
}
