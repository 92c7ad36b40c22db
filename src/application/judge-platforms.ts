import type { PlatformId } from '../domain/platforms/table.ts';
import { judge, offerOf, type Verdict } from '../domain/platforms/verdict.ts';
import type { TaskRecord } from '../domain/task.ts';

/** Where the emoji works that a task has made. @returns null of a task that has made none */
export function outcomesOf({
  emojiName: name,
  image,
  source,
  sourceKey,
  rendering,
}: TaskRecord): Record<PlatformId, Verdict['outcome']> | null {
  if (image === null) return null;
  const verdicts = judge(offerOf({ name, image, source, sourceKey, rendering }));
  return Object.fromEntries(verdicts.map(({ platform, outcome }) => [platform, outcome])) as Record<
    PlatformId,
    Verdict['outcome']
  >;
}
