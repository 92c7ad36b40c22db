import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Dialog } from './dialog.tsx';
import { useAsking } from './use-asking.ts';

interface Props {
  title: string;
  /** Of the button that sends it. */
  label: string;
  /** Whether there is enough to be sent. */
  isReady?: boolean;
  /** Sends it, and closes the dialog; that says why when it is refused. */
  run(): Promise<void>;
  onRefused?(): void;
  onClose(): void;
  narrow?: boolean;
  class?: string;
  children: ComponentChildren;
}

/** Asks for what is needed to make something. */
export function FormDialog({ title, label, isReady = true, run, onRefused, onClose, children, ...look }: Props) {
  const id = useId();
  const { problem, isAsking, ask } = useAsking();
  const submit = (event: Event) => {
    event.preventDefault();
    void ask(run, onRefused);
  };
  return (
    <Dialog
      narrow={look.narrow ?? false}
      title={title}
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={id} class="button primary" disabled={!isReady || isAsking}>
            {label}
          </button>
        </>
      }
    >
      <form id={id} class={look.class ?? 'list-dialog'} autocomplete="off" onSubmit={submit}>
        {children}
        <div role="alert">{problem && <p class="note bad">{problem}</p>}</div>
      </form>
    </Dialog>
  );
}
