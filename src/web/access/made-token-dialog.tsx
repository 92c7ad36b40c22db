import { SecretDialog } from '../shared/secret-dialog.tsx';
import type { MadeToken } from './types.ts';

interface Props {
  made: MadeToken;
  onClose(): void;
}

/** The text of a token. */
export function MadeTokenDialog({ made: { name, token }, onClose }: Props) {
  return (
    <SecretDialog
      title={`The token “${name}”`}
      label="Token"
      secret={token}
      warning="Copy it now, and keep it where secrets are kept. It is shown this once: the service keeps no copy of it."
      onClose={onClose}
    >
      Programs send it as <code>Authorization: Bearer cemoji_…</code>; people sign in to these pages with it.
    </SecretDialog>
  );
}
