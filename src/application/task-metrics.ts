import { isFinished, isRendering, queuedMs, TASK_KINDS, TASK_STATES, type TaskRecord } from '../domain/task.ts';

/**
 * Upper bounds of the buckets of a histogram, in seconds. Where within its bucket a quantile lies is a guess: they are
 * narrow where most pictures are, at some 10 ms. One may be added; without one, what was counted before is lost.
 */
const BUCKETS = [
  ...['0.005', '0.01', '0.015', '0.025', '0.035', '0.05', '0.075', '0.1', '0.15', '0.25', '0.35', '0.5', '0.75', '1'],
  ...['2.5', '5', '10', '30', '60', '120', '+Inf'],
];

export const QUEUE_SECONDS = 'custom_emoji_task_queue_seconds';
export const RENDER_SECONDS = 'custom_emoji_task_render_seconds';

interface Family {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
}

/** Everything that `/metrics` tells, in its order. */
const FAMILIES: Record<string, Family> = {
  custom_emoji_tasks: { type: 'gauge', help: 'Tasks in the history, by their state.' },
  custom_emoji_tasks_accepted_total: { type: 'counter', help: 'Tasks that were accepted, by kind.' },
  custom_emoji_tasks_finished_total: { type: 'counter', help: 'Tasks that came to an end, by state.' },
  custom_emoji_task_failures_total: { type: 'counter', help: 'Tasks that failed, by the code of the failure.' },
  custom_emoji_task_attempts_total: { type: 'counter', help: 'Attempts of the tasks that came to an end.' },
  [QUEUE_SECONDS]: { type: 'histogram', help: 'From the upload to the first attempt.' },
  [RENDER_SECONDS]: { type: 'histogram', help: 'From the start of the last attempt to the end.' },
  custom_emoji_dead_letters_total: { type: 'counter', help: 'Messages that the queue gave up on.' },
  custom_emoji_source_bytes_total: { type: 'counter', help: 'Bytes of the pictures that were rendered, by format.' },
  custom_emoji_image_bytes_total: { type: 'counter', help: 'Bytes of the emoji that were made, by format.' },
};

/** The counter of the tasks in a state. */
export function tasksIn(state: string): string {
  return `custom_emoji_tasks{state="${state}"}`;
}

export const DEAD_LETTERS = 'custom_emoji_dead_letters_total';

/** The counter of the uploads of a kind. */
export function acceptedOf(kind: string): string {
  return `custom_emoji_tasks_accepted_total{kind="${kind}"}`;
}

/** The counter of the tasks that ended in a state. */
export function finishedAs(state: string): string {
  return `custom_emoji_tasks_finished_total{state="${state}"}`;
}

const failedBy = (code: string): string => `custom_emoji_task_failures_total{code="${code}"}`;

/** Told before anything was counted: a rate leaves out the step by which a series appears. */
const FROM_THE_START = [
  ...TASK_STATES.map(tasksIn),
  ...TASK_KINDS.map(acceptedOf),
  ...TASK_STATES.filter(isFinished).map(finishedAs),
  'custom_emoji_task_attempts_total',
  DEAD_LETTERS,
];

/** What the end of a task adds to each counter, by its name; nothing for a task that is not finished. */
export function countsOf(task: TaskRecord): Record<string, number> {
  const { state, attempts, startedAt, finishedAt, failure, source, image, history } = task;
  if (finishedAt === null) return {};
  const queued = queuedMs(history);
  return {
    [finishedAs(state)]: 1,
    custom_emoji_task_attempts_total: attempts,
    ...(failure && { [failedBy(failure.code)]: 1 }),
    ...(isRendering(task.kind) && queued !== null && observation(QUEUE_SECONDS, queued)),
    ...(isRendering(task.kind) && startedAt !== null && observation(RENDER_SECONDS, finishedAt - startedAt)),
    ...(source && { [`custom_emoji_source_bytes_total{format="${source.format}"}`]: source.bytes }),
    ...(image && { 'custom_emoji_image_bytes_total{format="gif"}': image.bytes }),
  };
}

const bucketName = (family: string, bound: string): string => `${family}_bucket{le="${bound}"}`;

/** Each observation is kept in one bucket; they are added up when they are read. */
function observation(family: string, milliseconds: number): Record<string, number> {
  const seconds = Math.max(0, milliseconds) / 1_000;
  const bucket = BUCKETS.find((bound) => bound === '+Inf' || seconds <= Number(bound)) ?? '+Inf';
  return { [bucketName(family, bucket)]: 1, [`${family}_sum`]: seconds };
}

/**
 * Prometheus' text format, version 0.0.4.
 *
 * @param counted by the names that this module gives
 */
export function metricsText(counted: Map<string, number>): string {
  const counters = new Map([...FROM_THE_START.map((name): [string, number] => [name, 0]), ...counted]);
  return Object.entries(FAMILIES)
    .flatMap(([family, { type, help }]) => {
      const samples = type === 'histogram' ? histogram(family, counters) : series(family, counters);
      return samples.length === 0 ? [] : [`# HELP ${family} ${help}`, `# TYPE ${family} ${type}`, ...samples];
    })
    .map((line) => `${line}\n`)
    .join('');
}

function series(family: string, counters: Map<string, number>): string[] {
  const own = [...counters].filter(([name]) => name === family || name.startsWith(`${family}{`));
  return own.sort().map(([name, value]) => `${name} ${value}`);
}

function histogram(family: string, counters: Map<string, number>): string[] {
  const buckets = bucketsOf(family, counters);
  const count = buckets.at(-1)?.count ?? 0;
  if (count === 0) return [];
  return [
    ...buckets.map((bucket) => `${bucketName(family, bucket.bound)} ${bucket.count}`),
    `${family}_sum ${counters.get(`${family}_sum`) ?? 0}`,
    `${family}_count ${count}`,
  ];
}

/** A bucket of a histogram: how many observations are not above its bound. */
export interface Bucket {
  /** `+Inf` is the last one. */
  bound: string;
  count: number;
}

/** The buckets of a histogram, in their order, of what was counted. */
export function bucketsOf(family: string, counters: Map<string, number>): Bucket[] {
  let count = 0;
  return BUCKETS.map((bound) => {
    count += counters.get(bucketName(family, bound)) ?? 0;
    return { bound, count };
  });
}

/** Failures by their codes, of what was counted; the most frequent one first. */
export function failuresOf(counters: Map<string, number>): { code: string; count: number }[] {
  const [before = '', after = ''] = failedBy('|').split('|');
  return [...counters]
    .filter(([name]) => name.startsWith(before))
    .map(([name, count]) => ({ code: name.slice(before.length, -after.length), count }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}
