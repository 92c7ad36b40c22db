import { accessApi, answered } from '../shared/api.ts';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { ago } from '../shared/format.ts';
import { notify } from '../shared/notices.tsx';
import { useSession } from '../shared/session-state.ts';
import { stateOf } from './token-table.tsx';
import type { Token } from './types.ts';

interface Props {
  token: Token;
  onRevoked(): void;
  onClose(): void;
}

/** Says what stops working before a token is revoked. */
export function RevokeDialog({ token, onRevoked, onClose }: Props) {
  const { id, name, last_used_at } = token;
  const { who } = useSession();

  const revoke = async () => {
    await answered(accessApi.tokens[':id'].$delete({ param: { id } }));
    notify(`“${name}” is revoked.`);
    onRevoked();
  };

  return (
    <ConfirmDialog title={`Revoke “${name}”?`} label="Revoke" run={revoke} onClose={onClose}>
      <p>
        {stateOf(token) === 'expired'
          ? 'It has expired: nothing stops working. '
          : 'Every program that uses it is refused from then on, and whoever has signed in with it is signed out. '}
        {last_used_at === null ? 'It has not been used yet.' : `It was last used ${ago(last_used_at)}.`}
      </p>
      {who.kind === 'token' && who.name === name && (
        <p class="note warn">You are signed in with it yourself: you are signed out too.</p>
      )}
      <p>
        What it made stays, and belongs to the name: a new token called “{name}” owns it. This one cannot be brought
        back.
      </p>
    </ConfirmDialog>
  );
}
