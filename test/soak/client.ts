import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger, Promised, Upload } from './ledger.ts';
import { type Random, whole } from './pictures.ts';
import type { Answer, Service } from './service.ts';

/** A client that is told "in progress" gives up after so long: a crash came before its request was accepted. */
const IN_PROGRESS_MS = 10_000;
/** A task that is not at its end after so long is lost; on a busy machine thousands are before it. */
const END_WITHIN_MS = 2 * 3_600_000;

export type End = 'SUCCESS' | 'FAILURE' | 'REVOKED';

/** What a client of the service can do. It comes again, under the same key, when an answer is lost. */
export class Client {
  readonly service: Service;
  readonly ledger: Ledger;
  readonly random: Random;

  constructor(service: Service, ledger: Ledger, random: Random) {
    this.service = service;
    this.ledger = ledger;
    this.random = random;
  }

  /** @returns null where no answer is to be had: then it is in the ledger as open */
  async send(upload: Upload): Promise<Answer | null> {
    const giveUpAt = Date.now() + IN_PROGRESS_MS;
    for (;;) {
      const lastStart = this.service.lastStart;
      const answer = await this.service.request(pathOf(upload), () => this.#requestOf(upload));
      if (answer.json.code !== 'idempotency_key_in_use') return answer;
      // A kill in the meantime begins the waiting anew.
      if (Date.now() > Math.max(giveUpAt, lastStart + IN_PROGRESS_MS)) break;
      await sleep(300);
    }
    this.ledger.open.push(upload);
    return null;
  }

  /** An upload that must be accepted. @returns null where no answer is to be had */
  async upload(upload: Upload): Promise<Promised | null> {
    this.ledger.count(`uploads to ${upload.kind}`);
    const answer = await this.send(upload);
    if (answer === null) return null;
    const taskId = answer.json.task_id;
    this.ledger.expect(answer.status === 202, () => `${upload.name}: accepted expected, but ${told(answer)}`);
    return answer.status === 202 && typeof taskId === 'string' ? this.ledger.promise(taskId, upload) : null;
  }

  /** The same upload, but the client does not wait for its answer. */
  async abandon(upload: Upload): Promise<void> {
    await this.service.abandon(pathOf(upload), this.#requestOf(upload), whole(this.random, 1, 40));
  }

  /** Follows a task to its end. */
  async end({ taskId, name }: Promised): Promise<End> {
    const deadline = Date.now() + END_WITHIN_MS;
    while (Date.now() < deadline) {
      const { status, json } = await this.service.request(`/task-queue/status?task_id=${taskId}&wait=20`);
      if (status !== 200) throw new Error(`${name}: ${status} for the status of ${taskId}`);
      if (['SUCCESS', 'FAILURE', 'REVOKED'].includes(String(json.status))) return json.status as End;
    }
    throw new Error(`${name}: the task ${taskId} did not end within ${END_WITHIN_MS / 3_600_000} hours`);
  }

  /** Looks once whether a task is at its end, for a few seconds. */
  async glance({ taskId, name }: Promised): Promise<void> {
    const { status } = await this.service.request(`/task-queue/status?task_id=${taskId}&wait=2`);
    this.ledger.expect(status === 200, () => `${name}: ${status} for the status of ${taskId}, which was accepted`);
  }

  async cancel(task: Promised): Promise<void> {
    const answer = await this.#move(task, 'cancel');
    // The answer to a first one may have been lost.
    const isCancelled = answer.status === 200 || answer.json.state === 'REVOKED';
    this.ledger.expect(
      isCancelled || (answer.status === 409 && answer.json.state === (task.picture.failure ? 'FAILURE' : 'SUCCESS')),
      () => `${task.name}: cancel was answered by ${told(answer)}`,
    );
    task.isCancelled = isCancelled;
    this.ledger.count(isCancelled ? 'cancelled' : 'cancelled too late');
  }

  /** Has a finished task tried again. */
  async restart(task: Promised): Promise<void> {
    const answer = await this.#move(task, 'retry');
    // As above: it is being tried again, or has been.
    const isRestarted = answer.status === 200 || answer.json.code === 'task_state';
    this.ledger.expect(isRestarted, () => `${task.name}: retry was answered by ${told(answer)}`);
    task.isCancelled = false;
    task.restarts++;
    this.ledger.count('tried again by a person');
  }

  #move({ taskId }: Promised, move: 'cancel' | 'retry'): Promise<Answer> {
    return this.service.request(`/task-queue/tasks/${taskId}/${move}`, () => ({ method: 'POST' }));
  }

  /** As a form or as the picture itself: the service takes both for one request. */
  #requestOf({ kind, idempotencyKey, picture }: Upload): RequestInit {
    const method = kind === 'create' ? 'POST' : 'PUT';
    const key = { 'Idempotency-Key': `"${idempotencyKey}"` };
    if (this.random() < 0.5) {
      return { method, headers: { ...key, 'Content-Type': 'application/octet-stream' }, body: picture.bytes };
    }
    const body = new FormData();
    body.append('file', new Blob([picture.bytes]), 'picture');
    return { method, headers: key, body };
  }
}

export function told({ status, json }: Answer): string {
  return `${status} ${JSON.stringify(json)}`;
}

function pathOf({ kind, name }: Upload): string {
  return kind === 'create' ? `/custom-emoji/emojis?name=${name}` : `/custom-emoji/emojis/${name}/image`;
}
