import { useState } from 'preact/hooks';
import { answered, noticeApi, problemFrom } from '../shared/api.ts';
import { Dialog } from '../shared/dialog.tsx';
import { notify } from '../shared/notices.tsx';
import type { Subscription } from './types.ts';

interface Props {
  subscription: Subscription;
  onDeleted(): void;
  onClose(): void;
}

/** Says what is lost before a subscription is deleted. */
export function DeleteDialog({ subscription: { id, target }, onDeleted, onClose }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);

  const remove = async () => {
    setAsking(true);
    setProblem(null);
    try {
      await answered(noticeApi.subscriptions[':id'].$delete({ param: { id } }));
      notify('It is deleted.');
      onDeleted();
      onClose();
    } catch (error) {
      setProblem(problemFrom(error).detail);
    }
    setAsking(false);
  };

  return (
    <Dialog
      narrow
      title="Delete the subscription?"
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
        <p>Nothing more is told to {target}, and what was told there is forgotten. To stop it for a while, pause it.</p>
        <div role="alert">{problem && <p class="note bad">{problem}</p>}</div>
      </div>
    </Dialog>
  );
}
