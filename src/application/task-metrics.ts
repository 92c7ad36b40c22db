import { isFinished, TASK_KINDS, TASK_STATES, type TaskRecord } from '../domain/task.ts';

/** Upper bounds of the buckets of a histogram, in seconds. */
const BUCKETS = ['0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '30', '60', '120', '+Inf'] as const;

interface Family {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
}

/** Everything that `/metrics` tells, in its order. */
const FAMILIES: Record<string, Family> = {
  custom_emoji_tasks: { type: 'gauge', help: 'Tasks in the history, by their state.' },
  custom_emoji_tasks_accepted_total: { type: 'counter', help: 'Uploads that were accepted, by kind.' },
  custom_emoji_tasks_finished_total: { type: 'counter', help: 'Tasks that came to an end, by state.' },
  custom_emoji_task_failures_total: { type: 'counter', help: 'Tasks that failed, by the code of the failure.' },
  custom_emoji_task_attempts_total: { type: 'counter', help: 'Attempts of the tasks that came to an end.' },
  custom_emoji_task_queue_seconds: { type: 'histogram', help: 'From the upload to the first attempt.' },
  custom_emoji_task_render_seconds: { type: 'histogram', help: 'From the start of the last attempt to the end.' },
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

function finishedAs(state: string): string {
  return `custom_emoji_tasks_finished_total{state="${state}"}`;
}

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
  // A task that a person had tried again began to wait again.
  const since = history.findLastIndex((change) => change.state === 'PENDING');
  const waiting = history[since];
  const first = history.slice(since).find((change) => change.state === 'STARTED');
  return {
    [finishedAs(state)]: 1,
    custom_emoji_task_attempts_total: attempts,
    ...(failure && { [`custom_emoji_task_failures_total{code="${failure.code}"}`]: 1 }),
    ...(waiting && first && observation('custom_emoji_task_queue_seconds', first.at - waiting.at)),
    ...(startedAt !== null && observation('custom_emoji_task_render_seconds', finishedAt - startedAt)),
    ...(source && { [`custom_emoji_source_bytes_total{format="${source.format}"}`]: source.bytes }),
    ...(image && { 'custom_emoji_image_bytes_total{format="gif"}': image.bytes }),
  };
}

/** Each observation is kept in one bucket; they are added up when they are read. */
function observation(family: string, milliseconds: number): Record<string, number> {
  const seconds = Math.max(0, milliseconds) / 1_000;
  const bucket = BUCKETS.find((bound) => seconds <= (bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound)));
  return { [`${family}_bucket{le="${bucket}"}`]: 1, [`${family}_sum`]: seconds };
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
  let count = 0;
  const buckets = BUCKETS.map((bound) => {
    const name = `${family}_bucket{le="${bound}"}`;
    count += counters.get(name) ?? 0;
    return `${name} ${count}`;
  });
  if (count === 0) return [];
  return [...buckets, `${family}_sum ${counters.get(`${family}_sum`) ?? 0}`, `${family}_count ${count}`];
}
