import { createExecutionContext, createMessageBatch, getQueueResult, runInDurableObject } from 'cloudflare:test';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { vi } from 'vitest';
import { allPorts } from '../../src/adapters/ports.ts';
import { retentionMs } from '../../src/adapters/settings.ts';
import type { TaskMessage } from '../../src/adapters/task-message.ts';
import type { Accepted, Upload } from '../../src/application/accept-upload.ts';
import { createEmoji } from '../../src/application/create-emoji.ts';
import { orderImport } from '../../src/application/imports/order-import.ts';
import { cancelTask, type Move, type MovedTasks, moveTasks, retryTask } from '../../src/application/move-task.ts';
import type { Renderer, TaskFilter } from '../../src/application/ports.ts';
import { replaceImage } from '../../src/application/replace-image.ts';
import { rerenderEmoji } from '../../src/application/rerender-emoji.ts';
import { type SweepReport, sweep } from '../../src/application/sweep.ts';
import type { ConflictPolicy } from '../../src/domain/packs/import-item.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import { isFinished, type Task, type TaskRecord, type TaskState } from '../../src/domain/task.ts';
import worker from '../../src/index.ts';
import { imagingRenderer } from '../../src/renderer/imaging-renderer.ts';
import { OPERATOR } from '../support/principals.ts';
import { zipBytes } from '../support/zip-bytes.ts';
import { type Caller, faultyEnv, realEnv, setAlarmUnseen, type WorkingQueue, watchTaskObjects } from './bindings.ts';
import type { Call, CallKind, Fault, Plan } from './plan.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Longer than a lease, shorter than a task waits to be accepted. */
const DELAY_MS = 4 * MINUTE;
/** Longer than the sweep's grace and the life of a finished task in its owner. */
const STALL_MS = 3 * 60 * MINUTE;
const SWEEP_EVERY_MS = 16 * MINUTE;
/** As `wrangler.toml` has it. */
const MAX_RETRIES = 5;
const RETRY_DELAY_MS = 10 * SECOND;
/** When nothing has happened for so long, all that runs waits for what is held. */
const STILL_MS = 25;

const wait = scheduler.wait.bind(scheduler);
const never = new Promise<never>(() => {});

/** A picture that cannot be rendered starts with this word. */
export const BROKEN = 'broken';
/** A picture that kills its renderer starts with this word. */
export const POISON = 'poison';
export const BROKEN_FAILURE = { code: 'corrupt_picture', message: 'The picture is broken.', remedy: 'Mend it.' };

export const gifOf = (picture: string): Uint8Array => new TextEncoder().encode(`GIF of ${picture}`);

/** Something that runs, and can be killed: a request, a renderer, a run of the sweep. */
interface Process {
  name: string;
  isDead: boolean;
  died: PromiseWithResolvers<Outcome<never>>;
}

export type Outcome<T> = { is: 'done'; value: T } | { is: 'failed'; error: unknown } | { is: 'dead' } | { is: 'held' };

/** What somebody asked for, and what has become of it. */
export interface Ask<T> {
  what: string;
  outcome: Outcome<T>;
}

/** An upload. */
export interface Wish extends Ask<Accepted> {
  kind: 'create' | 'replace' | 'render' | 'import';
  name: string;
  picture: string;
  /** States it may end in, once accepted, when nobody moves it. */
  ends: TaskState[];
  /** What people did to it, in their order; each may be under way for long. */
  moves: (Ask<TaskRecord> | Ask<MovedTasks>)[];
}

interface Message {
  queue: WorkingQueue | 'custom-emoji-render-dead';
  body: unknown;
  deliveries: number;
  due: number;
}

const CONSUMERS: Record<Message['queue'], string> = {
  'custom-emoji-render': 'renderer',
  'custom-emoji-work': 'worker',
  'custom-emoji-render-dead': 'dead-letters',
};

interface TaskOwner {
  index: number;
  /** When its alarm rings, as far as the test has seen; 'unknown' after a crash. */
  alarm: number | null | 'unknown';
  /** Only the end of its keeping is left. */
  isResting: boolean;
  isRinging: boolean;
}

interface Held {
  until: number;
  isOver: boolean;
}

let current: World | null = null;
const owners = new Map<string, { world: World; owner: TaskOwner }>();
const running = new AsyncLocalStorage<{ world: World; process: Process }>();

/** The time of all worlds: it only goes on, and lies ahead of the real one, so that no alarm rings by itself. */
export function setTime(now: number): void {
  vi.setSystemTime(now);
}

/** Puts the faults in place; once, before any task. */
export function install(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 24 * 60 * MINUTE });
  watchTaskObjects({
    switchboard: (ctx) => ({
      caller: (kind, what, act) => {
        const found = ownerOf(ctx.id.name ?? '');
        if (found === null) return act();
        const { world, owner } = found;
        return world.callOfObject(ctx, owner, kind, what, act);
      },
      enqueue: (message, queue) => ownerOf(ctx.id.name ?? '')?.world.enqueue(message, queue),
    }),
    alarmSet(taskId, at) {
      const found = ownerOf(taskId);
      if (found === null) return;
      found.owner.alarm = at;
      found.owner.isResting = false;
    },
  });
  // The owner notes a start that takes longer than this: at once in a world where pictures take long.
  scheduler.wait = (milliseconds, options) =>
    milliseconds === 100 ? (current?.isSlow ? Promise.resolve() : wait(2_000)) : wait(milliseconds, options);
  const { render } = imagingRenderer;
  imagingRenderer.render = (...given) => {
    const here = running.getStore();
    if (here === undefined) throw new Error('a picture is rendered by nobody');
    return here.world.render(here.process, render, ...given);
  };
}

/** An object belongs to the world in which it was first heard of. */
function ownerOf(taskId: string): { world: World; owner: TaskOwner } | null {
  const known = owners.get(taskId);
  if (known) return known;
  if (current === null) return null;
  const owner: TaskOwner = { index: current.owners.size + 1, alarm: null, isResting: false, isRinging: false };
  current.owners.set(taskId, owner);
  const found = { world: current, owner };
  owners.set(taskId, found);
  return found;
}

export function forgetOwners(): void {
  current = null;
  owners.clear();
}

/**
 * One run of a scenario under a plan of faults: it keeps the queue, the clock and the alarms, and says which calls were
 * made. D1, R2 and the objects are the real ones.
 */
export class World {
  readonly label: string;
  readonly prefix: string;
  readonly plan: Plan;
  readonly calls: Call[] = [];
  readonly trace: string[] = [];
  readonly wishes: Wish[] = [];
  readonly owners = new Map<string, TaskOwner>();
  readonly problems: string[] = [];
  readonly #counts = new Map<string, number>();
  readonly #processes = new Map<string, number>();
  #messages: Message[] = [];
  #held: Held[] = [];
  #sweepAt: number[] = [];
  #isHeld = Promise.withResolvers<void>();
  #lastStep = 0;
  /** Calls to D1 and R2 that have not been answered. A call to an object may wait for what is held. */
  readonly #inFlight = new Map<symbol, string>();
  /** Faults happen; the preparations of a scenario are spared. */
  isArmed = false;
  isSlow = false;
  isReal = false;
  /** No renderer can reach the owner of a task. */
  isCutOff = false;
  /** Done once, while the picture is being rendered. */
  duringRender: ((picture: string) => Promise<void>) | null = null;
  /** Calls that begin so fail until a time. */
  outage: { of: string; until: number } | null = null;
  /** The next process that makes a call that begins so dies before it. */
  killAt: string | null = null;
  /** Messages that the queue loses. */
  losses = 0;
  /** Renderings that end with a passing fault. */
  passingFaults = 0;

  constructor(label: string, prefix: string, plan: Plan) {
    this.label = label;
    this.prefix = prefix;
    this.plan = plan;
    current = this;
  }

  // What people do.

  create(name: string, picture: string, ends: TaskState[], key?: string): Promise<Wish> {
    const upload = this.#upload(`create ${name}`, picture, key);
    return this.#wish('create', name, picture, ends, (env) => createEmoji(allPorts(env), this.prefix + name, upload));
  }

  replace(name: string, picture: string, ends: TaskState[], key?: string): Promise<Wish> {
    const upload = this.#upload(`replace ${name}`, picture, key);
    return this.#wish('replace', name, picture, ends, (env) => replaceImage(allPorts(env), this.prefix + name, upload));
  }

  /** @param picture the one that the emoji shows */
  rerender(name: string, picture: string, ends: TaskState[], key?: string): Promise<Wish> {
    const { rendering, by, idempotency } = this.#upload(`render ${name}`, picture, key);
    const request = { rendering, by, idempotency };
    return this.#wish('render', name, picture, ends, (env) =>
      rerenderEmoji(allPorts(env), this.prefix + name, request),
    );
  }

  /** @param pictures by the names of the emoji. @param aliases of all of them, with their own name behind */
  importPack(pictures: Record<string, string>, onConflict: ConflictPolicy, aliases: string[] = []): Promise<Wish> {
    const encoder = new TextEncoder();
    const files = Object.entries(pictures).map(([name, picture]) => ({
      name: `${this.prefix}${name}.png`,
      content: encoder.encode(picture),
    }));
    const emojis = Object.keys(pictures).map((name) => ({
      name: this.prefix + name,
      file: `${this.prefix}${name}.png`,
      aliases: aliases.map((alias) => this.prefix + alias + name),
    }));
    const manifest = encoder.encode(JSON.stringify({ format: 'custom-emoji', version: 1, emojis }));
    const zip = zipBytes([...files, { name: 'manifest.json', content: manifest }]);
    async function* chunks() {
      yield zip;
    }
    const upload = { ...this.#upload('import', '', undefined), picture: chunks() };
    const origin = 'https://localhost';
    return this.#wish('import', '', Object.keys(pictures).join(), ['SUCCESS'], (env) =>
      orderImport(allPorts(env), upload, { onConflict, dryRun: false, origin }),
    );
  }

  /** Of an upload that was answered, or else nothing. */
  cancel(...wishes: Wish[]): Promise<void> {
    return this.#move('cancel', cancelTask, wishes);
  }

  retry(...wishes: Wish[]): Promise<void> {
    return this.#move('retry', retryTask, wishes);
  }

  async #move(what: string, move: Move, wishes: Wish[]): Promise<void> {
    for (const wish of wishes) {
      if (wish.outcome.is !== 'done') continue;
      const { taskId } = wish.outcome.value;
      await this.#ask<TaskRecord>(what, 'person', (env) => move(allPorts(env), taskId, OPERATOR), wish);
    }
  }

  cancelAll(emojiName: string, ...wishes: Wish[]): Promise<unknown> {
    const name = this.prefix + emojiName;
    const filter: TaskFilter = {
      states: ['PENDING', 'STARTED', 'RETRY'],
      kind: null,
      parentId: null,
      emojiName: name,
      from: null,
      to: null,
      reason: null,
    };
    const act = (env: Env) => moveTasks(allPorts(env), OPERATOR, cancelTask, filter, null);
    return this.#ask<MovedTasks>('cancel all', 'person', act, ...wishes);
  }

  sweep(): Promise<Ask<SweepReport>> {
    return this.#ask('sweep', 'sweep', (env) => sweep(allPorts(env), Date.now(), retentionMs(env)));
  }

  async #wish(
    kind: Wish['kind'],
    name: string,
    picture: string,
    ends: TaskState[],
    act: (env: Env) => Promise<Accepted>,
  ): Promise<Wish> {
    const wish: Wish = {
      what: kind,
      kind,
      name: this.prefix + name,
      picture,
      ends,
      moves: [],
      outcome: { is: 'held' },
    };
    this.wishes.push(wish);
    await this.#run(this.#process('request'), wish, act);
    return wish;
  }

  async #ask<T>(what: string, by: string, act: (env: Env) => Promise<T>, ...of: Wish[]): Promise<Ask<T>> {
    const ask: Ask<T> = { what, outcome: { is: 'held' } };
    for (const wish of of) wish.moves.push(ask as Wish['moves'][number]);
    await this.#run(this.#process(by), ask, act);
    return ask;
  }

  #upload(request: string, picture: string, key: string | undefined): Upload {
    async function* chunks() {
      yield this_.isReal ? Uint8Array.fromBase64(realEnv.FIXTURES[picture] ?? '') : new TextEncoder().encode(picture);
    }
    const this_ = this;
    return {
      picture: chunks(),
      hash: () => createHash('sha256').update(picture).digest('hex'),
      rendering: DEFAULT_RENDERING,
      by: { ...OPERATOR, name: 'ada' },
      idempotency:
        key === undefined ? null : { key: this.prefix + key, fingerprint: async () => `${request} ${picture}` },
    };
  }

  // What the platform does.

  enqueue(body: TaskMessage, queue: WorkingQueue): void {
    if (this.losses-- > 0) return;
    this.#messages.push({ queue, body, deliveries: 0, due: Date.now() });
  }

  /** Hands over the message that is due first. @returns false when none is due */
  async deliver(): Promise<boolean> {
    const message = this.#messages.filter(({ due }) => due <= Date.now()).sort((a, b) => a.due - b.due)[0];
    if (message === undefined) return false;
    this.#messages = this.#messages.filter((other) => other !== message);
    const isDead = message.queue === 'custom-emoji-render-dead';
    const consumer = this.#process(CONSUMERS[message.queue]);
    message.deliveries++;
    const delivery: Ask<number | null> = { what: 'deliver', outcome: { is: 'held' } };
    const handled = this.#run(consumer, delivery, (env) => this.#consume(consumer, message, env));
    const redeliver = (delayMs: number) => {
      const isGivenUp = !isDead && message.deliveries > MAX_RETRIES;
      if (isGivenUp)
        this.#messages.push({ ...message, queue: 'custom-emoji-render-dead', deliveries: 0, due: Date.now() });
      else this.#messages.push({ ...message, due: Date.now() + delayMs });
    };
    this.#after(delivery, ({ is, ...rest }) => {
      if (is === 'done') {
        const { value } = rest as { value: number | null };
        if (value !== null) redeliver(value);
      } else redeliver(RETRY_DELAY_MS);
    });
    await handled;
    return true;
  }

  /** @returns how long until the message is to come again; null when it is done with */
  async #consume(consumer: Process, { queue, body, deliveries }: Message, env: Env): Promise<number | null> {
    const id = crypto.randomUUID();
    const batch = createMessageBatch(queue, [{ id, timestamp: Date.now(), attempts: deliveries, body }]);
    await worker.queue(batch, env, createExecutionContext());
    const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
    const again = retryMessages.find(({ msgId }) => msgId === id);
    if (again) return (again.delaySeconds ?? RETRY_DELAY_MS / SECOND) * SECOND;
    if (!explicitAcks.includes(id)) this.problems.push('a message was neither acknowledged nor sent back');
    let acknowledged = 0;
    await this.#call(consumer, 'acknowledge', 'acknowledge', async () => acknowledged++);
    return acknowledged > 1 ? 0 : null;
  }

  render(process: Process, real: Renderer['render'], ...given: Parameters<Renderer['render']>) {
    return this.#call(process, 'render', 'render', async () => {
      const [bytes, , onFrame] = given;
      const picture = new TextDecoder().decode(bytes);
      const during = this.duringRender;
      this.duringRender = null;
      await during?.(picture);
      if (this.isReal) return real(...given);
      if (picture.startsWith(POISON)) return this.#die(process);
      if (this.passingFaults-- > 0) throw new Error('there is no memory just now');
      if (picture.startsWith(BROKEN)) return { failure: BROKEN_FAILURE };
      if (this.isSlow) {
        setTime(Date.now() + SECOND);
        onFrame({ done: 1, of: 2 });
      }
      const source = { format: 'png', bytes: bytes.byteLength, width: 1, height: 1, frames: 1, durationMs: 0 };
      const [gif64, gif128, png] = ['64', '128', 'png'].map((what) => gifOf(`${picture} (${what})`));
      return { gif: gifOf(picture), renditions: { gif64, gif128, png }, frames: 1, source };
    });
  }

  /** Lets time pass until nothing is under way any more, and nothing is due but the end of what is kept. */
  async settle(): Promise<void> {
    for (let steps = 0; steps < 400; steps++) {
      if (await this.#doDue()) continue;
      const next = await this.#nextEvent();
      if (next === null) return;
      setTime(Math.max(Date.now(), next));
      await this.#release();
    }
    this.problems.push('it does not come to rest');
  }

  /** Lets the time pass for which owners keep what has ended, and rings their alarms. */
  async forget(): Promise<void> {
    setTime(Date.now() + 61 * MINUTE);
    for (const [taskId, owner] of this.owners) {
      await this.#lookAtAlarm(taskId, owner);
      if (owner.alarm !== null) await this.#ring(taskId, owner);
    }
  }

  async #doDue(): Promise<boolean> {
    if (await this.deliver()) return true;
    const now = Date.now();
    for (const [taskId, owner] of this.owners) {
      if (owner.isRinging || owner.isResting) continue;
      if (owner.alarm === 'unknown') await this.#lookAtAlarm(taskId, owner);
      if (owner.alarm !== null && Number(owner.alarm) <= now) {
        await this.#ring(taskId, owner);
        return true;
      }
    }
    if (this.#sweepAt.some((at) => at <= now)) {
      this.#sweepAt = this.#sweepAt.filter((at) => at > now);
      await this.sweep();
      return true;
    }
    return false;
  }

  async #nextEvent(): Promise<number | null> {
    for (const [taskId, owner] of this.owners) if (!owner.isResting) await this.#lookAtAlarm(taskId, owner);
    const waiting = [...this.owners.values()].filter(({ isResting, isRinging }) => !isResting && !isRinging);
    const times = [
      ...this.#messages.map(({ due }) => due),
      ...waiting.flatMap(({ alarm }) => (typeof alarm === 'number' ? [alarm] : [])),
      ...this.#held.map(({ until }) => until),
      ...this.#sweepAt,
    ];
    return times.length === 0 ? null : Math.min(...times);
  }

  /** The alarm as it is stored: one that was set in a write that was lost is none. */
  async #lookAtAlarm(taskId: string, owner: TaskOwner): Promise<void> {
    const { alarm, task, recorded } = await look(taskId);
    owner.alarm = alarm;
    const isAtRest = task === null || (isFinished(task.state) && recorded === task.sequence);
    owner.isResting = isAtRest && (task === null || alarm === null || alarm >= (task.finishedAt ?? 0) + 60 * MINUTE);
  }

  async #ring(taskId: string, owner: TaskOwner): Promise<void> {
    owner.isRinging = true;
    const clock = this.#process('alarm');
    const ringing: Ask<void> = { what: 'alarm', outcome: { is: 'held' } };
    const rung = this.#run(clock, ringing, () =>
      this.#call(clock, 'alarm', 'alarm', () =>
        runInDurableObject(stubOf(taskId), async (instance, { storage }) => {
          const at = await storage.getAlarm();
          owner.alarm = null;
          // Set for an instance that died before it was written.
          if (at === null || at > Date.now()) return;
          await storage.deleteAlarm();
          await instance.alarm?.();
        }),
      ),
    );
    this.#after(ringing, async ({ is }) => {
      owner.isRinging = false;
      owner.alarm = 'unknown';
      // The platform rings again when the alarm did not come to its end.
      if (is !== 'done') {
        await runInDurableObject(stubOf(taskId), async (_, { storage }) => {
          if ((await storage.getAlarm()) === null) await setAlarmUnseen(storage, Date.now() + 2 * SECOND);
        });
      }
    });
    await rung;
  }

  // What goes wrong.

  #process(name: string): Process {
    const index = (this.#processes.get(name) ?? 0) + 1;
    this.#processes.set(name, index);
    const numbered = name === 'request' || name === 'person' ? `${name}${index}` : name;
    return { name: numbered, isDead: false, died: Promise.withResolvers() };
  }

  readonly #endings = new Map<Ask<never>, (outcome: Outcome<never>) => void | Promise<void>>();

  /** Does something when what was asked for is over, which may be later. */
  #after<T>(ask: Ask<T>, ending: (outcome: Outcome<T>) => void | Promise<void>): void {
    this.#endings.set(ask as unknown as Ask<never>, ending as (outcome: Outcome<never>) => void | Promise<void>);
  }

  /** Runs until it is over, or can go on only when something that is held is let go. */
  async #run<T>(process: Process, ask: Ask<T>, act: (env: Env) => Promise<T>): Promise<void> {
    const caller: Caller = (kind, what, call) => this.#call(process, kind, what, call);
    const env = faultyEnv(realEnv, { caller, enqueue: (message, queue) => this.enqueue(message, queue) });
    const work = running.run({ world: this, process }, () =>
      act(env).then(
        (value): Outcome<T> => ({ is: 'done', value }),
        (error: unknown): Outcome<T> => ({ is: 'failed', error }),
      ),
    );
    const over = Promise.race([work, process.died.promise]).then(async (outcome: Outcome<T>) => {
      ask.outcome = outcome;
      this.#note(`${process.name}: ${ask.what} is ${tell(outcome)}`);
      await this.#endings.get(ask as unknown as Ask<never>)?.(outcome as Outcome<never>);
      return true;
    });
    this.#lastStep = performance.now();
    await Promise.race([over, this.#whenStill()]);
  }

  /** Something is held, and nothing else happens any more. */
  async #whenStill(): Promise<void> {
    await this.#isHeld.promise;
    await this.#stillness(STILL_MS);
  }

  async #stillness(milliseconds: number): Promise<void> {
    while (this.#inFlight.size > 0 || performance.now() - this.#lastStep < milliseconds) await wait(5);
  }

  async #release(): Promise<void> {
    const due = this.#held.filter(({ until }) => until <= Date.now());
    if (due.length === 0) return;
    this.#held = this.#held.filter((held) => !due.includes(held));
    if (this.#held.length === 0) this.#isHeld = Promise.withResolvers();
    for (const held of due) held.isOver = true;
    // What was held goes on by itself: until nothing happens any more.
    this.#lastStep = performance.now();
    await this.#stillness(2 * STILL_MS);
  }

  async callOfObject<T>(
    ctx: DurableObjectState,
    owner: TaskOwner,
    kind: CallKind,
    what: string,
    act: () => Promise<T>,
  ): Promise<T> {
    const who = `object${owner.index}`;
    const { fault, note } = this.#befall(who, kind, what);
    // The platform lets no call out of an object before what the object wrote is safe.
    const gate = () => (kind === 'storage' ? Promise.resolve() : ctx.storage.sync());
    return this.#suffer(fault, note, who, false, {
      act: async () => {
        await gate();
        return act();
      },
      die: async (when) => {
        // Before it writes: all that it wrote in the same step is lost with it.
        if (kind !== 'storage' || when === 'after') await ctx.storage.sync();
        owner.alarm = 'unknown';
        owner.isResting = false;
        // Whatever else it was doing is never answered.
        for (const [call, caller] of this.#inFlight) if (caller === who) this.#inFlight.delete(call);
        // Vitest's plugin keeps what begins so out of its output, where each of these deaths would be reported.
        ctx.abort('Instance disposed by a test');
        return never;
      },
    });
  }

  async #call<T>(process: Process, kind: CallKind, what: string, act: () => Promise<T>): Promise<T> {
    if (process.isDead) return never;
    if (this.isCutOff && process.name === 'renderer' && what.startsWith('TASKS.')) throw new Error('cut off');
    if (this.killAt !== null && what.startsWith(this.killAt)) {
      this.killAt = null;
      return this.#die(process);
    }
    const { fault, note } = this.#befall(process.name, kind, what);
    // What rings or renders may wait for other calls.
    const isRpc = what.startsWith('TASKS.') || kind === 'alarm' || kind === 'render';
    const answer = await this.#suffer(fault, note, process.name, isRpc, { act, die: () => this.#die(process) }).catch(
      (error) => {
        if (process.isDead) return never;
        throw error;
      },
    );
    return process.isDead ? never : answer;
  }

  #die(process: Process): Promise<never> {
    process.isDead = true;
    process.died.resolve({ is: 'dead' });
    return never;
  }

  #befall(who: string, kind: CallKind, what: string): { fault: Fault | null; note: (text: string) => void } {
    this.#lastStep = performance.now();
    const { outage } = this;
    if (outage && what.startsWith(outage.of) && Date.now() < outage.until) throw new Error(`${outage.of} is away`);
    if (!this.isArmed) return { fault: null, note: () => {} };
    const count = (this.#counts.get(who) ?? 0) + 1;
    this.#counts.set(who, count);
    const id = `${who}#${count}`;
    this.calls.push({ id, kind });
    const fault = this.plan.get(id) ?? null;
    this.#note(`${id} ${what}${fault === null ? '' : `  <== ${fault}`}`);
    return { fault, note: (text) => this.#note(`${id} ${text}`) };
  }

  async #suffer<T>(
    fault: Fault | null,
    note: (text: string) => void,
    who: string,
    isRpc: boolean,
    { act, die }: { act: () => Promise<T>; die: (when: 'before' | 'after') => Promise<never> },
  ): Promise<T> {
    const acted = async () => {
      const call = Symbol();
      if (!isRpc) this.#inFlight.set(call, who);
      try {
        return await act();
      } finally {
        this.#inFlight.delete(call);
        this.#lastStep = performance.now();
      }
    };
    switch (fault) {
      case null:
        return acted();
      case 'error':
        throw new Error('a fault of the test');
      case 'answer lost':
        await acted();
        throw new Error('a fault of the test');
      case 'crash before':
        return die('before');
      case 'crash after':
        await acted();
        return die('after');
      case 'duplicate':
        await acted();
        return acted();
      case 'delay':
        await this.#hold(DELAY_MS);
        note('goes on');
        return acted();
      case 'stall':
        this.#sweepAt.push(Date.now() + SWEEP_EVERY_MS, Date.now() + 2 * SWEEP_EVERY_MS);
        await this.#hold(STALL_MS);
        note('goes on');
        return acted();
      case 'lose': {
        const before = this.#messages.length;
        const answer = await acted();
        this.#messages.splice(before);
        return answer;
      }
      case 'late': {
        const before = this.#messages.length;
        const answer = await acted();
        for (const message of this.#messages.slice(before)) message.due += 20 * MINUTE;
        return answer;
      }
    }
  }

  /** Looks at the time again and again: what waits may be in another object, which no promise of this one wakes. */
  async #hold(milliseconds: number): Promise<void> {
    const held: Held = { until: Date.now() + milliseconds, isOver: false };
    this.#held.push(held);
    this.#isHeld.resolve();
    while (!held.isOver) await wait(3);
  }

  #note(text: string): void {
    this.trace.push(`${new Date().toISOString().slice(8, 23)} ${text}`);
  }
}

function tell(outcome: Outcome<unknown>): string {
  if (outcome.is !== 'failed') return outcome.is;
  return outcome.error instanceof Refusal ? `refused: ${outcome.error.code}` : `failed: ${outcome.error}`;
}

export function stubOf(taskId: string) {
  return realEnv.TASKS.getByName(taskId);
}

/** What the object of a task has in its storage. */
export function look(taskId: string) {
  return runInDurableObject(stubOf(taskId), async (_, { storage }) => ({
    task: withoutLog(storage.kv.get<Task & { log: unknown }>('task')),
    recorded: storage.kv.get<number>('recorded') ?? null,
    alarm: await storage.getAlarm(),
  }));
}

/** The log is for people to read: nothing is promised of it. */
function withoutLog(stored: (Task & { log: unknown }) | undefined): Task | null {
  if (stored === undefined) return null;
  const { log, ...task } = stored;
  return task;
}
