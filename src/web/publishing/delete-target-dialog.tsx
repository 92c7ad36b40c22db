import { useState } from 'preact/hooks';
import { PLATFORMS } from '../../domain/platforms/table.ts';
import { problemFrom } from '../shared/api.ts';
import { Dialog } from '../shared/dialog.tsx';
import { notify } from '../shared/notices.tsx';
import { deleteTarget, type Target } from './publishing-api.ts';

interface Props {
  target: Target;
  onDeleted(): void;
  onClose(): void;
}

/** Says what stays and what does not before a target is deleted. */
export function DeleteTargetDialog({ target: { name, platform }, onDeleted, onClose }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);

  const remove = async () => {
    setAsking(true);
    setProblem(null);
    try {
      await deleteTarget(name);
      notify(`“${name}” is deleted.`);
      onDeleted();
      onClose();
    } catch (error) {
      setProblem(problemFrom(error).detail);
      setAsking(false);
    }
  };

  return (
    <Dialog
      narrow
      title={`Delete “${name}”?`}
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Keep it
          </button>
          <button type="button" class="button danger" disabled={isAsking} onClick={() => void remove()}>
            Delete
          </button>
        </>
      }
    >
      <div class="list-dialog">
        <p>
          Nothing can be published there any more, and the token is forgotten. Emoji that were published stay at{' '}
          {PLATFORMS[platform].title}. To go on later, the target has to be added anew, with its token.
        </p>
        <div role="alert">{problem && <p class="note bad">{problem}</p>}</div>
      </div>
    </Dialog>
  );
}
