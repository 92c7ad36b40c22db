import { DurableObject } from 'cloudflare:workers';
import type { Claim, FollowedTask, Progress } from '../application/ports.ts';
import { DEAD_LETTERS } from '../application/task-metrics.ts';
import type { Failure } from '../domain/failure.ts';
import type { JsonObject, Task, TaskOrder, TaskRecord, TaskResult } from '../domain/task.ts';
import * as moves from '../domain/task.ts';
import { entryOf, type LogEntry, logWith } from '../domain/task-log.ts';
import { count } from './d1-counters.ts';
import { recordTask } from './d1-task-record.ts';
import { jsonLog } from './json-log.ts';
import { noticeQueue } from './notice-message.ts';
import { noteTaskEnd } from './task-analytics.ts';
import { TaskFollowers } from './task-followers.ts';
import { taskMessage } from './task-message.ts';

/** Wait before the outbox is tried again: 5 s, 10 s, 20 s … at most 5 minutes. */
const outboxRetryMs = (failures: number): number => Math.min(5_000 * 2 ** failures, 300_000);

/** Most renderings are over by then, and their start need not be written to D1: it has one writer for all tasks. */
const RECORD_START_AFTER_MS = 100;

/** What tasks lack that were stored before it was noted. */
const UNKNOWN_THEN = {
  version: 1,
  source: null,
  sourceHash: null,
  actor: null,
  parentId: null,
  details: null,
  outcome: null,
  proceededAt: null,
};

function takenBack(attempt: number): LogEntry {
  return { at: Date.now(), event: 'lease_taken_back', details: { attempt } };
}

function refuseIfOld(orderedAt: number, now: number): void {
  if (now - orderedAt > moves.SUBMIT_WITHIN_MS) throw new Error('the order is too old to be accepted');
}

/** A move of `domain/task.ts`; null when it is refused. */
type Decide = (task: Task, now: number) => Task | null;

/** A task with its log, which those have not that were stored before there was one: written at once, a row costs as one. */
type StoredTask = Task & { log?: LogEntry[] };

/**
 * The owner of one task, named by the task's id. A move is decided by `domain/task.ts`, stored here, and only then
 * told to others: the outbox (the copy in D1, the message to the renderers) is worked off at once, and again from
 * the alarm until it is empty. The alarm is set before the outbox is tried, so a crash in between loses nothing.
 *
 * The release before calls these methods too, and is called, while another one is deployed: see "Deploying, and going
 * back" in docs/operating.md.
 */
export class TaskObject extends DurableObject<Env> {
  readonly #store = this.ctx.storage.kv;
  readonly #followers = new TaskFollowers(this.ctx);
  #outbox: Promise<void> = Promise.resolve();
  /** How often in a row the outbox could not be emptied. */
  #failures = 0;
  /** When the alarm rings, as far as this instance knows. */
  #alarmAt: number | null = null;
  #progress: Progress | null = null;
  /** What the renderer has told of its attempt so far; the log gets it with the next move. */
  #steps: LogEntry[] = [];
  /** Resolved when the end of the task may be told. */
  #end = Promise.withResolvers<void>();

  /** Takes a task over, of which the history has a copy if it is to make a new emoji. */
  async submit(order: TaskOrder): Promise<void> {
    const now = Date.now();
    if (this.#task() === null) {
      refuseIfOld(order.receivedAt, now);
      const task = moves.submit(order);
      // The catalogue took the name and wrote the first copy in one transaction.
      if (order.kind === 'create') this.#store.put('recorded', task.sequence);
      await this.#keep(task);
    }
    await this.#workOffOutbox();
  }

  /** The task as it may be told: its end only when the history has it, and its emoji can be fetched. */
  read(): FollowedTask | null {
    const task = this.#task();
    if (task === null) return null;
    const isEndKept = moves.isFinished(task.state) && !this.#isRecorded(task);
    return isEndKept ? this.#tell(moves.beforeItsEnd(task), this.#logWith([]).slice(0, -1)) : this.#tell(task);
  }

  #tell(task: Task, log = this.#logWith(this.#steps)): FollowedTask {
    const { lease, sendAt, attempts } = task;
    return {
      ...moves.recordOf(task),
      progress: task.state === 'STARTED' ? this.#progress : null,
      // Never its token.
      lease: lease && { attempt: attempts, expiresAt: lease.expiresAt },
      sendAt,
      log,
    };
  }

  async wait(milliseconds: number): Promise<FollowedTask | null> {
    const task = this.read();
    if (task && !moves.isFinished(task.state)) await Promise.race([this.#end.promise, scheduler.wait(milliseconds)]);
    return this.read();
  }

  async settle(): Promise<TaskRecord | null> {
    const known = this.#task();
    await this.#workOffOutbox();
    const task = this.#task();
    if (task && !this.#isRecorded(task)) throw new Error('the history could not be written');
    // One that ended long ago, and was recorded only now, has been forgotten at once: it was a task all the same.
    return this.read() ?? (known && moves.recordOf(known));
  }

  async claim(): Promise<Claim | null> {
    const token = crypto.randomUUID();
    const task = await this.#move((task, now) => moves.claim(task, token, now));
    if (task === null) return null;
    this.#progress = null;
    this.ctx.waitUntil(scheduler.wait(RECORD_START_AFTER_MS).then(() => this.#workOffOutbox()));
    return { ...moves.orderOf(task), token, attempt: task.attempts, outcome: task.outcome };
  }

  progress(token: string, progress: Progress, steps: LogEntry[] = []): void {
    if (this.#task()?.lease?.token !== token) return;
    this.#progress = progress;
    this.#steps = steps;
    this.#tellFollowers();
  }

  succeed(token: string, result: TaskResult, steps?: LogEntry[]): Promise<boolean> {
    return this.#finish((task, now) => moves.succeed(task, token, result, now), steps);
  }

  fail(token: string, failure: Failure, steps?: LogEntry[]): Promise<boolean> {
    return this.#finish((task, now) => moves.fail(task, token, failure, now), steps);
  }

  retry(token: string, fault: string, steps?: LogEntry[]): Promise<boolean> {
    return this.#finish((task, now) => moves.retry(task, token, fault, now), steps);
  }

  proceed(token: string, so: { delayMs: number; outcome: JsonObject }, steps?: LogEntry[]): Promise<boolean> {
    return this.#finish((task, now) => moves.proceed(task, token, so, now), steps);
  }

  postpone(token: string, delayMs: number, reason: string, steps?: LogEntry[]): Promise<boolean> {
    return this.#finish((task, now) => moves.postpone(task, token, delayMs, reason, now), steps);
  }

  async undeliverable(message: Pick<Task, 'sequence' | 'sends'>): Promise<boolean> {
    const isFailed = await this.#finish((task, now) => moves.undeliverable(task, message, now));
    await count(this.env.DB, DEAD_LETTERS, 1);
    return isFailed;
  }

  async cancel(): Promise<FollowedTask | null> {
    const task = await this.#moveAndTell(moves.cancel);
    return task && this.#tell(task);
  }

  async restart(record: TaskRecord, version: number, askedAt: number): Promise<FollowedTask | null> {
    refuseIfOld(askedAt, Date.now());
    const ended = this.#task() ?? record;
    // It has been tried again and has ended once more: that end has let go of the name, which was taken again before.
    if (ended.sequence !== record.sequence) return null;
    const task = moves.restart(ended, version, Date.now());
    if (task === null) return null;
    await this.#keep(task);
    await this.#workOffOutbox();
    return this.#tell(task);
  }

  /** The events of the task, as WebSocket messages or Server-Sent Events. */
  override fetch(request: Request): Response {
    const task = this.read();
    // It was there when it was asked for: it has been forgotten since.
    if (task === null) return new Response(null, { status: 404 });
    return this.#followers.connect(request, task);
  }

  override webSocketMessage(): void {
    // Nothing is expected: those who follow a task only listen.
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    const task = this.#task();
    const lost = task?.lease ? [takenBack(task.attempts)] : [];
    await this.#moveAndTell(moves.expire, [...this.#steps, ...lost]);
  }

  async #finish(decide: Decide, steps?: LogEntry[]): Promise<boolean> {
    return (await this.#moveAndTell(decide, steps)) !== null;
  }

  #task(): Task | null {
    const stored = this.#store.get<StoredTask>('task');
    if (stored === undefined) return null;
    const { log, ...task } = stored;
    return { ...UNKNOWN_THEN, ...task };
  }

  /** The log with more entries. It is for people to read: that it is broken is no reason for a task to fail. */
  #logWith(entries: LogEntry[]): LogEntry[] {
    try {
      return logWith(this.#store.get<StoredTask>('task')?.log ?? [], entries, Date.now());
    } catch (error) {
      jsonLog.error('log lost', error, { taskId: this.ctx.id.name });
      return [];
    }
  }

  #isRecorded(task: Task): boolean {
    return task.sequence === this.#store.get('recorded');
  }

  /** The same as `#move`; others are told at once, if they can be reached. */
  async #moveAndTell(decide: Decide, steps?: LogEntry[]): Promise<Task | null> {
    const moved = await this.#move(decide, steps);
    await this.#workOffOutbox();
    return moved;
  }

  /**
   * @param steps for the log, what led to the move
   * @returns the task after the move; null when there is no task, or the move is refused
   */
  async #move(decide: Decide, steps?: LogEntry[]): Promise<Task | null> {
    const task = this.#task();
    const moved = task && decide(task, Date.now());
    if (moved) await this.#keep(moved, steps);
    return moved;
  }

  /** Stores the task, and the alarm that sees to its outbox should this object be gone in a moment. */
  async #keep(task: Task, steps = this.#steps): Promise<void> {
    const entry = entryOf(this.#task(), task, Date.now());
    const log = this.#logWith([steps, entry ?? []].flat());
    this.#store.put('task', { ...task, log } satisfies StoredTask);
    this.#steps = [];
    await this.#wakeBy(Date.now() + outboxRetryMs(0));
    // An end is told when it is recorded.
    if (!moves.isFinished(task.state)) this.#tellFollowers();
  }

  #tellFollowers(): void {
    const task = this.#followers.any ? this.read() : null;
    if (task === null) return;
    try {
      this.#followers.tell(task);
    } catch (error) {
      // The task does not depend on those who follow it.
      jsonLog.error('followers not told', error, { taskId: task.id });
    }
  }

  /** Sets the alarm, unless one rings before: each costs a write, and one that rings early finds nothing to do. */
  async #wakeBy(due: number): Promise<void> {
    if (this.#alarmAt !== null && this.#alarmAt <= due) return;
    this.#alarmAt = due;
    await this.ctx.storage.setAlarm(due);
  }

  /** One at a time, so that two in a hurry do the work once. What cannot be done now is left to the alarm. */
  #workOffOutbox(): Promise<void> {
    this.#outbox = this.#outbox
      .catch(() => {})
      .then(async () => {
        // Neither waits for the other: pictures are rendered while D1 is away.
        const outcomes = await Promise.allSettled([this.#record(), this.#send()]);
        const faults = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
        for (const fault of faults) jsonLog.error('outbox not empty', fault, { taskId: this.ctx.id.name });
        this.#failures = faults.length > 0 ? this.#failures + 1 : 0;
        await this.#setNextAlarm();
      });
    return this.#outbox;
  }

  async #record(): Promise<void> {
    const task = this.#task();
    if (task === null || this.#isRecorded(task)) return;
    const notices = await recordTask(this.env.DB, task);
    this.#store.put('recorded', task.sequence);
    if (!moves.isFinished(task.state)) return;
    this.ctx.waitUntil(noticeQueue(this.env.NOTICE_QUEUE).wake(notices));
    this.#tellFollowers();
    this.#end.resolve();
    // A person may have the task tried again.
    this.#end = Promise.withResolvers();
    noteTaskEnd(this.env, task);
  }

  async #send(): Promise<void> {
    const task = this.#task();
    const sending = task && moves.send(task, Date.now());
    if (!sending) return;
    // Noted first: the renderer may claim the task before this object learns that the message is out.
    await this.#keep(sending);
    try {
      const queue = moves.isRendering(sending.kind) ? this.env.RENDER_QUEUE : this.env.WORK_QUEUE;
      await queue.send(taskMessage(sending));
    } catch (error) {
      await this.#move((task, now) => moves.sendFailed(task, sending, now));
      throw error;
    }
  }

  async #setNextAlarm(): Promise<void> {
    const task = this.#task();
    if (task === null) return;
    // Also a move that came while the outbox was worked off: its own turn is next.
    if (!this.#isRecorded(task)) return this.#wakeBy(Date.now() + outboxRetryMs(this.#failures));
    if (!moves.isForgettable(task, Date.now())) return this.#wakeBy(moves.nextDue(task));
    await this.ctx.storage.deleteAll();
    this.#alarmAt = null;
  }
}
