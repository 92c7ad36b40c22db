import { useEffect, useRef, useState } from 'preact/hooks';
import { copy } from '../shared/clipboard.ts';
import { Dialog } from '../shared/dialog.tsx';
import { Icon } from '../shared/icon.tsx';
import type { MadeToken } from './types.ts';

interface Props {
  made: MadeToken;
  onClose(): void;
}

/** The text of a token, which is nowhere to be seen again: it does not go before it was copied, unless one insists. */
export function MadeTokenDialog({ made: { name, token }, onClose }: Props) {
  const [wasCopied, setCopied] = useState(false);
  const [isAsked, setAsked] = useState(false);
  const copyButton = useRef<HTMLButtonElement>(null);
  useEffect(() => copyButton.current?.focus(), []);
  const close = () => {
    if (wasCopied || isAsked) onClose();
    else setAsked(true);
  };
  return (
    <Dialog
      title={`The token “${name}”`}
      onClose={close}
      foot={
        <button type="button" class={wasCopied ? 'button primary' : 'button'} onClick={close}>
          {isAsked && !wasCopied ? 'Close without copying' : 'Done'}
        </button>
      }
    >
      <div class="access-dialog">
        <p class="note warn">
          Copy it now, and keep it where secrets are kept. It is shown this once: the service keeps no copy of it.
        </p>
        <div class="secret">
          <input
            class="input"
            readOnly
            aria-label="Token"
            value={token}
            onFocus={({ currentTarget }) => currentTarget.select()}
            onCopy={() => setCopied(true)}
          />
          <button
            ref={copyButton}
            type="button"
            class="button primary"
            onClick={async () => (await copy(token, 'the token')) && setCopied(true)}
          >
            <Icon name={wasCopied ? 'check' : 'copy'} />
            {wasCopied ? 'Copied' : 'Copy'}
          </button>
        </div>
        <p class="soft">
          Programs send it as <code>Authorization: Bearer cemoji_…</code>; people sign in to these pages with it.
        </p>
        <div role="alert">
          {isAsked && !wasCopied && (
            <p class="note bad">You have not copied it. Once this is closed, nobody can see it again.</p>
          )}
        </div>
      </div>
    </Dialog>
  );
}
