/**
 * What Cloudflare asks for, in US dollars, as its pages said on `READ_ON`. Change them here: `npm run docs:scale` then
 * writes `docs/scale.md` anew.
 */
export const READ_ON = '2026-11-29';

export const SOURCES = [
  'https://developers.cloudflare.com/workers/platform/pricing/',
  'https://developers.cloudflare.com/workers/cache/#billing',
  'https://developers.cloudflare.com/r2/pricing/',
  'https://developers.cloudflare.com/d1/platform/pricing/',
  'https://developers.cloudflare.com/durable-objects/platform/pricing/',
  'https://developers.cloudflare.com/queues/platform/pricing/',
];

/** Workers Paid, a month. */
export const SUBSCRIPTION = 5;

/** What is counted, a month. Storage is in GB, an object's duration in GB-seconds. */
export interface Usage {
  requests: number;
  cpuMs: number;
  r2ClassA: number;
  r2ClassB: number;
  r2Storage: number;
  d1RowsRead: number;
  d1RowsWritten: number;
  d1Storage: number;
  objectRequests: number;
  objectDuration: number;
  objectRowsRead: number;
  objectRowsWritten: number;
  queueOperations: number;
}

export interface Meter {
  name: string;
  /** A month, with the subscription. */
  included: number;
  /** For `per` more. */
  price: number;
  per: number;
  /** On the free plan: of each day, unless it is a month's, or of what is stored. */
  free: { amount: number; each: 'day' | 'month' | 'ever' } | null;
}

const MILLION = 1e6;
const BILLION = 1e9;
const day = (amount: number) => ({ amount, each: 'day' as const });
const month = (amount: number) => ({ amount, each: 'month' as const });
const ever = (amount: number) => ({ amount, each: 'ever' as const });

export const PRICES: Record<keyof Usage, Meter> = {
  requests: { name: 'requests', included: 10 * MILLION, price: 0.3, per: MILLION, free: day(100_000) },
  // Free: 10 ms each, and no sum.
  cpuMs: { name: 'CPU ms', included: 30 * MILLION, price: 0.02, per: MILLION, free: null },
  r2ClassA: { name: 'R2 class A', included: MILLION, price: 4.5, per: MILLION, free: month(MILLION) },
  r2ClassB: { name: 'R2 class B', included: 10 * MILLION, price: 0.36, per: MILLION, free: month(10 * MILLION) },
  r2Storage: { name: 'R2 storage, GB', included: 10, price: 0.015, per: 1, free: ever(10) },
  d1RowsRead: { name: 'D1 rows read', included: 25 * BILLION, price: 0.001, per: MILLION, free: day(5 * MILLION) },
  d1RowsWritten: { name: 'D1 rows written', included: 50 * MILLION, price: 1, per: MILLION, free: day(100_000) },
  // Free: 5 GB for all databases, but 500 MB for one.
  d1Storage: { name: 'D1 storage, GB', included: 5, price: 0.75, per: 1, free: ever(0.5) },
  objectRequests: { name: 'object requests', included: MILLION, price: 0.15, per: MILLION, free: day(100_000) },
  objectDuration: { name: 'object GB-s', included: 400_000, price: 12.5, per: MILLION, free: day(13_000) },
  objectRowsRead: {
    name: 'object rows read',
    included: 25 * BILLION,
    price: 0.001,
    per: MILLION,
    free: day(5 * MILLION),
  },
  objectRowsWritten: {
    name: 'object rows written',
    included: 50 * MILLION,
    price: 1,
    per: MILLION,
    free: day(100_000),
  },
  queueOperations: { name: 'queue operations', included: MILLION, price: 0.4, per: MILLION, free: day(10_000) },
};

/** The most CPU time of one invocation on the free plan, in milliseconds. */
export const FREE_CPU_MS = 10;
