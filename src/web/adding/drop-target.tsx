import './drop-target.css';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../shared/icon.tsx';
import { useStore } from '../shared/store.ts';
import { invitation } from './intake.ts';

/** Shows, over all else, what becomes of the files that are dragged over the page. */
export function DropTarget() {
  const text = useStore(invitation, (text) => text);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (text === null) box.current?.hidePopover();
    else box.current?.showPopover();
  }, [text]);
  return (
    <div ref={box} class="drop-target" popover="manual">
      <p>
        <Icon name="add" />
        {text}
      </p>
    </div>
  );
}
