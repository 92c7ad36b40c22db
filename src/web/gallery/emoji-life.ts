import { problemFrom } from '../shared/api.ts';
import type { SeenEmoji } from '../shared/emojis.ts';
import { notify } from '../shared/notices.tsx';
import { type DeletedEmoji, deleteEmoji, restoreEmoji } from './emoji-api.ts';

/** Deletes an emoji, and lets the person think better of it. @throws ProblemError */
export async function deleteWithUndo({ info, etag }: SeenEmoji, onChanged: () => void): Promise<void> {
  const deleted = await deleteEmoji(info.name, etag);
  onChanged();
  notify(`:${deleted.name}: is deleted. The bin keeps it for 30 days.`, {
    label: 'Undo',
    run: () => {
      restoreAndTell(deleted).then(onChanged, (error) => notify(problemFrom(error).detail));
    },
  });
}

/** Brings a deleted emoji back, and says what it has lost. @throws ProblemError */
export async function restoreAndTell(deleted: Pick<DeletedEmoji, 'name' | 'id'>, as?: string): Promise<string> {
  const { name, left_out } = await restoreEmoji(deleted, as);
  const without = left_out.filter((other) => other !== deleted.name);
  const lost = without.length === 0 ? '' : ` Others have ${without.join(', ')} by now.`;
  notify(`:${name}: is back.${lost}`);
  return name;
}
