import { useEffect, useRef, useState } from 'preact/hooks';
import { bodyOf, type Problem, problemFrom, taskApi } from '../shared/api.ts';
import { onTask } from './connection.ts';
import { type Filter, matches, queryOf } from './filter.ts';
import type { Sort, Task } from './types.ts';

export interface Wanted {
  filter: Filter;
  sort: Sort;
  /** Empty for the first page. */
  cursor: string;
}

export interface TaskList {
  /** Null as long as there was no answer. */
  tasks: Task[] | null;
  nextCursor: string | null;
  problem: Problem | null;
  /** Whether another list than the one that is shown is being asked for. */
  isBusy: boolean;
  /** How many have come that are not shown, since the person is reading. */
  arrived: number;
  showArrived(): void;
}

const PAGE_SIZE = 50;

/** Tasks that change in a burst are asked for once. */
const AFTER_CHANGE_MS = 500;

interface Page {
  of: string;
  tasks: Task[];
  nextCursor: string | null;
}

/**
 * One page of the list of tasks. Those that are shown change in place; which ones are shown only changes by asking anew,
 * so that the page and where it goes on are as the API has them.
 *
 * @param isHeld whether a person is reading: then nothing may move
 */
export function useTaskList(wanted: Wanted, generation: number | null, isHeld: boolean): TaskList {
  const [page, setPage] = useState<Page | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [arrived, setArrived] = useState<ReadonlySet<string>>(new Set());
  const key = JSON.stringify(wanted);
  const held = useRef(isHeld);
  /** Whether something was not done since the list is held. */
  const hasSkipped = useRef(false);
  const lookNow = useRef(() => {});

  useEffect(() => {
    if (generation === null) return;
    let isOver = false;
    let shown: Page | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isAsking = false;
    /** What changed while the API was being asked: its answer may be older. */
    const changed = new Map<string, Task>();

    const show = (next: Page) => {
      shown = next;
      setPage(next);
    };
    const look = async () => {
      timer = undefined;
      isAsking = true;
      hasSkipped.current = false;
      changed.clear();
      try {
        const { data, next_cursor: nextCursor } = await bodyOf(askFor(wanted));
        if (isOver) return;
        show({ of: key, tasks: data.map((task) => changed.get(task.id) ?? task), nextCursor });
        setProblem(null);
        setArrived(new Set());
      } catch (error) {
        if (isOver) return;
        setProblem(problemFrom(error));
      }
      isAsking = false;
      for (const task of changed.values()) consider(task);
    };
    const lookSoon = () => {
      if (!isAsking) timer ??= setTimeout(look, AFTER_CHANGE_MS);
    };
    const consider = (task: Task) => {
      if (shown === null) return;
      const isShown = shown.tasks.some(({ id }) => id === task.id);
      const isWanted = matches(wanted.filter, task, Date.now()) && belongsOn(wanted, shown, task);
      if (isShown) show({ ...shown, tasks: shown.tasks.map((old) => (old.id === task.id ? task : old)) });
      if (isShown === isWanted || (isShown && wanted.cursor)) return;
      if (!held.current) return lookSoon();
      hasSkipped.current = true;
      if (isWanted) setArrived((now) => new Set(now).add(task.id));
    };
    const stop = onTask((task) => {
      if (isAsking) changed.set(task.id, task);
      consider(task);
    });
    lookNow.current = () => {
      clearTimeout(timer);
      if (!isAsking) void look();
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
      stop();
    };
  }, [key, generation]);

  useEffect(() => {
    held.current = isHeld;
    if (!isHeld && hasSkipped.current) lookNow.current();
  }, [isHeld]);

  return {
    tasks: page?.tasks ?? null,
    nextCursor: page?.nextCursor ?? null,
    problem,
    isBusy: page?.of !== key && problem === null,
    arrived: arrived.size,
    showArrived: () => lookNow.current(),
  };
}

function askFor({ filter, sort, cursor }: Wanted) {
  const query = { ...queryOf(filter, Date.now()), sort, limit: String(PAGE_SIZE), ...(cursor && { cursor }) };
  return taskApi.tasks.$get({ query });
}

/** Whether a task that the filter finds is one of this page, and not of one before or after it. */
function belongsOn({ sort, cursor }: Wanted, { tasks, nextCursor }: Page, task: Task): boolean {
  if (cursor) return false;
  if (sort === 'finished' && task.finished_at === null) return false;
  const last = tasks.at(-1);
  if (nextCursor === null || last === undefined) return true;
  // Times of ISO 8601 sort as text.
  if (sort === 'finished') return (task.finished_at ?? '') >= (last.finished_at ?? '');
  return sort === 'newest' ? task.received_at >= last.received_at : task.received_at <= last.received_at;
}
