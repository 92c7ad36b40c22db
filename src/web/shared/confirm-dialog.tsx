import type { ComponentChildren } from 'preact';
import { Dialog } from './dialog.tsx';
import { useAsking } from './use-asking.ts';

interface Props {
  title: string;
  /** Of the button that does it. */
  label: string;
  /** Does it; the dialog goes when it is done, and says why when it is refused. */
  run(): Promise<void>;
  onClose(): void;
  /** What is lost, and what stays. */
  children: ComponentChildren;
}

/** Says what is lost before something is done that cannot be undone. */
export function ConfirmDialog({ title, label, run, onClose, children }: Props) {
  const { problem, isAsking, ask } = useAsking();
  const confirm = () =>
    ask(async () => {
      await run();
      onClose();
    });
  return (
    <Dialog
      narrow
      title={title}
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Keep it
          </button>
          <button type="button" class="button danger" disabled={isAsking} onClick={() => void confirm()}>
            {label}
          </button>
        </>
      }
    >
      <div class="list-dialog">
        {children}
        <div role="alert">{problem && <p class="note bad">{problem}</p>}</div>
      </div>
    </Dialog>
  );
}
