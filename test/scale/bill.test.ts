import { describe, expect, it } from 'vitest';
import { billOf, freeLimits, NOTHING, total } from './bill.ts';

/** Examples that Cloudflare works out on the pages of `SOURCES`. */
describe('the bill', () => {
  it('is what Cloudflare says of 15 million requests of 7 ms', () => {
    const { total: sum, lines } = billOf(total([15e6, { requests: 1, cpuMs: 7 }]));
    expect(sum).toBeCloseTo(8, 6);
    expect(lines).toEqual({ requests: 1.5, cpuMs: 1.5 });
  });

  it('is what it says of a million messages a day', () => {
    const { lines } = billOf(total([30e6, { queueOperations: 3 }]));
    expect(lines.queueOperations).toBeCloseTo(35.6, 6);
  });

  it('is what it says of 100 objects that are awake all month, but for rounding up to whole millions', () => {
    const { lines } = billOf({ ...NOTHING, objectRequests: 12_960_100, objectDuration: 259_200_000 * 0.128 });
    expect(lines.objectRequests).toBeGreaterThan(1.8 - 0.15);
    expect(lines.objectRequests).toBeLessThanOrEqual(1.8);
    expect(lines.objectDuration).toBeGreaterThan(412.5 - 12.5);
    expect(lines.objectDuration).toBeLessThanOrEqual(412.5);
  });

  it('is the subscription alone within what is included', () => {
    expect(billOf(NOTHING)).toEqual({ total: 5, lines: {} });
  });
});

it('finds what the free plan runs out of first', () => {
  // 100,000 rows a day; a million of class A a month; 10,000 operations a day.
  expect(freeLimits({ d1RowsWritten: 50, r2ClassA: 5, queueOperations: 3, cpuMs: 1 })).toEqual([
    { meter: 'd1RowsWritten', each: 'day', times: 2_000 },
    { meter: 'queueOperations', each: 'day', times: 3_333 },
    { meter: 'r2ClassA', each: 'day', times: 6_666 },
  ]);
});
