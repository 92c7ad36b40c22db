import './notices.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

export interface Notice {
  text: string;
  /** What can be done about it, such as undoing. */
  action?: { label: string; run(): void };
}

interface Shown extends Notice {
  id: number;
}

/** Long enough to be read, and to think better of what was done. */
const SHOWN_MS = 8_000;

let nextId = 0;
let show: ((notice: Shown) => void) | null = null;

/** Says something to the person, for a while, wherever the page is. */
export function notify(text: string, action?: Notice['action']): void {
  show?.({ text, id: nextId++, ...(action && { action }) });
}

/** Where notices are shown; once on a page. */
export function Notices() {
  const [notices, setNotices] = useState<Shown[]>([]);
  const box = useRef<HTMLDivElement>(null);
  const drop = (id: number) => setNotices((now) => now.filter((notice) => notice.id !== id));
  useEffect(() => {
    show = (notice) => {
      setNotices((now) => [...now.slice(-2), notice]);
      setTimeout(drop, SHOWN_MS, notice.id);
    };
    return () => {
      show = null;
    };
  }, []);
  useEffect(() => {
    // In the top layer, and again each time: a dialog that was opened since would be above.
    box.current?.hidePopover();
    if (notices.length > 0) box.current?.showPopover();
  }, [notices]);
  return (
    <div ref={box} class="notices" popover="manual" role="status">
      {notices.map(({ id, text, action }) => (
        <div key={id} class="notice">
          <p>{text}</p>
          {action && (
            <button
              type="button"
              class="button compact"
              onClick={() => {
                drop(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" class="button compact square" aria-label="Dismiss" onClick={() => drop(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
