import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { copy } from './clipboard.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';

interface Props {
  title: string;
  /** What it is, such as `Token`. */
  label: string;
  secret: string;
  /** What happens to it. */
  warning: string;
  onClose(): void;
  /** What it is for. */
  children: ComponentChildren;
}

/** A secret that is nowhere to be seen again: it does not go before it was copied, unless one insists. */
export function SecretDialog({ title, label, secret, warning, onClose, children }: Props) {
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
      title={title}
      onClose={close}
      foot={
        <button type="button" class={wasCopied ? 'button primary' : 'button'} onClick={close}>
          {isAsked && !wasCopied ? 'Close without copying' : 'Done'}
        </button>
      }
    >
      <div class="list-dialog">
        <p class="note warn">{warning}</p>
        <div class="secret">
          <input
            class="input"
            readOnly
            aria-label={label}
            value={secret}
            onFocus={({ currentTarget }) => currentTarget.select()}
            onCopy={() => setCopied(true)}
          />
          <button
            ref={copyButton}
            type="button"
            class="button primary"
            onClick={async () => (await copy(secret, `the ${label.toLowerCase()}`)) && setCopied(true)}
          >
            <Icon name={wasCopied ? 'check' : 'copy'} />
            {wasCopied ? 'Copied' : 'Copy'}
          </button>
        </div>
        <p class="soft">{children}</p>
        <div role="alert">
          {isAsked && !wasCopied && (
            <p class="note bad">You have not copied it. Once this is closed, nobody can see it again.</p>
          )}
        </div>
      </div>
    </Dialog>
  );
}
