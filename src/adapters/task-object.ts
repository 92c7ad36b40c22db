import { DurableObject } from 'cloudflare:workers';
import type { Claim } from '../application/ports.ts';
import type { EmojiImage } from '../domain/emoji.ts';
import type { Failure } from '../domain/failure.ts';
import type { Task, TaskOrder } from '../domain/task.ts';
import * as moves from '../domain/task.ts';
import { recordTask } from './d1-task-history.ts';
import { jsonLog } from './json-log.ts';
import { renderMessage } from './render-message.ts';

/** Wait before the outbox is tried again: 5 s, 10 s, 20 s … at most 5 minutes. */
const outboxRetryMs = (failures: number): number => Math.min(5_000 * 2 ** failures, 300_000);

/** Most renderings are over by then, and their start need not be written to D1: it has one writer for all tasks. */
const RECORD_START_AFTER_MS = 100;

/**
 * The owner of one task, named by the task's id. A move is decided by `domain/task.ts`, stored here, and only then
 * told to others: the outbox (the copy in D1, the message to the renderers) is worked off at once, and again from
 * the alarm until it is empty. The alarm is set before the outbox is tried, so a crash in between loses nothing.
 */
export class TaskObject extends DurableObject<Env> {
  readonly #store = this.ctx.storage.kv;
  #outbox: Promise<void> = Promise.resolve();
  /** How often in a row the outbox could not be emptied. */
  #failures = 0;
  /** When the alarm rings, as far as this instance knows. */
  #alarmAt: number | null = null;

  async submit(order: TaskOrder): Promise<void> {
    if (this.read() === null) await this.#keep(moves.submit(order, Date.now()));
    await this.#workOffOutbox();
  }

  read(): Task | null {
    return this.#store.get<Task>('task') ?? null;
  }

  async claim(): Promise<Claim | null> {
    const token = crypto.randomUUID();
    const task = await this.#move((task, now) => moves.claim(task, token, now));
    if (task) this.ctx.waitUntil(scheduler.wait(RECORD_START_AFTER_MS).then(() => this.#workOffOutbox()));
    return task && { token, attempt: task.attempts, sourceKey: task.sourceKey, rendering: task.rendering };
  }

  succeed(token: string, image: EmojiImage): Promise<boolean> {
    return this.#finish((task, now) => moves.succeed(task, token, image, now));
  }

  fail(token: string, failure: Failure): Promise<boolean> {
    return this.#finish((task, now) => moves.fail(task, token, failure, now));
  }

  retry(token: string, fault: string): Promise<boolean> {
    return this.#finish((task, now) => moves.retry(task, token, fault, now));
  }

  undeliverable(message: Pick<Task, 'attempts' | 'sends'>): Promise<boolean> {
    return this.#finish((task, now) => moves.undeliverable(task, message, now));
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    await this.#move(moves.expire);
    await this.#workOffOutbox();
  }

  async #finish(decide: (task: Task, now: number) => Task | null): Promise<boolean> {
    const moved = await this.#move(decide);
    await this.#workOffOutbox();
    return moved !== null;
  }

  /** @returns the task after the move; null when there is no task, or the move is refused */
  async #move(decide: (task: Task, now: number) => Task | null): Promise<Task | null> {
    const task = this.read();
    const moved = task && decide(task, Date.now());
    if (moved) await this.#keep(moved);
    return moved;
  }

  /** Stores the task, and the alarm that sees to its outbox should this object be gone in a moment. */
  async #keep(task: Task): Promise<void> {
    this.#store.put('task', task);
    await this.#wakeBy(Date.now() + outboxRetryMs(0));
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
    const task = this.read();
    if (task === null || task.sequence === this.#store.get('recorded')) return;
    await recordTask(this.env.DB, task);
    this.#store.put('recorded', task.sequence);
  }

  async #send(): Promise<void> {
    const task = this.read();
    const sending = task && moves.send(task, Date.now());
    if (!sending) return;
    // Noted first: the renderer may claim the task before this object learns that the message is out.
    await this.#keep(sending);
    try {
      await this.env.RENDER_QUEUE.send(renderMessage(sending));
    } catch (error) {
      await this.#move(moves.sendFailed);
      throw error;
    }
  }

  async #setNextAlarm(): Promise<void> {
    const task = this.read();
    if (task === null) return;
    // Also a move that came while the outbox was worked off: its own turn is next.
    const isRecorded = task.sequence === this.#store.get('recorded');
    if (!isRecorded) return this.#wakeBy(Date.now() + outboxRetryMs(this.#failures));
    const due = moves.nextDue(task);
    if (due !== null) return this.#wakeBy(due);
    this.#alarmAt = null;
    await this.ctx.storage.deleteAlarm();
  }
}
