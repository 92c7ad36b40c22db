import './charts.css';
import { duration } from '../shared/format.ts';
import { setParameters } from '../shared/url-state.ts';
import { Aside } from './aside.tsx';
import { Chart, roundCount, roundDuration, type Series } from './chart.tsx';
import { Codes } from './codes.tsx';
import type { Stats } from './types.ts';

export const WINDOWS = { hour: 'Hour', day: 'Day' } as const;
export type Window = keyof typeof WINDOWS;

const COUNTS = [
  ['succeeded', 'good'],
  ['failed', 'bad'],
  ['revoked', 'idle'],
] as const;

const TIMES = [
  ['Time in the queue', 'queue_ms'],
  ['Time rendering', 'render_ms'],
] as const;

/** What happened over the last hour or day. */
export function Charts({ stats, window }: { stats: Stats; window: Window }) {
  const { points, totals, step_seconds: stepSeconds } = stats;
  // What is shown, which is not yet the other one while that is being asked for.
  const whole = `in the last ${stats.window}`;
  const time = { whole, starts: points.map(({ at }) => at), stepSeconds };
  const counts = COUNTS.map(
    ([label, tone]): Series => ({
      label: label === 'revoked' ? 'cancelled' : label,
      tone,
      values: points.map((point) => point[label]),
      overall: totals[label],
    }),
  );
  return (
    <Aside class="charts" title="Over time">
      <fieldset class="segmented">
        <legend class="visually-hidden">Time to show</legend>
        {Object.entries(WINDOWS).map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="window"
              checked={value === window}
              onChange={() => setParameters({ window: value === 'hour' ? null : value }, 'push')}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <div class="strip">
        <Chart title="Finished tasks" as="bars" series={counts} format={String} roundUp={roundCount} {...time} />
        {TIMES.map(([title, key]) => (
          <Chart
            key={key}
            title={title}
            as="lines"
            series={(['p50', 'p95'] as const).map((percentile) => ({
              label: percentile === 'p50' ? 'median' : '95 % within',
              tone: percentile === 'p50' ? 'busy' : 'warn',
              values: points.map((point) => point[key]?.[percentile] ?? null),
              overall: totals[key]?.[percentile] ?? null,
            }))}
            format={duration}
            roundUp={roundDuration}
            {...time}
          />
        ))}
        <Codes failures={stats.failures} window={stats.window} />
      </div>
    </Aside>
  );
}
