import { answered, noticeApi } from '../shared/api.ts';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { notify } from '../shared/notices.tsx';
import type { Subscription } from './types.ts';

interface Props {
  subscription: Subscription;
  onDeleted(): void;
  onClose(): void;
}

/** Says what is lost before a subscription is deleted. */
export function DeleteDialog({ subscription: { id, target }, onDeleted, onClose }: Props) {
  const remove = async () => {
    await answered(noticeApi.subscriptions[':id'].$delete({ param: { id } }));
    notify('It is deleted.');
    onDeleted();
  };

  return (
    <ConfirmDialog title="Delete the subscription?" label="Delete" run={remove} onClose={onClose}>
      <p>Nothing more is told to {target}, and what was told there is forgotten. To stop it for a while, pause it.</p>
    </ConfirmDialog>
  );
}
