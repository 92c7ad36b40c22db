import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';

/** A value that is shown in several places, and changed from anywhere. */
export class Store<T> {
  #value: T;
  #isTelling = false;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    if (value === this.#value) return;
    this.#value = value;
    if (this.#isTelling) return;
    this.#isTelling = true;
    // Of several changes at once, only what comes of them is told.
    queueMicrotask(() => {
      this.#isTelling = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  /** @returns what ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What a component shows of a store: it is drawn again when that is another value, or an object with others in it. */
export function useStore<T, S>(store: Store<T>, select: (value: T) => S): S {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const drawn = useRef<{ selected: S; select: (value: T) => S } | null>(null);
  const now = select(store.value);
  const selected = drawn.current && isSame(now, drawn.current.selected) ? drawn.current.selected : now;
  drawn.current = { selected, select };
  useLayoutEffect(() => {
    const look = () => {
      const { current } = drawn;
      if (current && !isSame(current.select(store.value), current.selected)) redraw(undefined);
    };
    // It may have changed since it was drawn.
    look();
    return store.subscribe(look);
  }, [store]);
  return selected;
}

/** Two lists or plain objects with the same in them are the same. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isPlain(a) || !isPlain(b)) return false;
  const fields = Object.entries(a);
  return fields.length === Object.keys(b).length && fields.every(([name, value]) => Object.is(value, b[name]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    Array.isArray(value) ||
    (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
  );
}
