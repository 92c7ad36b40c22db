import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { migrate } from '../support/database.ts';
import { type Plan, pairPlan, randomFrom, readPlan, singlePlans } from './plan.ts';
import { runPlans } from './run.ts';
import type { Scenario } from './scenarios.ts';
import { install } from './world.ts';

/**
 * From the environment: `FAULTS=all` tries every fault at every call, in place of one at each; `FAULT_PAIRS` and
 * `FAULT_SEED` draw more pairs of faults, or others; `FAULT_PLAN` runs one plan alone, and shows its calls.
 */
const { FAULTS, FAULT_PLAN: only } = env;
/** Of each scenario. */
const pairs = Number(env.FAULT_PAIRS || 4);
const seed = Number(env.FAULT_SEED || 1);

/** Runs each scenario without a fault, with one fault at a time at each of its calls, and with pairs that are drawn. */
export function testScenarios(scenarios: Record<string, Scenario>): void {
  const names = Object.keys(scenarios);
  const ran = { calls: 0, single: 0, pairs: 0, befallen: 0 };
  const print = console.log;

  beforeAll(async () => {
    await migrate();
    install();
    // What the service logs of each fault is not for the reader of the tests.
    vi.spyOn(console, 'log').mockReturnValue();
    vi.spyOn(console, 'error').mockReturnValue();
  });
  afterAll(() => {
    vi.restoreAllMocks();
    print(
      `fault plans: ${names.length} scenarios with ${ran.calls} calls; ${ran.single} plans with one fault, ` +
        `${ran.pairs} with two (seed ${seed}); ${ran.befallen} faults came to pass`,
    );
  });

  async function check(name: string, plans: Plan[]): Promise<number> {
    const { results, problems } = await runPlans(name, scenarios[name] as Scenario, plans);
    for (const problem of problems) print(problem);
    if (only) print(results[0]?.world.trace.join('\n'));
    expect(problems.slice(0, 3).join('\n\n'), `${problems.length} worlds are not as they must be`).toBe('');
    const befallen = results.reduce((sum, result) => sum + result.befallen, 0);
    ran.befallen += befallen;
    return befallen;
  }

  const { scenario, plan } = readPlan(only);
  if (only) {
    it.runIf(scenario in scenarios)(only, async () => expect(await check(scenario, [plan])).toBe(plan.size));
    return;
  }

  describe.each(names)('%s', (name) => {
    it('keeps its promises whatever fails', { timeout: 3_600_000 }, async () => {
      const { results, problems } = await runPlans(name, scenarios[name] as Scenario, [new Map()]);
      expect(problems.join('\n\n'), 'without a fault').toBe('');
      const calls = results[0]?.world.calls ?? [];
      ran.calls += calls.length;
      const plans = singlePlans(calls, FAULTS === 'all');
      const befallen = await check(name, plans);
      ran.single += plans.length;
      // Calls of one scenario that are under way together may change places.
      expect(befallen).toBeGreaterThan(plans.length * 0.9);

      const random = randomFrom(seed + names.indexOf(name));
      const drawn = Array.from({ length: pairs }, () => pairPlan(calls, random));
      await check(name, drawn);
      ran.pairs += drawn.length;
    });
  });
}
