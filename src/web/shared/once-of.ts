/** For a click that may be the first of two: the other must not do what is there meanwhile. */
export function onceOf(run: (event: MouseEvent) => unknown): (event: MouseEvent) => void {
  return (event) => {
    if (event.detail < 2) run(event);
  };
}
