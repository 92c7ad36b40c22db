import './filters.css';
import { TASK_KINDS, TASK_STATES } from '../../domain/task.ts';
import { SearchField } from '../shared/search-field.tsx';
import { setParameters } from '../shared/url-state.ts';
import { type Filter, SORTS } from './filter.ts';
import { STATES } from './states.ts';
import type { Counts, Sort } from './types.ts';

const RANGE_LABELS = { '15m': 'Last 15 minutes', '1h': 'Last hour', '24h': 'Last day' } as const;

/** How many tasks are in each state; those of the states that are switched on are shown. */
export function Counters({ counts, filter }: { counts: Counts | null; filter: Filter }) {
  const toggle = (state: Filter['states'][number], isOn: boolean) => {
    const states = TASK_STATES.filter((other) => (other === state ? isOn : filter.states.includes(other)));
    setFilter({ state: states.join(',') });
  };
  return (
    <fieldset class="counters">
      <legend class="visually-hidden">States to show</legend>
      {TASK_STATES.map((state) => (
        <label key={state} title={state}>
          <input
            type="checkbox"
            checked={filter.states.includes(state)}
            onChange={({ currentTarget }) => toggle(state, currentTarget.checked)}
          />
          <span class={`name tone-${STATES[state].tone}`}>{STATES[state].label}</span>
          <span class="count">{counts ? counts[state].toLocaleString('en') : '–'}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** What else the tasks are found by. */
export function Filters({ filter, sort }: { filter: Filter; sort: Sort }) {
  const { kind, name, range, from, to, reason } = filter;
  const isOwn = from !== '' || to !== '';
  return (
    <search class="filters">
      <SearchField label="Emoji" placeholder="Whole name" value={name} parameter="name" />
      <SearchField label="Reason" placeholder="Words, or a code" value={reason} parameter="reason" />
      <label class="field">
        <span class="label">Kind</span>
        <select
          class="select"
          value={kind ?? ''}
          onChange={({ currentTarget }) => setFilter({ kind: currentTarget.value })}
        >
          <option value="">Any</option>
          {TASK_KINDS.map((kind) => (
            <option key={kind}>{kind}</option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="label">Received</span>
        <select
          class="select"
          value={isOwn ? 'own' : (range ?? '')}
          onChange={({ currentTarget: { value } }) =>
            setFilter(value === 'own' ? ownRange() : { ...NO_RANGE, range: value })
          }
        >
          <option value="">At any time</option>
          {Object.entries(RANGE_LABELS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
          <option value="own">From … to …</option>
        </select>
      </label>
      {isOwn && (
        <>
          <TimeField label="From" value={from} parameter="from" />
          <TimeField label="To" value={to} parameter="to" />
        </>
      )}
      <label class="field">
        <span class="label">Order</span>
        <select class="select" value={sort} onChange={({ currentTarget }) => setFilter({ sort: currentTarget.value })}>
          {Object.entries(SORTS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </search>
  );
}

const NO_RANGE = { range: null, from: null, to: null };

/** What the person's own range begins with: the last hour. */
function ownRange() {
  const minute = 60_000 * Math.floor(Date.now() / 60_000);
  return { ...NO_RANGE, from: new Date(minute - 3_600_000).toISOString() };
}

/** From the first page again: a cursor is of one list. */
function setFilter(changes: Record<string, string | null>): void {
  setParameters({ ...changes, cursor: null }, 'push');
}

function TimeField({ label, value, parameter }: { label: string; value: string; parameter: 'from' | 'to' }) {
  const set = (local: string) => setFilter({ [parameter]: local && new Date(local).toISOString() });
  return (
    <label class="field wide">
      <span class="label">{label}</span>
      <input
        class="input"
        type="datetime-local"
        value={value && localTime(value)}
        onChange={({ currentTarget }) => set(currentTarget.value)}
      />
    </label>
  );
}

/** As a field for a local time has it: `2026-11-25T09:30`. */
function localTime(time: string): string {
  const milliseconds = Date.parse(time);
  const offset = new Date(milliseconds).getTimezoneOffset() * 60_000;
  return new Date(milliseconds - offset).toISOString().slice(0, 16);
}
