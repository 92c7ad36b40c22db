import './dialog.css';
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { Notices } from './notices.tsx';
import { onceOf } from './once-of.ts';
import { SignedOut } from './signed-out.tsx';

interface Props {
  title: string;
  /** Asked for by Escape, the cross, and a click beside the dialog. */
  onClose(): void;
  children: ComponentChildren;
  /** Buttons below, the main one last. */
  foot?: ComponentChildren;
  narrow?: boolean;
}

/** A dialog over the page, which is out of reach as long as this is rendered. */
export function Dialog({ title, onClose, children, foot, narrow = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before notices are shown in it: what comes to the top layer later is above.
  useLayoutEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // As long as the dialog is there, nothing outside of it can have the focus.
      queueMicrotask(() => {
        if (opener instanceof HTMLElement && document.activeElement === document.body) opener.focus();
      });
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={narrow ? 'dialog narrow' : 'dialog'}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={() => {
        // Browsers ask once only: what is closed all the same stays until it is said here that it goes.
        dialog.current?.showModal();
        onClose();
      }}
      // With the first of two clicks, the dialog may have become smaller than where the second one is.
      onMouseDown={onceOf(({ target }) => target === dialog.current && onClose())}
    >
      <div class="inside">
        <div class="head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="button plain square" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        <SignedOut />
        <div class="body">{children}</div>
        {foot && <div class="foot">{foot}</div>}
      </div>
      <Notices />
    </dialog>
  );
}

/** A `ref` of what takes the place of a button that was pressed. */
export function takeFocus(button: HTMLElement | null): void {
  button?.focus();
}
