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

/** Screens a second, above which nobody can tell pictures apart. */
const FAST = 4;

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
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}

/** @returns a function that tells whether the page goes by too fast for pictures */
export function speedometer() {
  let before = { offset: 0, at: 0 };
  let isFast = false;
  return ({ scrollOffset, scrollRect }: Pick<Virtualizer<Window, Element>, 'scrollOffset' | 'scrollRect'>): boolean => {
    const now = { offset: scrollOffset ?? 0, at: performance.now() };
    const seconds = (now.at - before.at) / 1_000;
    // Several draws of one frame tell nothing.
    if (seconds < 0.008) return isFast;
    isFast = Math.abs(now.offset - before.offset) > FAST * seconds * (scrollRect?.height ?? 0);
    before = now;
    return isFast;
  };
}
