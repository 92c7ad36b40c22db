import { quantile } from './report.ts';

/** What becomes of those who come, in the unit of time of the service. */
export interface Outcome {
  /** The part of all that have to wait. */
  delayed: number;
  wait: { mean: number; p99: number };
  /** From arrival to the end of the service. */
  through: { p50: number; p99: number };
}

export interface Load {
  /** Arrivals in a unit of time, one independent of the other. */
  rate: number;
  /** How many are served at once. */
  servers: number;
  /** How long the next one takes. */
  service(): number;
}

/**
 * A queue that is served in the order of arrival, once it is as it stays: each takes the server that is free
 * first (Kiefer and Wolfowitz, 1955).
 *
 * @param random numbers of [0, 1)
 */
export function simulate({ rate, servers, service }: Load, customers: number, random: () => number): Outcome {
  const free = new Float64Array(servers);
  const waits: number[] = [];
  const throughs: number[] = [];
  let now = 0;
  const settling = customers / 10;
  for (let n = -settling; n < customers; n++) {
    now += exponential(1 / rate, random);
    const first = earliest(free);
    const begin = Math.max(now, free[first] as number);
    const end = begin + service();
    free[first] = end;
    if (n < 0) continue;
    waits.push(begin - now);
    throughs.push(end - now);
  }
  return {
    delayed: waits.filter((wait) => wait > 0).length / customers,
    wait: { mean: waits.reduce((sum, wait) => sum + wait, 0) / customers, p99: quantile(waits, 0.99) },
    through: { p50: quantile(throughs, 0.5), p99: quantile(throughs, 0.99) },
  };
}

/** A duration with this mean that does not know how long it has lasted. */
export function exponential(mean: number, random: () => number): number {
  return -mean * Math.log(1 - random());
}

function earliest(times: Float64Array): number {
  let first = 0;
  for (let n = 1; n < times.length; n++) if ((times[n] as number) < (times[first] as number)) first = n;
  return first;
}
