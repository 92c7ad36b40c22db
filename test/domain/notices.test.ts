import { expect, it } from 'vitest';
import { MAX_RETRY_AFTER_MS, MAX_TRIES, waitAfter } from '../../src/domain/notices.ts';

const HOUR = 3_600_000;

it('a notice is tried for some 24 hours, first soon and then less and less often', () => {
  const waits = Array.from({ length: MAX_TRIES - 1 }, (_, i) => waitAfter(i + 1, null, 0.5) ?? -1);
  // As far as it goes the schedule of the specification, which goes on for three days.
  expect(waits.slice(0, 5)).toEqual([5_000, 300_000, 1_800_000, 2 * HOUR, 5 * HOUR]);
  const total = waits.reduce((sum, wait) => sum + wait, 0);
  expect(total).toBeGreaterThan(23 * HOUR);
  expect(total).toBeLessThan(24 * HOUR);
  expect(waitAfter(MAX_TRIES, null, 0.5)).toBeNull();
});

it('many that failed at once do not come back at once', () => {
  expect([0, 0.5, 1].map((random) => waitAfter(1, null, random))).toEqual([4_500, 5_000, 5_500]);
});

it('a target is asked no sooner than it wants, within reason', () => {
  expect(waitAfter(1, 60_000, 0.5)).toBe(60_000);
  expect(waitAfter(2, 60_000, 0.5)).toBe(300_000);
  expect(waitAfter(1, 365 * 24 * HOUR, 0.5)).toBe(MAX_RETRY_AFTER_MS);
  // It does not get more attempts by that.
  expect(waitAfter(MAX_TRIES, 60_000, 0.5)).toBeNull();
});
