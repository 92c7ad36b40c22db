import { realEnv } from './bindings.ts';
import {
  checkAfterSweep,
  checkAtRest,
  checkCounters,
  checkForgotten,
  checkUsage,
  type Report,
  readEverything,
} from './invariants.ts';
import { type Plan, writePlan } from './plan.ts';
import type { Scenario } from './scenarios.ts';
import { forgetOwners, setTime, World } from './world.ts';

const MINUTE = 60_000;
/** Worlds that are swept and looked at together. */
const GROUP = 40;
/** Of real time; a world takes a small part of a second. */
const HUNG_MS = 300_000;

const wait = scheduler.wait.bind(scheduler);

export interface Result {
  world: World;
  /** Faults of the plan that have come to pass. */
  befallen: number;
}

/** Runs a scenario under each of the plans. @returns the worlds, and what is wrong with each, by the plan */
export async function runPlans(
  name: string,
  scenario: Scenario,
  plans: Plan[],
): Promise<{ results: Result[]; problems: string[] }> {
  const results: Result[] = [];
  const problems: string[] = [];
  for (let start = 0; start < plans.length; start += GROUP) {
    const group: World[] = [];
    for (const [i, plan] of plans.slice(start, start + GROUP).entries()) {
      const world = new World(writePlan(name, plan), `p${start + i}_`, plan);
      await play(world, scenario);
      group.push(world);
      const ids = new Set(world.calls.map(({ id }) => id));
      results.push({ world, befallen: [...plan.keys()].filter((id) => ids.has(id)).length });
    }
    problems.push(...(await examine(group)));
  }
  return { results, problems };
}

async function play(world: World, { prepare, play }: Scenario): Promise<void> {
  const run = async () => {
    await prepare?.(world);
    await world.settle();
    world.isArmed = true;
    await play(world);
    await world.settle();
    world.isArmed = false;
    world.outage = null;
  };
  const ran = run().catch((error) => world.problems.push(`the test failed: ${error?.stack}`));
  const isHung = await Promise.race([ran.then(() => false), wait(HUNG_MS).then(() => true)]);
  if (isHung) world.problems.push('it hangs');
}

/** Checks all that must be true of worlds in which nothing is under way, before and after the sweep; empties them. */
async function examine(worlds: World[]): Promise<string[]> {
  const found = new Map<World | null, string[]>();
  const report: Report = (world, problem) => {
    found.set(world, [...(found.get(world) ?? []), problem]);
  };
  const atRest = await readEverything();
  for (const world of worlds) await checkAtRest(world, atRest, report);
  await checkUsage(atRest, false, report);
  await sweepAll(worlds.at(-1) as World, report);
  const swept = await readEverything();
  await checkAfterSweep(worlds, swept, report);
  checkCounters(swept, report);
  await checkUsage(swept, true, report);
  for (const world of worlds) await world.forget();
  for (const world of worlds) await checkForgotten(world, report);
  await empty(swept.objects);
  return [...found].map(([world, problems]) => {
    const of = world?.label ?? `one of ${worlds.map(({ label }) => label).join('; ')}`;
    return [`${of}:`, ...problems.map((problem) => `  - ${problem}`), ...(world?.trace ?? [])].join('\n');
  });
}

/** Runs the sweep, as often as it finds something to do; that must have an end. */
async function sweepAll(world: World, report: Report): Promise<void> {
  for (let runs = 0; runs < 8; runs++) {
    setTime(Date.now() + 16 * MINUTE);
    const { outcome } = await world.sweep();
    if (outcome.is !== 'done') return report(null, `the sweep is ${outcome.is}`);
    const { faults, ...done } = outcome.value;
    if (faults.length > 0) return report(null, `the sweep could not do ${faults}`);
    if (Object.values(done).every((number) => number === 0)) return;
  }
  report(null, 'the sweep has no end');
}

async function empty(objects: Set<string>): Promise<void> {
  const tables = ['emojis', 'emoji_names', 'tasks', 'tasks_in_flight', 'uploads', 'usage', 'idempotency_keys'];
  await realEnv.DB.batch([
    ...[...tables, 'sweep_cursors', 'counter_periods'].map((table) => realEnv.DB.prepare(`DELETE FROM ${table}`)),
    realEnv.DB.prepare("DELETE FROM counters WHERE name <> 'task_changes'"),
  ]);
  const keys = [...objects];
  for (let start = 0; start < keys.length; start += 1_000)
    await realEnv.PICTURES.delete(keys.slice(start, start + 1_000));
  forgetOwners();
}
