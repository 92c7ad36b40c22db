/**
 * What a change of an emoji sets first, with the revision that it goes by as the first value: null for whatever it is.
 * A transaction cannot branch: when others have changed the emoji since, the column, which is never null, has it rolled
 * back.
 */
export const NEXT_REVISION = 'revision = iif(?1 IS NULL OR revision = ?1, revision + 1, NULL)';

/** Whether that was so. */
export function isRevisionOld(error: unknown): boolean {
  return String(error).includes('NOT NULL constraint failed: emojis.revision');
}
