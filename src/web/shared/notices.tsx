import './notices.css';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
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

const NONE: Shown[] = [];

let nextId = 0;
let notices: Shown[] = [];

/** What draws the places where notices can be shown, the one on top last. */
const places: (() => void)[] = [];

function show(next: Shown[]): void {
  notices = next;
  for (const draw of places) draw();
}

/** Says something to the person, for a while, wherever the page is. */
export function notify(text: string, action?: Notice['action']): void {
  const id = nextId++;
  show([...notices.slice(-2), { id, text, ...(action && { action }) }]);
  const dropUnlessHeld = () => {
    // Who is about to act on it, or still reads, is not to be hurried.
    if (document.querySelector('.notices:is(:hover, :focus-within)')) setTimeout(dropUnlessHeld, SHOWN_MS);
    else drop(id);
  };
  setTimeout(dropUnlessHeld, SHOWN_MS);
}

function drop(id: number): void {
  show(notices.filter((notice) => notice.id !== id));
}

/**
 * Where notices are shown: once on a page, and in each dialog, since all that is not in the dialog on top can neither be
 * clicked nor is it read out.
 */
export function Notices() {
  const [, draw] = useReducer<number, void>((count) => count + 1, 0);
  const box = useRef<HTMLDivElement>(null);
  const shown = places.at(-1) === draw ? notices : NONE;
  useLayoutEffect(() => {
    places.push(draw);
    show(notices);
    return () => {
      places.splice(places.indexOf(draw), 1);
      show(notices);
    };
  }, [draw]);
  useLayoutEffect(() => {
    // In the top layer, and again each time: what was put there since would be above.
    box.current?.hidePopover();
    if (shown.length > 0) box.current?.showPopover();
  }, [shown]);
  return (
    // Always there: of a region that comes with its words, some do not hear.
    <div role="status">
      <div ref={box} class="notices" popover="manual">
        {shown.map(({ id, text, action }) => (
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
    </div>
  );
}
