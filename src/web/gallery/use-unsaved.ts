import { useLayoutEffect } from 'preact/hooks';

/**
 * Keeps what was written from being lost by leaving the page, and by going back where the browser lets us.
 *
 * @param onBack asks the person, who stays
 */
export function useUnsaved(isDirty: boolean, onBack: () => void): void {
  useLayoutEffect(() => {
    if (!isDirty) return;
    const askBeforeLeaving = (event: BeforeUnloadEvent) => event.preventDefault();
    const stay = (event: NavigateEvent) => {
      if (event.navigationType !== 'traverse' || !event.cancelable) return;
      event.preventDefault();
      onBack();
    };
    addEventListener('beforeunload', askBeforeLeaving);
    window.navigation?.addEventListener('navigate', stay);
    return () => {
      removeEventListener('beforeunload', askBeforeLeaving);
      window.navigation?.removeEventListener('navigate', stay);
    };
  }, [isDirty, onBack]);
}
