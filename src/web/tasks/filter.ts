import { parseEmojiName } from '../../domain/emoji-name.ts';
import { TASK_KINDS, TASK_STATES, type TaskState } from '../../domain/task.ts';
import type { Sort, Task, TaskQuery } from './types.ts';

/** Milliseconds back from now, by what the address calls them. */
export const RANGES = { '15m': 900_000, '1h': 3_600_000, '24h': 86_400_000 } as const;

/** Each order that the API knows, in words. */
export const SORTS: Record<Sort, string> = {
  newest: 'Newest first',
  oldest: 'Oldest first',
  finished: 'Last finished first',
};

export function readSort(parameters: URLSearchParams): Sort {
  const sort = parameters.get('sort') ?? '';
  return isSort(sort) ? sort : 'newest';
}

/** Which tasks are wanted, as the address of the page has it: all that is empty does not matter. */
export interface Filter {
  states: TaskState[];
  kind: (typeof TASK_KINDS)[number] | null;
  name: string;
  range: keyof typeof RANGES | null;
  /** ISO 8601; of the person's own range. */
  from: string;
  to: string;
  reason: string;
}

/** The parameters of the address that a filter is made of; and the page of what it finds. */
const PARAMETERS = ['state', 'kind', 'name', 'range', 'from', 'to', 'reason'] as const;
export const NO_FILTER = Object.fromEntries([...PARAMETERS, 'cursor'].map((name) => [name, null]));

/** Leaves out what no filter can be: an address may be written by hand. */
export function readFilter(parameters: URLSearchParams): Filter {
  const get = (name: (typeof PARAMETERS)[number]) => (parameters.get(name) ?? '').trim();
  const given = get('state').toUpperCase().split(',');
  const range = get('range');
  return {
    states: TASK_STATES.filter((state) => given.includes(state)),
    kind: TASK_KINDS.find((kind) => kind === get('kind')) ?? null,
    name: get('name'),
    range: isRange(range) ? range : null,
    from: isoTime(get('from')),
    to: isoTime(get('to')),
    reason: get('reason').slice(0, 200),
  };
}

export function isEmpty(filter: Filter): boolean {
  return Object.values(filter).every((value) => value === null || value.length === 0);
}

/** The filter as the API takes it. */
export function queryOf(filter: Filter, now: number): TaskQuery {
  const { states, kind, name, reason } = filter;
  const { from, to } = times(filter, now);
  return {
    ...(states.length > 0 && { state: states.join(',') }),
    ...(kind && { kind }),
    ...(name && { name }),
    ...(from !== null && { from: new Date(from).toISOString() }),
    ...(to !== null && { to: new Date(to).toISOString() }),
    ...(reason && { reason }),
  };
}

/** Whether the API would find a task by the filter. Of the reason it says `true` where only the API can know. */
export function matches(filter: Filter, task: Task, now: number): boolean {
  const { states, kind, name, reason } = filter;
  if (states.length > 0 && !states.includes(task.state)) return false;
  if (kind && task.kind !== kind) return false;
  if (name && task.emoji_name !== canonical(name)) return false;
  const { from, to } = times(filter, now);
  const receivedAt = Date.parse(task.received_at);
  if ((from !== null && receivedAt < from) || (to !== null && receivedAt >= to)) return false;
  if (!reason || task.state === 'RETRY' || task.state === 'REVOKED') return true;
  const { message = '', code } = task.error ?? {};
  return code === reason || message.toLowerCase().includes(reason.toLowerCase());
}

function times({ range, from, to }: Filter, now: number): { from: number | null; to: number | null } {
  if (range) return { from: now - RANGES[range], to: null };
  return { from: from ? Date.parse(from) : null, to: to ? Date.parse(to) : null };
}

function canonical(name: string): string {
  const parsed = parseEmojiName(name);
  return parsed.ok ? parsed.name : name;
}

function isRange(range: string): range is keyof typeof RANGES {
  return Object.hasOwn(RANGES, range);
}

function isSort(sort: string): sort is Sort {
  return Object.hasOwn(SORTS, sort);
}

function isoTime(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}
