import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const config = readFileSync('wrangler.toml', 'utf8');

it.each([
  ['READ_LIMIT', 'READS_PER_MINUTE'],
  ['WRITE_LIMIT', 'WRITES_PER_MINUTE'],
])('tells of %s what it is, by %s', (binding, variable) => {
  const limit = new RegExp(`name = "${binding}"\\n.*\\nsimple = \\{ limit = (\\d+), period = 60 \\}`).exec(config)?.[1];
  const told = new RegExp(`^${variable} = "(\\d+)"$`, 'm').exec(config)?.[1];
  expect(limit).toMatch(/^\d+$/);
  expect(told).toBe(limit);
});
