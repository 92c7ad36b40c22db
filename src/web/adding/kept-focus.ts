import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Keeps the focus in a part of the page when what has it goes with a change: it goes to what `selector` finds first.
 *
 * @returns where the part is to be put
 */
export function useKeptFocus<Part extends HTMLElement>(selector: string): RefObject<Part | null> {
  const part = useRef<Part>(null);
  const hadFocus = part.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    if (!hadFocus || part.current?.contains(document.activeElement)) return;
    part.current?.querySelector<HTMLElement>(selector)?.focus();
  });
  return part;
}
