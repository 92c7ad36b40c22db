import { useState } from 'preact/hooks';
import { FormDialog } from '../shared/form-dialog.tsx';
import { changeSecret, type Target } from './publishing-api.ts';
import { SecretField } from './secret-field.tsx';

interface Props {
  target: Target;
  onChanged(): void;
  onClose(): void;
}

/** Gives a target another secret, where the one that it has was revoked, or is to be. */
export function NewSecretDialog({ target: { name, platform }, onChanged, onClose }: Props) {
  const [secret, setSecret] = useState('');

  const change = async () => {
    await changeSecret(name, secret.trim());
    onChanged();
    onClose();
  };

  return (
    <FormDialog narrow title={`New secret for “${name}”`} label="Use it" run={change} onClose={onClose}>
      <SecretField platform={platform} value={secret} onInput={setSecret} />
    </FormDialog>
  );
}
