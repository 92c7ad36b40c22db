import { simulate } from '../bench/queueing.ts';
import { random } from '../bench/random.ts';
import { billOf, freeLimits, marginal, total } from './bill.ts';
import { ACTS, ASSUMED, HIT, KEPT, MEASURED, MISS, ROWS, UPLOAD } from './costs.ts';
import { FREE_CPU_MS, PRICES, READ_ON, SOURCES, type Usage } from './prices.ts';

const SECONDS_A_MONTH = 30 * 86_400;

/** The tables of `docs/scale.md` in Markdown, by the name that its markers have. */
export function tables(): Record<string, string> {
  return {
    operations: operations(),
    rows: `Rows that an upload writes in D1, those of indexes among them: ${listed(ROWS)}.`,
    stored: stored(),
    requests: requests(),
    free: free(),
    queue: queue(),
    prices: prices(),
    measured: `CPU times were measured in workerd on ${MEASURED.machine}, ${MEASURED.on}.`,
  };
}

function table(headings: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(headings), `|---|${'--:|'.repeat(headings.length - 1)}`, ...rows.map(line)].join('\n');
}

const count = (value: number | undefined): string =>
  value === undefined ? '' : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
const dollars = (value: number): string =>
  `$${value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 })}`;

const listed = (numbers: Record<string, number>): string =>
  Object.entries(numbers)
    .map(([name, value]) => `\`${name}\` ${value}`)
    .join(', ');

const COLUMNS = [
  ['requests', 'requests'],
  ['R2 A', 'r2ClassA'],
  ['R2 B', 'r2ClassB'],
  ['D1 calls', 'd1Calls'],
  ['rows read', 'd1RowsRead'],
  ['written', 'd1RowsWritten'],
  ['object requests', 'objectRequests'],
  ['rows read', 'objectRowsRead'],
  ['written', 'objectRowsWritten'],
  ['queue', 'queueOperations'],
] as const;

function operations(): string {
  return table(
    ['', ...COLUMNS.map(([heading]) => heading), 'CPU ms', '$ a million'],
    Object.entries(ACTS).map(([act, cost]) => [
      act,
      ...COLUMNS.map(([, key]) => (cost[key] ?? 0).toLocaleString('en-US')),
      count(cost.cpuMs),
      dollars(marginal(cost as Partial<Usage>) * 1e6),
    ]),
  );
}

function stored(): string {
  return table(
    ['emoji', 'R2, GB', 'D1, GB', 'databases of 10 GB', 'to keep them, a month', 'to upload them, once'],
    [1_000, 1_000_000, 100_000_000].map((emojis) => {
      const kept = total([emojis, KEPT]);
      return [
        emojis.toLocaleString('en-US'),
        count(kept.r2Storage),
        count(kept.d1Storage),
        String(Math.ceil(kept.d1Storage / 10)),
        dollars(billOf(kept).total),
        dollars(billOf(total([emojis, UPLOAD])).total - billOf(total()).total),
      ];
    }),
  );
}

function requests(): string {
  const hitRates = [0, 0.9, 0.99, 0.999];
  return table(
    ['requests a second', ...hitRates.map((rate) => `${rate * 100} % from the edge`)],
    [1, 10, 100, 1_000, 10_000, 100_000].map((rate) => [
      rate.toLocaleString('en-US'),
      ...hitRates.map((hits) => {
        const requests = rate * SECONDS_A_MONTH;
        return dollars(billOf(total([requests * hits, HIT], [requests * (1 - hits), MISS])).total);
      }),
    ]),
  );
}

function free(): string {
  return table(
    ['the free plan has', 'an upload takes', 'enough for'],
    freeLimits({ ...UPLOAD, ...KEPT }).map(({ meter, each, times }) => {
      const { name, free } = PRICES[meter];
      const span = free?.each === 'ever' ? '' : ` a ${free?.each}`;
      const taken = { ...UPLOAD, ...KEPT }[meter] ?? 0;
      return [
        `${free?.amount.toLocaleString('en-US')} ${name}${span}`,
        count(taken),
        `${times.toLocaleString('en-US')} uploads ${each === 'ever' ? 'in all' : 'a day'}`,
      ];
    }),
  );
}

/** How long each kind of upload takes a renderer, in seconds. */
const KINDS = Object.entries(ASSUMED.mix).map(([kind, part]) => ({
  part,
  seconds: ((MEASURED.cpuMs[kind] ?? Number.NaN) + ASSUMED.waitingMs) / 1_000,
}));
const MEAN = KINDS.reduce((sum, { part, seconds }) => sum + part * seconds, 0);

/** As often as it is uploaded. @param die of [0, 1) */
function secondsOf(die: number): number {
  let upTo = 0;
  for (const { part, seconds } of KINDS) {
    upTo += part;
    if (die < upTo) return seconds;
  }
  throw new Error('the shares of what is uploaded are less than one in all');
}

const UPLOADS = 40_000;

function queue(): string {
  const concurrencies = [10, 50, 250];
  const cell = (rate: number, servers: number): string => {
    if (rate * MEAN >= servers) return 'ever longer';
    const next = random(1);
    const { p50, p99 } = simulate({ rate, servers, service: () => secondsOf(next()) }, UPLOADS, next).through;
    return `${seconds(p50)}, ${seconds(p99)}`;
  };
  return table(
    ['uploads a second', ...concurrencies.map((servers) => `${servers} renderers: half, 99 %`), 'D1 is busy'],
    [1, 10, 40, 45, 100, 200, 230, 1_000, 1_150].map((rate) => [
      rate.toLocaleString('en-US'),
      ...concurrencies.map((servers) => cell(rate, servers)),
      rate * ASSUMED.d1Ms >= 1_000 ? 'too busy' : `${Math.round((rate * ASSUMED.d1Ms) / 10)} %`,
    ]),
  );
}

const seconds = (value: number): string => `${value < 1 ? value.toFixed(2) : value.toFixed(1)} s`;

function prices(): string {
  const rows = Object.values(PRICES).map(({ name, included, price, per, free }) => [
    name,
    included.toLocaleString('en-US'),
    `$${price} for ${per.toLocaleString('en-US')}`,
    free === null
      ? `${FREE_CPU_MS} ms each`
      : free.amount.toLocaleString('en-US') + (free.each === 'ever' ? '' : ` a ${free.each}`),
  ]);
  const from = SOURCES.map((address) => `<${address}>`).join(', ');
  return `${table(['', 'included a month', 'more', 'free plan'], rows)}\n\nAs of ${READ_ON}, from ${from}.`;
}
