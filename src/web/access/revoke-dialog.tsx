import { useState } from 'preact/hooks';
import { accessApi, answered, problemFrom } from '../shared/api.ts';
import { Dialog } from '../shared/dialog.tsx';
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
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);

  const revoke = async () => {
    setAsking(true);
    setProblem(null);
    try {
      await answered(accessApi.tokens[':id'].$delete({ param: { id } }));
      notify(`“${name}” is revoked.`);
      onRevoked();
      onClose();
    } catch (error) {
      setProblem(problemFrom(error).detail);
    }
    setAsking(false);
  };

  return (
    <Dialog
      narrow
      title={`Revoke “${name}”?`}
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Keep it
          </button>
          <button type="button" class="button danger" disabled={isAsking} onClick={() => void revoke()}>
            Revoke
          </button>
        </>
      }
    >
      <div class="list-dialog">
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
        <div role="alert">{problem && <p class="note bad">{problem}</p>}</div>
      </div>
    </Dialog>
  );
}
