import { setTimeout as sleep } from 'node:timers/promises';
import { forEach, listAll, type TaskSummary } from './answers.ts';
import { type Client, told } from './client.ts';
import type { Promised, Upload } from './ledger.ts';
import { colourOf, goodPicture } from './pictures.ts';

/** What is younger is left alone by the sweep; and a little more. */
const GRACE_MS = (15 * 60 + 10) * 1_000;
/** A run does a bounded amount of work: more runs than this would be no end. */
const MOST_RUNS = 50;

/** Sweeps until nothing is left to do. @returns the sums of what the runs did */
export async function sweepAll({ service, ledger }: Client): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (let run = 1; run <= MOST_RUNS; run++) {
    const answer = await service.request('/task-queue/sweep', () => ({ method: 'POST' }));
    const { faults, settled, ...done } = answer.json as Record<string, number> & { faults: string[] };
    ledger.expect(answer.status === 200 && faults.length === 0, () => `the sweep: ${told(answer)}`);
    for (const [what, amount] of Object.entries(done)) sums[what] = (sums[what] ?? 0) + amount;
    if (Object.values(done).every((amount) => amount === 0)) return sums;
  }
  ledger.broken.add(`the sweep finds more to do after ${MOST_RUNS} runs: ${JSON.stringify(sums)}`);
  return sums;
}

/** Waits until everything is old enough to be swept. */
export async function waitForGrace({ service }: Client, progress: (text: string) => void): Promise<void> {
  const tasks = await listAll<TaskSummary>(service, '/task-queue/tasks?limit=100');
  const latest = Math.max(service.lastStart, ...tasks.map(({ finished_at }) => Date.parse(finished_at ?? '0')));
  for (let left = GRACE_MS; left > 0; left = latest + GRACE_MS - Date.now()) {
    progress(`waiting for the sweep's grace time: ${Math.ceil(left / 1_000)} s`);
    await sleep(Math.min(left, 60_000));
  }
}

/** The clients that never got an answer come again, under the same keys. @returns what is accepted now */
export async function sendOpenAgain(client: Client): Promise<Promised[]> {
  const { ledger } = client;
  const promised: Promised[] = [];
  await forEach(uniqueByKey(ledger.open.splice(0)), async (upload) => {
    // Of two uploads for one name the first has it.
    const rival = upload.kind === 'create' ? ledger.shown().get(upload.name) : undefined;
    const answer = await client.send(upload);
    if (answer === null) return;
    const { task_id, code } = answer.json;
    const isRight =
      rival && rival.idempotencyKey !== upload.idempotencyKey ? code === 'name_taken' : answer.status === 202;
    ledger.expect(isRight, () => `${upload.name}, again: ${told(answer)}`);
    if (typeof task_id === 'string') promised.push(ledger.promise(task_id, upload));
  });
  return promised;
}

function uniqueByKey(uploads: Upload[]): Upload[] {
  return [...new Map(uploads.map((upload) => [upload.idempotencyKey, upload])).values()];
}

/** Whatever let go of a name, it can be taken. */
export async function takeFreeNames(client: Client): Promise<Promised[]> {
  const promised: Promised[] = [];
  for (const [n, name] of client.ledger.freeNames().entries()) {
    const picture = await goodPicture(client.random, colourOf(n));
    const task = await client.upload({ name, kind: 'create', idempotencyKey: crypto.randomUUID(), picture });
    if (task) promised.push(task);
  }
  return promised;
}
