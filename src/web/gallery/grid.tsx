import './grid.css';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { copy } from '../shared/clipboard.ts';
import type { ListedEmoji } from '../shared/emojis.ts';
import { download, linkTo } from '../shared/share.ts';
import { Tile } from './tile.tsx';
import type { EmojiList } from './use-emoji-list.ts';
import { speedometer, useRowWindow } from './use-row-window.ts';
import type { Settings } from './use-settings.ts';

interface Props {
  list: EmojiList;
  settings: Settings;
  onOpen(name: string): void;
}

/** In rem: the least width of a tile, and its height with the space below it. */
const TILES = { large: { width: 6.75, height: 8.75 }, chat: { width: 10.5, height: 8.25 } };
const GAP = 0.5;

/** Pixels. */
const REM = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

/** What lies over the window: the bar of the page, and the one to search in. */
const COVERED = 8;

/** All emoji of a list, of which those near the window are there. Another list needs another grid. */
export function Grid({ list, settings, onOpen }: Props) {
  const { emojis, isWhole, see } = list;
  const box = useRef<HTMLDivElement>(null);
  const { columns, top } = usePlace(box, TILES[settings.size].width);
  const rowHeight = TILES[settings.size].height * REM;
  const [active, setActive] = useState({ index: 0, name: '' });
  /** Whether the active one is to have the focus, and to be scrolled to. */
  const wanted = useRef<'focus' | 'focus and scroll' | null>(null);
  const [wantsEnd, setWantsEnd] = useState(false);
  const rows = Math.ceil(emojis.length / columns);
  const activeRow = Math.floor(active.index / columns);
  const rowWindow = useRowWindow({ rows, rowHeight, top, covered: COVERED * REM, kept: activeRow });
  const [isFast] = useState(speedometer);
  const isCalm = !(isFast(rowWindow) && rowWindow.isScrolling);
  const { startIndex = 0, endIndex = 0 } = rowWindow.range ?? {};

  useEffect(() => {
    see({ start: startIndex * columns, end: wantsEnd ? Number.POSITIVE_INFINITY : (endIndex + 1) * columns });
  }, [see, startIndex, endIndex, columns, wantsEnd]);

  // Another list starts at its start.
  useLayoutEffect(() => {
    const start = (box.current?.getBoundingClientRect().top ?? 0) + scrollY - COVERED * REM;
    if (scrollY > start) scrollTo({ top: start, behavior: 'instant' });
  }, []);

  useSteadyRows({ emojis, columns, rowHeight, startIndex }, top);

  const goTo = (index: number) => {
    const at = Math.min(Math.max(index, 0), emojis.length - 1);
    const emoji = emojis[at];
    if (emoji === undefined) return;
    wanted.current = 'focus and scroll';
    setActive({ index: at, name: emoji.name });
  };

  useLayoutEffect(() => {
    if (wanted.current === null) return;
    if (wanted.current === 'focus and scroll') rowWindow.scrollToIndex(activeRow, { align: 'auto' });
    wanted.current = null;
    focusTile(box.current, active.index);
  }, [active, activeRow, rowWindow]);

  // The emoji that had the focus may be elsewhere by now, or gone: then the one in its place has it.
  useLayoutEffect(() => {
    if (emojis[active.index]?.name === active.name || active.name === '') return;
    const moved = emojis.findIndex(({ name }) => name === active.name);
    const index = moved >= 0 ? moved : Math.min(active.index, Math.max(emojis.length - 1, 0));
    const hasFocus = document.activeElement === document.body || box.current?.contains(document.activeElement);
    if (hasFocus) wanted.current = 'focus';
    setActive({ index, name: emojis[index]?.name ?? '' });
  }, [emojis, active]);

  useEffect(() => {
    if (!wantsEnd || !isWhole) return;
    setWantsEnd(false);
    goTo(emojis.length - 1);
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const at = indexOf(event.target) ?? active.index;
    const page = columns * Math.max(Math.floor((innerHeight - COVERED * REM) / rowHeight), 1);
    const steps: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - columns < 0 ? at : at - columns,
      ArrowDown: at + columns,
      PageUp: Math.max(at - page, at % columns),
      PageDown: at + page,
      Home: 0,
    };
    const to = steps[event.key];
    if (to !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      setWantsEnd(false);
      goTo(to);
    } else if (event.key === 'End') {
      event.preventDefault();
      setWantsEnd(true);
    } else if (runShortcut(event, emojis[at])) event.preventDefault();
  };

  const virtualRows = rowWindow.getVirtualItems();
  return (
    <>
      <p id="grid-keys" class="visually-hidden">
        Arrow keys move, Enter opens, C copies the name, L copies the link, D downloads.
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: each row is put where it belongs, which rows of a table are not. */}
      <div
        ref={box}
        role="grid"
        class={`grid ${settings.size}`}
        aria-label="Emoji"
        aria-describedby="grid-keys"
        aria-rowcount={isWhole ? rows : -1}
        aria-colcount={columns}
        aria-busy={list.isStale}
        style={{ height: `${rows * rowHeight}px` }}
        onKeyDown={onKeyDown}
        onFocusIn={({ target }) => {
          const index = indexOf(target);
          const emoji = index === null ? undefined : emojis[index];
          if (index !== null && emoji && index !== active.index) setActive({ index, name: emoji.name });
          else if (emoji && active.name === '') setActive({ index: active.index, name: emoji.name });
        }}
      >
        {virtualRows.map(({ index, start }) => (
          <Row
            key={index}
            emojis={emojis}
            row={index}
            columns={columns}
            active={activeRow === index ? active.index : -1}
            style={{
              height: `${rowHeight - GAP * REM}px`,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              transform: `translateY(${start - top}px)`,
            }}
            settings={settings}
            isCalm={isCalm}
            onOpen={onOpen}
          />
        ))}
      </div>
      <p role="status" class={wantsEnd ? 'note' : 'visually-hidden'}>
        {wantsEnd && `Loading all emoji: ${emojis.length.toLocaleString('en')} so far.`}
      </p>
    </>
  );
}

interface RowProps {
  emojis: ListedEmoji[];
  row: number;
  columns: number;
  /** The number of the active emoji, where it is one of these. */
  active: number;
  style: { height: string; gridTemplateColumns: string; transform: string };
  settings: Settings;
  /** Whether there is time to look at it. */
  isCalm: boolean;
  onOpen(name: string): void;
}

/** Drawn again only when something in it is another; blank while it goes by, unless the focus is to be in it. */
function Row({ emojis, row, columns, active, style, settings, isCalm, onOpen }: RowProps) {
  const first = row * columns;
  const wasCalm = useRef(false);
  wasCalm.current ||= isCalm || active >= 0;
  const count = wasCalm.current ? columns : 0;
  return useMemo(
    () => (
      // biome-ignore lint/a11y/useSemanticElements: as for the grid.
      <div role="row" class={count === 0 ? 'row blank' : 'row'} tabIndex={-1} aria-rowindex={row + 1} style={style}>
        {emojis.slice(first, first + count).map((emoji, column) => (
          <Tile
            key={emoji.name}
            emoji={emoji}
            index={first + column}
            column={column + 1}
            isActive={first + column === active}
            settings={settings}
            onOpen={onOpen}
          />
        ))}
      </div>
    ),
    [emojis, first, columns, count, row, active, style.height, style.transform, settings, onOpen],
  );
}

/** How many tiles fit side by side, and where the grid is on the page. */
function usePlace(box: { current: HTMLDivElement | null }, leastWidth: number) {
  const [{ width, top }, setPlace] = useState({ width: 0, top: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      if (box.current === null) return;
      const now = box.current.getBoundingClientRect();
      const next = { width: now.width, top: now.top + scrollY };
      setPlace((before) => (before.width === next.width && before.top === next.top ? before : next));
    };
    measure();
    // What is above it may grow: that is seen by the height of the page.
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [box]);
  const columns = Math.max(Math.floor((width / REM + GAP) / (leastWidth + GAP)), 1);
  return { columns, top };
}

interface Seen {
  emojis: ListedEmoji[];
  columns: number;
  rowHeight: number;
  /** Of the first row in the window. */
  startIndex: number;
}

/** Keeps the emoji at the start of the window where it is when others come or go before it. @param top of the grid */
function useSteadyRows(now: Seen, top: number): void {
  const seen = useRef(now);
  useLayoutEffect(() => {
    const { emojis, columns, rowHeight, startIndex } = seen.current;
    const first = emojis[startIndex * columns];
    seen.current = now;
    // Looked at only then: to ask where the page is scrolled to takes a layout of it.
    if (emojis === now.emojis || columns !== now.columns || rowHeight !== now.rowHeight || first === undefined) return;
    if (now.emojis[startIndex * columns]?.name === first.name || scrollY <= top) return;
    const moved = now.emojis.findIndex(({ name }) => name === first.name);
    const rows = Math.floor(moved / columns) - startIndex;
    if (moved >= 0 && rows !== 0) scrollBy({ top: rows * rowHeight, behavior: 'instant' });
  });
}

/** @returns whether there was something to do */
function runShortcut({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, emoji: ListedEmoji | undefined): boolean {
  if (emoji === undefined || altKey) return false;
  const hasModifier = ctrlKey || metaKey;
  const pressed = key.toLowerCase();
  if (pressed === 'c' && !(hasModifier && getSelection()?.toString())) void copy(`:${emoji.name}:`);
  else if (pressed === 'l' && !hasModifier) void copy(linkTo(emoji.url));
  else if (pressed === 'd' && !hasModifier) download(emoji.url, `${emoji.name}.gif`);
  else return false;
  return true;
}

function indexOf(target: EventTarget | null): number | null {
  const tile = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
  return tile === null ? null : Number(tile.dataset.index);
}

function focusTile(box: HTMLElement | null, index: number): void {
  box?.querySelector<HTMLElement>(`[data-index="${index}"] .open`)?.focus({ preventScroll: true });
}
