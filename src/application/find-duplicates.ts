import type { TaskRecord } from '../domain/task.ts';
import type { Accepted } from './accept-upload.ts';
import type { FoundTask } from './find-task.ts';
import type { Duplicates, Logger } from './ports.ts';

/** As many names are told. */
export const MOST_TOLD = 5;

interface Ports {
  duplicates: Duplicates;
  log: Logger;
}

/** Other emoji that were made from the same upload: names, the oldest first. That they cannot be told harms nothing. */
export async function sameUploads({ duplicates, log }: Ports, accepted: Accepted): Promise<string[]> {
  const { taskId, emojiId, sourceHash } = accepted;
  if (sourceHash === null) return [];
  return duplicates.ofSource(sourceHash, emojiId, MOST_TOLD).catch((error) => {
    log.error('duplicates not told', error, { taskId });
    return [];
  });
}

/** Other emoji that show the picture which a task has made. @returns null of a task that has made none */
export async function samePictures(
  { duplicates }: Ports,
  task: TaskRecord & Pick<FoundTask, 'duplicates'>,
): Promise<string[] | null> {
  return task.image && (task.duplicates ?? duplicates.ofImage(task.image.hash, task.emojiId, MOST_TOLD));
}
