/** What the service tells of itself at the end, and whether that is what its clients were promised. */
import { createHash } from 'node:crypto';
import { decodeGif, pixelAt } from '../support/gif.ts';
import { endOf, type Ledger, type Promised } from './ledger.ts';
import type { Service } from './service.ts';

type State = 'PENDING' | 'STARTED' | 'RETRY' | 'SUCCESS' | 'FAILURE' | 'REVOKED';

export interface TaskView {
  id: string;
  state: State;
  kind: 'create' | 'replace';
  emoji_name: string;
  attempts: number;
  received_at: string;
  started_at: string | null;
  finished_at: string | null;
  error: { code: string } | null;
  source: { format: string; bytes: number } | null;
  history: { state: State; at: string; reason: string | null }[];
}

export type TaskSummary = Omit<TaskView, 'source' | 'history'>;

const AT_A_TIME = 8;
const EMOJI_SIDE = 100;
const MOST_ATTEMPTS = 5;
/** What a palette, and a lossy format, may change of a flat colour. */
const TOLERANCE = 8;

/** Where a task may go from each state, when no message is given up by the queue. */
const MOVES: Record<State, State[]> = {
  PENDING: ['STARTED', 'REVOKED'],
  STARTED: ['SUCCESS', 'FAILURE', 'RETRY', 'REVOKED'],
  RETRY: ['STARTED', 'REVOKED'],
  SUCCESS: [],
  FAILURE: ['PENDING'],
  REVOKED: ['PENDING'],
};

/** Everything in a list of the API, page by page. */
export async function listAll<Item>(service: Service, path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor = ''; ; ) {
    const { status, json } = await service.request(`${path}${cursor}`);
    if (status !== 200) throw new Error(`${status} for ${path}`);
    items.push(...(json.data as Item[]));
    if (json.next_cursor === null) return items;
    cursor = `&cursor=${encodeURIComponent(String(json.next_cursor))}`;
  }
}

/** Runs some at a time. */
export async function forEach<Item>(items: Iterable<Item>, work: (item: Item) => Promise<unknown>): Promise<void> {
  const left = [...items].reverse();
  const worker = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

/** Each task that was promised: its end, its history, and that the list agrees. @returns the tasks by their ids */
export async function checkTasks(service: Service, ledger: Ledger): Promise<Map<string, TaskView>> {
  const listed = new Map(
    (await listAll<TaskSummary>(service, '/task-queue/tasks?limit=100')).map((task) => [task.id, task]),
  );
  const tasks = new Map<string, TaskView>();
  await forEach(ledger.promised.values(), async (promised) => {
    const answer = await service.request(`/task-queue/tasks/${promised.taskId}`);
    if (answer.status !== 200) {
      ledger.broken.add(`${promised.name}: ${answer.status} for its task, which was accepted`);
      return;
    }
    const task = answer.json as unknown as TaskView;
    tasks.set(task.id, task);
    for (const wrong of wrongWith(task, promised)) ledger.broken.add(`${promised.name}, ${task.id}: ${wrong}`);
    const { id, state, attempts, finished_at } = listed.get(task.id) ?? {};
    ledger.expect(
      id === task.id && state === task.state && attempts === task.attempts && finished_at === task.finished_at,
      () => `${promised.name}: the list has ${state} for ${task.id}, which is ${task.state}`,
    );
  });
  for (const task of listed.values()) {
    ledger.expect(tasks.has(task.id) || isUnaccepted(task, ledger), () => `nobody knows of ${JSON.stringify(task)}`);
  }
  return tasks;
}

/** A crash came between its name and its task: the sweep is to undo it. */
export function isUnaccepted(task: TaskSummary, ledger: Ledger): boolean {
  return task.state === 'PENDING' && ledger.open.some(({ name }) => name === task.emoji_name);
}

function wrongWith(task: TaskView, promised: Promised): string[] {
  const { history, picture } = { ...task, ...promised };
  const states = history.map(({ state }) => state);
  const restarts = states.lastIndexOf('PENDING');
  const attempts = states.slice(restarts).filter((state) => state === 'STARTED').length;
  const end = endOf(promised);
  const code = end === 'FAILURE' ? picture.failure : null;
  const rules: Record<string, boolean> = {
    [`ended as ${task.state}, not ${end}`]: task.state === end,
    [`failed with ${task.error?.code}, not ${code}`]: (task.error?.code ?? null) === code,
    [`its history is ${states.join(' ')}`]:
      states[0] === 'PENDING' && states.every((state, n) => n === 0 || MOVES[states[n - 1]].includes(state)),
    'its history does not end in its state': states.at(-1) === task.state && history.at(-1)?.at === task.finished_at,
    'its history runs backwards': history.every(({ at }, n) => n === 0 || at >= history[n - 1].at),
    'it was tried again, but not by a person':
      states.filter((state) => state === 'PENDING').length - 1 >= promised.restarts,
    [`${task.attempts} attempts, ${attempts} in its history`]: task.attempts === attempts && attempts <= MOST_ATTEMPTS,
    'its upload was found to be another': end !== 'SUCCESS' || isSource(task, promised),
    [`is a ${task.kind} of ${task.emoji_name}`]: task.kind === promised.kind && task.emoji_name === promised.name,
  };
  return Object.keys(rules).filter((rule) => !rules[rule]);
}

function isSource({ source }: TaskView, { picture }: Promised): boolean {
  return source?.bytes === picture.bytes.byteLength && source.format === picture.format;
}

/** Each name shows the picture that was uploaded to it last and works; no other name shows anything. */
export async function checkEmoji(service: Service, ledger: Ledger): Promise<void> {
  const shown = ledger.shown();
  const listed = await listAll<{ name: string; hash: string }>(
    service,
    '/custom-emoji/emojis?limit=100&image_data=false',
  );
  const hashes = new Map(listed.map(({ name, hash }) => [name, hash]));
  for (const name of hashes.keys()) ledger.expect(shown.has(name), () => `${name} is listed, but nothing of it works`);
  await forEach(shown, async ([name, { picture }]) => {
    const { status, headers, bytes } = await service.request(`/custom-emoji/emojis/${name}`);
    if (status !== 200) {
      ledger.broken.add(`${name}: ${status} for its emoji`);
      return;
    }
    const hash = createHash('sha256').update(bytes).digest('hex');
    const told = headers.get('ETag');
    ledger.expect(told === `"${hash}"` && hashes.get(name) === hash, () => `${name}: its hash is wrong`);
    const gif = decodeGif(bytes);
    const pixel = pixelAt(gif, 0, EMOJI_SIDE / 2, EMOJI_SIDE / 2);
    ledger.expect(
      gif.width === EMOJI_SIDE && gif.height === EMOJI_SIDE && gif.frames.length === picture.frames,
      () => `${name}: ${gif.width}×${gif.height} with ${gif.frames.length} frames, not ${picture.frames}`,
    );
    ledger.expect(
      pixel !== 'clear' && picture.colour.every((value, channel) => Math.abs(value - pixel[channel]) <= TOLERANCE),
      () => `${name}: shows ${pixel}, not ${picture.colour}: another picture`,
    );
  });
  await forEach(ledger.freeNames(), async (name) => {
    const { status } = await service.request(`/custom-emoji/emojis/${name}`);
    ledger.expect(status === 404, () => `${name}: ${status}, but nothing of it works`);
  });
}
