import { useId, useState } from 'preact/hooks';
import { problemFrom } from '../shared/api.ts';
import { Dialog } from '../shared/dialog.tsx';
import { changeSecret, type Target } from './publishing-api.ts';
import { SecretField } from './secret-field.tsx';

interface Props {
  target: Target;
  onChanged(): void;
  onClose(): void;
}

/** Gives a target another secret, where the one that it has was revoked, or is to be. */
export function NewSecretDialog({ target: { name, platform }, onChanged, onClose }: Props) {
  const id = useId();
  const [secret, setSecret] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);

  const change = async (event: Event) => {
    event.preventDefault();
    if (isAsking) return;
    setAsking(true);
    setProblem(null);
    try {
      await changeSecret(name, secret.trim());
      onChanged();
      onClose();
    } catch (error) {
      setProblem(problemFrom(error).detail);
      setAsking(false);
    }
  };

  return (
    <Dialog
      narrow
      title={`New secret for “${name}”`}
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={id} class="button primary" disabled={isAsking}>
            Use it
          </button>
        </>
      }
    >
      <form id={id} class="list-dialog" onSubmit={(event) => void change(event)}>
        <SecretField id={`${id}-secret`} platform={platform} value={secret} onInput={setSecret} />
        <div role="alert">{problem && <p class="note bad">{problem}</p>}</div>
      </form>
    </Dialog>
  );
}
