/** The visits, and the kills between them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../bench/random.ts';
import { Client } from './client.ts';
import type { Ledger } from './ledger.ts';
import type { Service } from './service.ts';
import { plan, VISITS } from './visits.ts';

export interface Settings {
  count: number;
  kills: number;
  /** Clients at a time. */
  concurrency: number;
  seed: number;
}

/** How long a kill waits for a picture that is being rendered. */
const RENDERING_WITHIN_MS = 60_000;

type Say = (text: string) => void;

/** Makes all visits, and comes back when nobody has anything left to do. */
export async function visitAndKill(service: Service, ledger: Ledger, settings: Settings, say: Say): Promise<void> {
  const { count, concurrency, seed } = settings;
  const kinds = plan(count, random(seed));
  const behind: Promise<void>[] = [];
  let begun = 0;
  // A client that gives up stops no other.
  const note = (error: Error): void => {
    ledger.broken.add(error.message);
  };
  const visitor = async (): Promise<void> => {
    while (begun < count) {
      const number = begun++;
      const visit = VISITS[kinds[number]](new Client(service, ledger, random(seed + number)), number);
      const goingOn = await visit.catch(note);
      if (goingOn) behind.push(goingOn.behind.catch(note));
      if (number % 100 === 99) say(`${begun} visits, ${ledger.promised.size} uploads accepted`);
    }
  };
  await Promise.all([killer(service, settings, () => begun, say), ...Array.from({ length: concurrency }, visitor)]);
  say(`all ${count} visits made; waiting for what some of them do behind`);
  await Promise.all(behind);
}

/** Kills at random moments, some visits after each other. */
async function killer(service: Service, settings: Settings, begun: () => number, say: Say): Promise<void> {
  const { count, kills, seed } = settings;
  const next = random(seed + 0x5eed);
  for (let kill = 0; kill < kills; kill++) {
    const after = (count * (kill + 0.3 + 0.6 * next())) / kills;
    while (begun() < after) await sleep(20);
    await sleep(next() * 300);
    const { PENDING, STARTED } = await countsNow(service);
    // Every other one hits a picture that is being rendered.
    if (kill % 2 === 0) await untilRendering(service);
    await service.kill();
    say(`kill ${kill + 1} at ${begun()} visits; PENDING ${PENDING}, STARTED ${STARTED}`);
    await service.start();
    say('started again');
  }
}

/** Until a long animation is in the middle of its frames, by the word of its task's owner. */
async function untilRendering(service: Service): Promise<void> {
  const deadline = Date.now() + RENDERING_WITHIN_MS;
  while (Date.now() < deadline) {
    const { json } = await service.request('/task-queue/tasks?state=STARTED&limit=5');
    for (const { id } of json.data as { id: string }[]) {
      const task = (await service.request(`/task-queue/tasks/${id}`)).json;
      if (task.state === 'STARTED' && task.progress !== null) return;
    }
  }
}

async function countsNow(service: Service): Promise<Record<string, unknown>> {
  return (await service.request('/task-queue/counts')).json;
}
