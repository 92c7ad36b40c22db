import { PLATFORMS } from '../../domain/platforms/table.ts';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { notify } from '../shared/notices.tsx';
import { deleteTarget, type Target } from './publishing-api.ts';

interface Props {
  target: Target;
  onDeleted(): void;
  onClose(): void;
}

/** Says what stays and what does not before a target is deleted. */
export function DeleteTargetDialog({ target: { name, platform }, onDeleted, onClose }: Props) {
  const remove = async () => {
    await deleteTarget(name);
    notify(`“${name}” is deleted.`);
    onDeleted();
  };

  return (
    <ConfirmDialog title={`Delete “${name}”?`} label="Delete" run={remove} onClose={onClose}>
      <p>
        Nothing can be published there any more, and the token is forgotten. Emoji that were published stay at{' '}
        {PLATFORMS[platform].title}. To go on later, the target has to be added anew, with its token.
      </p>
    </ConfirmDialog>
  );
}
