import {
  defaultRangeExtractor,
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
} from '@tanstack/virtual-core';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';

interface Options {
  rows: number;
  rowHeight: number;
  /** Where the rows start on the page, in pixels. */
  top: number;
  /** What lies over the start of the window, in pixels. */
  covered: number;
  /** A row that is kept, wherever the window is: what has the focus must not go. */
  kept: number;
}

const GLANCE_MS = 150;

/** Screens in a glance. */
const FAST = 2;

const BASE = {
  count: 0,
  overscan: 4,
  getScrollElement: () => window,
  estimateSize: () => 0,
  observeElementRect: observeWindowRect,
  observeElementOffset: observeWindowOffset,
  scrollToFn: windowScroll,
};

/** The rows that are in the window, or near it, as one scrolls the page. */
export function useRowWindow({ rows, rowHeight, top, covered, kept }: Options) {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const [initial] = useState(() => ({
    initialOffset: scrollY,
    initialRect: { width: innerWidth, height: innerHeight },
  }));
  const [virtualizer] = useState(() => new Virtualizer<Window, Element>({ ...BASE, ...initial }));
  virtualizer.setOptions({
    ...BASE,
    ...initial,
    count: rows,
    estimateSize: () => rowHeight,
    scrollMargin: top,
    scrollPaddingStart: covered,
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      return kept < 0 || kept >= rows || indexes.includes(kept) ? indexes : [...indexes, kept].sort((a, b) => a - b);
    },
    onChange: () => draw(undefined),
  });
  // Rows of another height have to be placed anew.
  useLayoutEffect(() => virtualizer.measure(), [rowHeight]);
  // As the adapters of the library do, which has none for Preact.
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}

/** @returns a function that tells whether more goes by than anybody can look at */
export function speedometer() {
  let before = { offset: 0, at: 0 };
  let isFast = false;
  return ({ scrollOffset, scrollRect }: Pick<Virtualizer<Window, Element>, 'scrollOffset' | 'scrollRect'>): boolean => {
    const now = { offset: scrollOffset ?? 0, at: performance.now() };
    const time = Math.max(now.at - before.at, GLANCE_MS);
    const screens = Math.abs(now.offset - before.offset) / (scrollRect?.height || 1);
    const isTooMuch = (screens * GLANCE_MS) / time > FAST;
    // One page down is not fast, however short it took.
    if (isTooMuch || time > GLANCE_MS) isFast = isTooMuch;
    if (time > GLANCE_MS) before = now;
    return isFast;
  };
}
