import { queuedMs, type TaskRecord } from '../domain/task.ts';

/**
 * Writes a task that has ended into Workers Analytics Engine, where the service has a binding `TASK_ENDS`: one data point,
 * whose columns `docs/operating.md` names. Nobody waits for it, and nothing depends on it: one may be there twice, or missing.
 */
export function noteTaskEnd(env: Env, task: TaskRecord): void {
  const { TASK_ENDS: dataset } = env as { TASK_ENDS?: AnalyticsEngineDataset };
  const { id, kind, state, failure, source, emojiName, actor, image, startedAt, finishedAt } = task;
  dataset?.writeDataPoint({
    indexes: [kind],
    blobs: [id, kind, state, failure?.code ?? '', source?.format ?? '', emojiName, actor ?? ''],
    doubles: [
      queuedMs(task.history) ?? 0,
      startedAt === null || finishedAt === null ? 0 : finishedAt - startedAt,
      task.attempts,
      source?.bytes ?? 0,
      source?.frames ?? 0,
      (source?.width ?? 0) * (source?.height ?? 0),
      image?.bytes ?? 0,
    ],
  });
}
