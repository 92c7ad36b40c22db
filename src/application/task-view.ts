import type { SourceFacts } from '../domain/emoji.ts';
import type { TaskChange, TaskRecord } from '../domain/task.ts';
import type { FollowedTask, TaskSummary } from './ports.ts';

/** A task as the API lists it: names in snake case, times in ISO 8601. */
export function viewSummary(task: TaskSummary) {
  return { id: task.id, state: task.state, ...viewFacts(task) };
}

/** A task as the API shows it, in an answer and in the events of those who follow it. */
export function viewTask(task: TaskRecord & Partial<Pick<FollowedTask, 'progress'>>) {
  return {
    ...viewSummary(task),
    progress: task.progress ?? null,
    source: task.source && viewSource(task.source),
    history: task.history.map(viewChange),
  };
}

/** What a task is, apart from its id and state. */
export function viewFacts(task: TaskSummary) {
  const { startedAt, finishedAt } = task;
  return {
    kind: task.kind,
    emoji_name: task.emojiName,
    attempts: task.attempts,
    received_at: time(task.receivedAt),
    started_at: startedAt === null ? null : time(startedAt),
    finished_at: finishedAt === null ? null : time(finishedAt),
    duration_ms: startedAt === null || finishedAt === null ? null : finishedAt - startedAt,
    error: task.failure,
  };
}

function viewChange({ state, at, reason }: TaskChange) {
  return { state, at: time(at), reason };
}

/** What an upload was found to be. */
export function viewSource({ format, bytes, width, height, frames, durationMs }: SourceFacts) {
  return { format, bytes, width, height, frames, duration_ms: durationMs };
}

export function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
