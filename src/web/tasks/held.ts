import { useEffect, useState } from 'preact/hooks';

/**
 * Whether a person is at something, so that it must not move: the pointer is over it, the keyboard is in it, or its
 * start has been scrolled away.
 */
export function useHeld(element: { current: HTMLElement | null }): boolean {
  const [reasons, setReasons] = useState({ pointer: false, keyboard: false, scrolled: false });
  useEffect(() => {
    const held = element.current;
    if (held === null) return;
    const over = new AbortController();
    const { signal } = over;
    const note = (reason: keyof typeof reasons, holds: boolean) =>
      setReasons((now) => (now[reason] === holds ? now : { ...now, [reason]: holds }));
    // A finger does not stay where it was.
    const enter = ({ pointerType }: PointerEvent) => note('pointer', pointerType === 'mouse');
    held.addEventListener('pointerenter', enter, { signal });
    held.addEventListener('pointerleave', () => note('pointer', false), { signal });
    held.addEventListener('focusout', () => note('keyboard', false), { signal });
    // Anywhere: what had the focus may have been taken away, which nobody is told.
    document.addEventListener('focusin', () => note('keyboard', held.contains(document.activeElement)), { signal });
    const scroll = () => note('scrolled', held.getBoundingClientRect().top < 0);
    addEventListener('scroll', scroll, { passive: true, signal });
    return () => over.abort();
  }, [element]);
  return reasons.pointer || reasons.keyboard || reasons.scrolled;
}
