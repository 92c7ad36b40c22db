import { describe, expect, it } from 'vitest';
import { exponential, simulate } from '../bench/queueing.ts';
import { random } from '../bench/random.ts';

const CUSTOMERS = 400_000;
/** Those who come one after the other wait alike, so that as many tell less than they seem to. */
const MOST_OFF = 0.06;

const offBy = (is: number, expected: number): number => Math.abs(is / expected - 1);

/** The part of M/M/c that waits, by Erlang's C formula. @param load arrivals in the time of one service */
function erlangC(servers: number, load: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; n < servers; n++) {
    term *= load / n;
    sum += term;
  }
  const last = (term * load) / servers / (1 - load / servers);
  return last / (sum + last);
}

describe('the simulation of a queue', () => {
  it.each([
    { servers: 1, load: 0.5 },
    { servers: 1, load: 0.8 },
    { servers: 10, load: 8 },
    { servers: 50, load: 40 },
  ])('waits as M/M/c does: $servers servers, $load of them at work', ({ servers, load }) => {
    const next = random(8);
    const { delayed: part, wait } = simulate(
      { rate: load, servers, service: () => exponential(1, next) },
      CUSTOMERS,
      next,
    );
    const delayed = erlangC(servers, load);
    const spare = servers - load;
    expect(offBy(part, delayed)).toBeLessThan(MOST_OFF);
    expect(offBy(wait.mean, delayed / spare)).toBeLessThan(MOST_OFF);
    // P(W > t) = C e^(−spare t)
    expect(offBy(wait.p99, Math.log(delayed / 0.01) / spare)).toBeLessThan(MOST_OFF);
  });

  it('waits as M/D/1 does, and M/G/1 with two kinds, by Pollaczek and Khinchine', () => {
    const next = random(11);
    const half = simulate({ rate: 0.8, servers: 1, service: () => 1 }, CUSTOMERS, next);
    expect(offBy(half.wait.mean, 0.8 / (2 * (1 - 0.8)))).toBeLessThan(MOST_OFF);
    // One of ten takes ten times as long: the mean is 1.9, the mean square 10.9.
    const service = () => (next() < 0.1 ? 10 : 1);
    const mixed = simulate({ rate: 0.3, servers: 1, service }, CUSTOMERS, next);
    expect(offBy(mixed.wait.mean, (0.3 * 10.9) / (2 * (1 - 0.3 * 1.9)))).toBeLessThan(MOST_OFF);
  });

  it('has nobody wait where there is a server for each', () => {
    const next = random(3);
    const alone = simulate({ rate: 1, servers: 100, service: () => 1 }, 10_000, next);
    expect(alone).toEqual({ delayed: 0, wait: { mean: 0, p99: 0 }, through: { p50: 1, p99: 1 } });
  });
});
