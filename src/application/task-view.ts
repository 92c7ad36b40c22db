import type { SourceFacts } from '../domain/emoji.ts';
import type { Rendering } from '../domain/rendering.ts';
import { queuedMs, type TaskChange } from '../domain/task.ts';
import type { LogEntry } from '../domain/task-log.ts';
import { outcomesOf } from './judge-platforms.ts';
import type { FollowedTask, TaskSummary } from './ports.ts';

/** A task as the API lists it: names in snake case, times in ISO 8601. */
export function viewSummary(task: TaskSummary) {
  return { id: task.id, state: task.state, ...viewFacts(task) };
}

/** A task as the API shows it, in an answer and in the events of those who follow it. */
export function viewTask(task: FollowedTask) {
  const { image, lease, sendAt } = task;
  return {
    ...viewSummary(task),
    emoji_id: task.emojiId || null,
    version: task.version,
    rendering: viewRendering(task.rendering),
    progress: task.progress,
    lease: lease && { attempt: lease.attempt, expires_at: time(lease.expiresAt) },
    next_message_at: sendAt === null ? null : time(sendAt),
    source: task.source && viewSource(task.source),
    image: image && { hash: image.hash, url: imageUrl(image.hash), bytes: image.bytes, frames: image.frames },
    outcome: task.outcome,
    platforms: outcomesOf(task),
    history: task.history.map(viewChange),
    log: task.log.map(viewEntry),
  };
}

/** What a task is, apart from its id and state. */
export function viewFacts(task: TaskSummary) {
  const { startedAt, finishedAt } = task;
  return {
    kind: task.kind,
    parent_id: task.parentId,
    emoji_name: task.emojiName || null,
    actor: task.actor,
    attempts: task.attempts,
    received_at: time(task.receivedAt),
    started_at: startedAt === null ? null : time(startedAt),
    finished_at: finishedAt === null ? null : time(finishedAt),
    queued_ms: queuedMs(task.history),
    duration_ms: startedAt === null || finishedAt === null ? null : finishedAt - startedAt,
    error: task.failure,
  };
}

function viewChange({ state, at, reason }: TaskChange) {
  return { state, at: time(at), reason };
}

function viewEntry({ event, at, details }: LogEntry) {
  return { at: time(at), event, details };
}

/** The address of a picture by its hash. */
function imageUrl(hash: string): string {
  return `/custom-emoji/images/${hash}.gif`;
}

export function viewRendering({ fit, size, background, matte }: Rendering): Rendering {
  return { fit, size, background, matte };
}

/** What an upload was found to be. */
export function viewSource({ format, bytes, width, height, frames, durationMs }: SourceFacts) {
  return { format, bytes, width, height, frames, duration_ms: durationMs };
}

export function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
