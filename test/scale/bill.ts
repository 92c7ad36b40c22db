import { PRICES, SUBSCRIPTION, type Usage } from './prices.ts';

const METERS = Object.keys(PRICES) as (keyof Usage)[];

export const NOTHING = Object.fromEntries(METERS.map((meter) => [meter, 0])) as unknown as Usage;

/** Several usages together, each so many times. */
export function total(...parts: [times: number, usage: Partial<Usage>][]): Usage {
  const sum = (meter: keyof Usage) => parts.reduce((all, [times, usage]) => all + times * (usage[meter] ?? 0), 0);
  return Object.fromEntries(METERS.map((meter) => [meter, sum(meter)])) as unknown as Usage;
}

export interface Bill {
  /** In dollars, with the subscription. */
  total: number;
  /** What each meter adds to it; those that add nothing are not there. */
  lines: Partial<Record<keyof Usage, number>>;
}

/** What a month's usage costs on Workers Paid. */
export function billOf(usage: Usage): Bill {
  const lines: Bill['lines'] = {};
  let sum = SUBSCRIPTION;
  for (const meter of METERS) {
    const { included, price, per } = PRICES[meter];
    const cost = (Math.max(0, usage[meter] - included) / per) * price;
    if (cost === 0) continue;
    lines[meter] = cost;
    sum += cost;
  }
  return { total: sum, lines };
}

/** What one more costs once all that is included is used up, in dollars. */
export function marginal(usage: Partial<Usage>): number {
  return METERS.reduce((sum, meter) => sum + ((usage[meter] ?? 0) / PRICES[meter].per) * PRICES[meter].price, 0);
}

/** How many of these the free plan allows: a day by what is counted, in all by what is stored; the tightest first. */
export function freeLimits(usage: Partial<Usage>): { meter: keyof Usage; each: 'day' | 'ever'; times: number }[] {
  return METERS.flatMap((meter) => {
    const { free } = PRICES[meter];
    const used = usage[meter] ?? 0;
    if (free === null || used === 0) return [];
    const each = free.each === 'ever' ? ('ever' as const) : ('day' as const);
    return [{ meter, each, times: Math.floor(free.amount / (free.each === 'month' ? 30 : 1) / used) }];
  }).sort((a, b) => a.times - b.times);
}
