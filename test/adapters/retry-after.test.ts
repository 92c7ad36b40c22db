import { expect, it } from 'vitest';
import { retryAfterMs } from '../../src/adapters/retry-after.ts';

const NOW = Date.UTC(1999, 11, 31, 23, 59, 0);

// The first two are the examples of RFC 9110, section 10.2.3.
it.each([
  ['Fri, 31 Dec 1999 23:59:59 GMT', 59_000],
  ['120', 120_000],
  [' 120 ', 120_000],
  ['0', 0],
  ['0.3505', 351],
  ['-5', -5_000],
  ['soon', null],
  ['', null],
  ['9'.repeat(400), null],
])('reads "%s"', (value, ms) => {
  expect(retryAfterMs(new Headers({ 'Retry-After': value }), NOW)).toBe(ms);
});

it('knows of no wait where none is asked for', () => {
  expect(retryAfterMs(new Headers(), NOW)).toBeNull();
});
