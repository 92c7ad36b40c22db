import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { experimental_readRawConfig } from 'wrangler';
import { type Config, configOf, environmentOf, resourcesOf } from '../../src/cli/environment.ts';

const { rawConfig: base } = experimental_readRawConfig({ config: 'wrangler.toml' });
const PRODUCTION = { name: '', isPaid: false };

it('is wrangler.toml itself, for production on the free plan', () => {
  expect(configOf(base, PRODUCTION)).toEqual(base);
  // Which refuses it.
  expect(base).not.toHaveProperty('limits');
});

it('knows all that a service has in an account', () => {
  const { worker, database, buckets, queues } = resourcesOf(base);
  expect([worker, database, ...buckets]).toEqual(['custom-emoji', 'custom-emoji', 'custom-emoji-pictures']);
  const consumed = [...readFileSync('wrangler.toml', 'utf8').matchAll(/^(?:dead_letter_)?queue = "(.+)"$/gm)];
  expect(new Set(queues)).toEqual(new Set(consumed.map(([, name]) => name)));
});

it('shares nothing with another environment, and leaves nothing out', () => {
  const staging = configOf(base, environmentOf('staging'));
  const names = (text: string) => new Set(text.match(/"[\w-]*custom-emoji[\w-]*"|"namespace_id":"\d+"/g));
  const ofBase = names(JSON.stringify(base));
  const ofStaging = names(JSON.stringify(staging));
  expect(ofBase.size).toBeGreaterThanOrEqual(7);
  expect(ofStaging.size).toBe(ofBase.size);
  expect([...ofStaging].filter((name) => ofBase.has(name))).toEqual([]);
  const { ratelimits, ...rest } = staging;
  expect(JSON.parse(JSON.stringify(rest).replaceAll('staging-', ''))).toEqual({ ...base, ratelimits: undefined });
  const limits = base.ratelimits as { namespace_id: string }[];
  expect(ratelimits).toMatchObject(limits.map(({ namespace_id: _, ...limit }) => limit));
});

it('writes what happened in another environment into a dataset of its own', () => {
  const analytics_engine_datasets = [{ binding: 'TASK_ENDS', dataset: 'custom_emoji_tasks' }];
  const staging = configOf({ ...base, analytics_engine_datasets }, environmentOf('staging'));
  expect(staging.analytics_engine_datasets).toEqual([{ binding: 'TASK_ENDS', dataset: 'staging_custom_emoji_tasks' }]);
});

it('never takes the address or the database of production', () => {
  const [database] = base.d1_databases ?? [];
  const mine: Config = {
    ...base,
    workers_dev: false,
    routes: [{ pattern: 'emoji.example.org', custom_domain: true }],
    // As wrangler writes it where somebody deploys by hand.
    d1_databases: [{ ...database, binding: 'DB', database_id: '7ae41455-9d88-498e-a439-d0a6b2d9a695' }],
  };
  const staging = JSON.stringify(configOf(mine, environmentOf('staging')));
  for (const text of ['routes', 'workers_dev', '7ae41455']) expect(staging).not.toContain(text);
  expect(configOf(mine, PRODUCTION)).toEqual(mine);
});

it('allows more on Workers Paid, but for what is done one at a time', () => {
  const paid = configOf(base, { name: '', isPaid: true });
  expect(paid.limits).toEqual({ cpu_ms: 60_000 });
  const atOnce = ({ queues }: Config) => queues?.consumers?.map((consumer) => consumer.max_concurrency);
  expect(atOnce(base)?.slice(0, 2)).toEqual([10, 1]);
  expect(atOnce(paid)?.slice(0, 2)).toEqual([50, 1]);
});

it.each(['Staging', 'a-b', '1', 'x'.repeat(21), 'a b', '../up'])('is no environment: %s', (name) => {
  expect(() => environmentOf(name)).toThrow('1 to 20 letters');
});
