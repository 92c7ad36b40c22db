import { d1ImportItems } from '../../src/adapters/d1-import-items.ts';
import { d1TaskHistory, type TaskRow, toRecord } from '../../src/adapters/d1-task-history.ts';
import {
  isFinished,
  isRendering,
  MAX_ATTEMPTS,
  recordOf,
  type TaskRecord,
  type TaskState,
} from '../../src/domain/task.ts';
import { BLUE, GREEN, RED } from '../support/colours.ts';
import { type DecodedGif, decodeGif, pixelAt } from '../support/gif.ts';
import { type PictureColumns, pictureKeys } from '../support/stored-pictures.ts';
import { usageCounted, usageKept } from '../support/usage.ts';
import { realEnv } from './bindings.ts';
import { BROKEN_FAILURE, gifOf, look, type Wish, type World } from './world.ts';

interface EmojiRow extends PictureColumns {
  id: string;
  version: number;
  source_key: string | null;
}

/** All that is kept. */
export interface Everything {
  tasks: Map<string, TaskRecord>;
  emojis: Map<string, EmojiRow>;
  /** The emoji that has a name. */
  names: Map<string, string>;
  counters: Map<string, number>;
  objects: Set<string>;
}

export async function readEverything(): Promise<Everything> {
  const { DB, PICTURES } = realEnv;
  const all = async <Row>(table: string) => (await DB.prepare(`SELECT * FROM ${table}`).all<Row>()).results;
  const tasks = (await all<TaskRow>('tasks')).map(toRecord);
  const objects = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await PICTURES.list({ ...(cursor !== undefined && { cursor }) });
    for (const { key } of page.objects) objects.add(key);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return {
    tasks: new Map(tasks.map((task) => [task.id, task])),
    emojis: new Map((await all<EmojiRow>('emojis')).map((row) => [row.id, row])),
    names: new Map(
      (await all<{ name: string; emoji_id: string }>('emoji_names')).map((row) => [row.name, row.emoji_id]),
    ),
    counters: await d1TaskHistory(DB).counters(),
    objects,
  };
}

/** Tells of what is wrong in which world. */
export type Report = (world: World | null, problem: string) => void;

/** The moves of the task states, as the description of the service draws them. */
const LEGAL: Record<TaskState, TaskState[]> = {
  PENDING: ['STARTED', 'FAILURE', 'REVOKED'],
  STARTED: ['SUCCESS', 'FAILURE', 'RETRY', 'REVOKED'],
  RETRY: ['STARTED', 'FAILURE', 'REVOKED'],
  SUCCESS: [],
  FAILURE: ['PENDING'],
  REVOKED: ['PENDING'],
};

/** What is true of each world as soon as nothing is under way, before any sweep. */
export async function checkAtRest(world: World, everything: Everything, report: Report): Promise<void> {
  const { tasks, emojis, names } = everything;
  const say = (problem: string) => report(world, problem);
  for (const problem of world.problems) say(problem);
  for (const [taskId] of world.owners) {
    const { task } = await look(taskId);
    const row = tasks.get(taskId);
    if (task === null) continue;
    if (!isFinished(task.state)) say(`task ${taskId} is ${task.state}`);
    if (row === undefined) say(`D1 knows nothing of the task ${taskId}`);
    else if (canonical(row) !== canonical(recordOf(task))) {
      say(`D1 has ${canonical(row)}, the object ${canonical(recordOf(task))}`);
    }
    const emoji = emojis.get(task.emojiId);
    const holdsName = emoji && names.get(task.emojiName) === emoji.id && emoji.image_hash === null;
    if ((task.state === 'FAILURE' || task.state === 'REVOKED') && holdsName && !wasRetried(world)) {
      say(`the ${task.state} task ${taskId} holds the name ${task.emojiName}`);
    }
  }
  for (const wish of world.wishes) checkWish(wish, tasks, say);
  checkKeys(world, say);
}

/** A person's retry takes the name first: one that was cut off there leaves it to the sweep. */
function wasRetried(world: World): boolean {
  return world.wishes.some(({ moves }) => moves.some(({ what, outcome }) => what === 'retry' && outcome.is !== 'done'));
}

function checkWish({ outcome, ends, moves, what }: Wish, tasks: Map<string, TaskRecord>, say: (text: string) => void) {
  if (outcome.is === 'held') say(`${what} has never been answered`);
  if (outcome.is !== 'done') return;
  const task = tasks.get(outcome.value.taskId);
  if (task === undefined) return say(`the accepted task ${outcome.value.taskId} is lost`);
  const { state } = task;
  if (!isFinished(state)) return say(`the accepted task ${task.id} is ${state}`);
  const possible = new Set<TaskState>(ends);
  for (const move of moves) {
    const isKept =
      move.outcome.is === 'done' && !('moved' in move.outcome.value && !move.outcome.value.moved.includes(task.id));
    if (move.what !== 'retry') {
      if (isKept) possible.clear();
      possible.add('REVOKED');
    } else {
      if (isKept) possible.delete('REVOKED');
      for (const end of ends) possible.add(end);
    }
  }
  if (!possible.has(state)) {
    say(`the task ${task.id} is ${state} (${task.failure?.code}), not ${[...possible].join(' or ')}`);
  }
}

/** One key, one task. */
function checkKeys({ wishes, prefix }: World, say: (text: string) => void): void {
  // Whoever wishes the same twice has sent one request again.
  for (const [request, same] of Map.groupBy(wishes, ({ kind, name, picture }) => `${kind} ${name} ${picture}`)) {
    const accepted = same.flatMap(({ outcome }) => (outcome.is === 'done' ? [outcome.value.taskId] : []));
    if (new Set(accepted).size > 1) say(`${prefix}: one request, ${request}, has become the tasks ${accepted}`);
  }
}

/** What is true of all worlds together once the sweep has run. */
export async function checkAfterSweep(worlds: World[], everything: Everything, report: Report): Promise<void> {
  const { tasks, emojis, names, objects } = everything;
  const worldOf = (taskId: string) => worlds.find(({ owners }) => owners.has(taskId)) ?? null;
  const worldOfName = (name: string) => worlds.find(({ prefix }) => name.startsWith(prefix)) ?? null;
  for (const task of tasks.values()) {
    const say = (problem: string) => report(worldOf(task.id) ?? worldOfName(task.emojiName), problem);
    checkTask(task, say);
    if (!objects.has(task.sourceKey)) say(`the upload of the task ${task.id} is gone`);
    if (task.kind === 'import') await checkImport(task, names, say);
    else if (task.state === 'SUCCESS' && names.get(task.emojiName) !== task.emojiId) {
      say(`${task.emojiName} does not name the emoji of the task ${task.id}, which succeeded`);
    }
  }
  for (const [name, emojiId] of names) {
    const emoji = emojis.get(emojiId);
    const say = (problem: string) => report(worldOfName(name), problem);
    if (emoji === undefined || emoji.image_hash === null) {
      say(`${name} is held by nothing`);
      continue;
    }
    const made = [...tasks.values()].filter((task) => task.emojiId === emojiId && task.state === 'SUCCESS');
    const latest = made.sort((a, b) => b.version - a.version)[0];
    if (latest === undefined) say(`${name} shows a picture that no task made`);
    else if (emoji.image_hash !== latest.image?.hash || emoji.version !== latest.version) {
      say(`${name} shows version ${emoji.version}; version ${latest.version} succeeded`);
    } else await checkPicture(worldOfName(name), latest, say);
  }
  for (const { id } of emojis.values()) {
    if (![...names.values()].includes(id)) report(null, `the emoji ${id} has no name`);
  }
  const shownImages = new Set([...emojis.values()].flatMap(pictureKeys));
  for (const key of objects) {
    if (key.startsWith('images/') && !shownImages.has(key)) report(null, `no emoji shows ${key}`);
    const taskId = key.slice('sources/'.length);
    if (key.startsWith('sources/') && !tasks.has(taskId)) report(worldOf(taskId), `nobody knows ${key}`);
  }
  for (const key of shownImages) if (!objects.has(key)) report(null, `${key} is shown, and not there`);
}

function checkTask(task: TaskRecord, say: (problem: string) => void): void {
  const { id, history, state } = task;
  if (!isFinished(state)) say(`the task ${id} is ${state}`);
  const path = history.map((change) => change.state);
  if (path[0] !== 'PENDING' || path.at(-1) !== state) say(`the history of ${id} is ${path}`);
  let attempts = 0;
  for (const [i, step] of path.entries()) {
    const next = path[i + 1];
    if (next !== undefined && !LEGAL[step].includes(next)) say(`the history of ${id} goes from ${step} to ${next}`);
    if (step === 'PENDING') attempts = 0;
    if (step === 'STARTED') attempts++;
    if (attempts > MAX_ATTEMPTS) say(`the task ${id} had ${attempts} attempts`);
  }
  if (!isRendering(task.kind)) return;
  if (attempts !== task.attempts) say(`the task ${id} counts ${task.attempts} attempts; its history has ${attempts}`);
  if ((task.image !== null) !== (state === 'SUCCESS')) say(`the ${state} task ${id} has the image ${task.image?.hash}`);
  if ((task.failure !== null) !== (state === 'FAILURE')) say(`the ${state} task ${id} has the failure ${task.failure}`);
}

/** Each emoji of a pack is there, once, and says so; what cannot be one says why. */
async function checkImport(
  { id, state, outcome }: TaskRecord,
  names: Map<string, string>,
  say: (problem: string) => void,
): Promise<void> {
  if (state !== 'SUCCESS') return;
  const items = await d1ImportItems(realEnv.DB).list(id, { outcomes: [], after: 0, limit: 1_000 });
  for (const { number, path, finalName, outcome: is, emojiId, error, emoji } of items) {
    const about = `item ${number} (${path}) of the import ${id}`;
    if (!['done', 'failed', 'skipped', 'ignored'].includes(is)) say(`${about} is ${is}`);
    if ((error === null) !== (is === 'done')) say(`${about} is ${is} with the error ${error?.code}`);
    if (error !== null && error.code !== BROKEN_FAILURE.code) say(`${about} is ${is}: ${error.code}, ${error.message}`);
    if (is !== 'done') continue;
    if (names.get(finalName ?? '') !== emojiId) say(`${about} is done, and ${finalName} is another emoji`);
    for (const alias of emoji?.words.aliases ?? []) {
      if (names.get(alias) !== emojiId) say(`${about} has no alias ${alias}`);
    }
  }
  const { total, waiting, planned } = (outcome?.counts ?? {}) as Record<string, number>;
  if (total !== items.length || waiting !== 0 || planned !== 0) say(`the import ${id} says ${JSON.stringify(outcome)}`);
}

/** The picture in storage is the one that the upload of the task makes. */
async function checkPicture(world: World | null, task: TaskRecord, say: (text: string) => void): Promise<void> {
  const { PICTURES } = realEnv;
  const gif = await (await PICTURES.get(`images/${task.image?.hash}.gif`))?.bytes();
  const source = await (await PICTURES.get(task.sourceKey))?.bytes();
  if (gif === undefined || source === undefined) return say(`a picture of ${task.emojiName} is gone`);
  if (world?.isReal) return checkMovingSquare(decodeGif(gif), say);
  const expected = gifOf(new TextDecoder().decode(source));
  if (gif.toBase64() !== expected.toBase64()) say(`${task.emojiName} shows "${new TextDecoder().decode(gif)}"`);
}

/** What `test/fixtures/make.ts` paints: a square that is red at the top left, green at the top right, blue below it. */
function checkMovingSquare(gif: DecodedGif, say: (text: string) => void): void {
  const seen = [RED, GREEN, BLUE].map((colour, frame) => {
    const pixel = pixelAt(gif, frame, frame === 0 ? 25 : 75, frame === 2 ? 75 : 25);
    return colour.every((value, channel) => Math.abs(value - Number(pixel[channel])) <= 8);
  });
  if (gif.width !== 100 || gif.height !== 100 || gif.frames.length !== 3 || seen.includes(false)) {
    say(`the GIF is ${gif.width}×${gif.height} with ${gif.frames.length} frames; the squares are right in ${seen}`);
  }
}

/**
 * What owners have is what counting gives: of emoji and uploads at any time. Once the sweep has run, no task is counted
 * that has ended, and no upload that is not there, or has been forgotten.
 */
export async function checkUsage({ objects }: Everything, isSwept: boolean, report: Report): Promise<void> {
  const [kept, counted] = [canonical(await usageKept()), canonical(await usageCounted())];
  if (kept !== counted) report(null, `what owners have is ${kept}; counted: ${counted}`);
  if (!isSwept) return;
  const { DB, PICTURES } = realEnv;
  const inFlight = (await DB.prepare('SELECT task_id FROM tasks_in_flight').all<{ task_id: string }>()).results;
  for (const { task_id } of inFlight) report(null, `the task ${task_id} is counted as in flight`);
  const uploads = (
    await DB.prepare('SELECT source_key AS key, bytes FROM uploads').all<{ key: string; bytes: number }>()
  ).results;
  for (const { key, bytes } of uploads) {
    const size = (await PICTURES.head(key))?.size;
    if (size !== bytes) report(null, `${key} is counted with ${bytes} bytes, and has ${size}`);
  }
  const known = new Set(uploads.map(({ key }) => key));
  // All of them are somebody's.
  for (const key of objects) if (key.startsWith('sources/') && !known.has(key)) report(null, `${key} is not counted`);
}

/** The counters are what counting gives. */
export function checkCounters({ tasks, counters }: Everything, report: Report): void {
  const expected = new Map<string, number>();
  const add = (name: string, amount = 1) => expected.set(name, (expected.get(name) ?? 0) + amount);
  for (const task of tasks.values()) {
    add(`custom_emoji_tasks{state="${task.state}"}`);
    add(`custom_emoji_tasks_accepted_total{kind="${task.kind}"}`);
    const path = task.history.map(({ state }) => state);
    let attempts = 0;
    for (const state of path) {
      if (state === 'PENDING') attempts = 0;
      if (state === 'STARTED') attempts++;
      if (!isFinished(state)) continue;
      add(`custom_emoji_tasks_finished_total{state="${state}"}`);
      // Those of an import count anew with each part of it.
      add('custom_emoji_task_attempts_total', isRendering(task.kind) ? attempts : task.attempts);
      if (state === 'FAILURE') add('failures');
      if (!isRendering(task.kind)) continue;
      if (attempts > 0) add('queue observations');
      if (attempts > 0) add('render observations');
    }
    if (task.source) add(`custom_emoji_source_bytes_total{format="${task.source.format}"}`, task.source.bytes);
    if (task.image) add('custom_emoji_image_bytes_total{format="gif"}', task.image.bytes);
  }
  const sum = (prefix: string) =>
    [...counters].filter(([name]) => name.startsWith(prefix)).reduce((total, [, value]) => total + value, 0);
  const actual = new Map(counters);
  actual.set('failures', sum('custom_emoji_task_failures_total{'));
  actual.set('queue observations', sum('custom_emoji_task_queue_seconds_bucket'));
  actual.set('render observations', sum('custom_emoji_task_render_seconds_bucket'));
  const compared = /^custom_emoji_(tasks|task_attempts|source|image)|^failures$|observations$/;
  for (const name of new Set([...expected.keys(), ...actual.keys()])) {
    const [is, should] = [actual.get(name) ?? 0, expected.get(name) ?? 0];
    if (compared.test(name) && is !== should) report(null, `the counter ${name} is ${is}; counted: ${should}`);
  }
}

/** Nothing is left in the objects of tasks when their time is over. */
export async function checkForgotten(world: World, report: Report): Promise<void> {
  for (const [taskId] of world.owners) {
    const { task, alarm } = await look(taskId);
    if (task !== null || alarm !== null) report(world, `the owner of ${taskId} has not forgotten it`);
  }
}

/** The same text for the same facts, whatever their order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
