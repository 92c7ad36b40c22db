import './chart.css';
import { useState } from 'preact/hooks';

export interface Series {
  label: string;
  tone: 'idle' | 'busy' | 'warn' | 'good' | 'bad';
  /** For each step; null where there is none. */
  values: (number | null)[];
  /** For the whole time. */
  overall: number | null;
}

interface Props {
  title: string;
  /** What the whole time is called. */
  whole: string;
  /** Starts of the steps (ISO 8601), oldest first. */
  starts: string[];
  stepSeconds: number;
  /** Bars are put on top of each other, lines are not. */
  as: 'bars' | 'lines';
  series: Series[];
  format(value: number): string;
  /** The end of the axis for the highest value. */
  roundUp(value: number): number;
}

const HOUR = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const HEIGHT = 100;

/** Values over time. Those of one step are told where the pointer is, and by the arrow keys: it is a slider as well. */
export function Chart({ title, whole, starts, stepSeconds, as, series, format, roundUp }: Props) {
  const [at, setAt] = useState<number | null>(null);
  const last = starts.length - 1;
  const here = at === null ? null : Math.min(at, last);
  const stepOf = (index: number) => {
    const start = Date.parse(starts[index] ?? '');
    return `${HOUR.format(start)} – ${HOUR.format(start + stepSeconds * 1_000)}`;
  };
  const told = (value: number | null | undefined) => (value == null ? '–' : format(value));
  const valuesAt = (index: number) => series.map(({ label, values }) => `${label} ${told(values[index])}`).join(', ');

  const tops = starts.map((_, i) => {
    const values = series.map(({ values }) => values[i] ?? 0);
    return as === 'bars' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
  });
  const highest = Math.max(...tops);
  const most = roundUp(highest);
  const y = (value: number) => HEIGHT * (1 - value / most);
  const isEmpty = series.every(({ values }) => values.every((value) => !value));

  return (
    <figure class="chart">
      <figcaption>
        <div class="title">
          <h3>{title}</h3>
          <span class="soft small">{here === null ? whole : stepOf(here)}</span>
        </div>
        <ul class="legend">
          {series.map(({ label, tone, values, overall }) => (
            <li key={label}>
              <i class={`tone-${tone}`} />
              <span class="soft">{label}</span> <b>{told(here === null ? overall : values[here])}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="plot">
        <svg viewBox={`0 0 ${starts.length} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {[0, HEIGHT / 2, HEIGHT].map((line) => (
            <line key={line} class="grid" x1="0" x2={starts.length} y1={line} y2={line} />
          ))}
          {here !== null && <rect class="here" x={here} y="0" width="1" height={HEIGHT} />}
          {as === 'bars' ? <Bars series={series} y={y} /> : <Lines series={series} y={y} />}
        </svg>
        {isEmpty ? <p class="nothing">Nothing {whole}</p> : <span class="most">{format(most)}</span>}
        <input
          type="range"
          min="0"
          max={last}
          value={here ?? last}
          aria-label={`${title}, step by step`}
          aria-valuetext={`${stepOf(here ?? last)}: ${valuesAt(here ?? last)}`}
          onInput={({ currentTarget }) => setAt(currentTarget.valueAsNumber)}
          onFocus={({ currentTarget }) => currentTarget.matches(':focus-visible') && setAt(here ?? last)}
          onBlur={() => setAt(null)}
          onPointerMove={({ currentTarget, clientX }) => {
            const { left, width } = currentTarget.getBoundingClientRect();
            setAt(Math.max(0, Math.min(last, Math.floor(((clientX - left) / width) * starts.length))));
          }}
          onPointerLeave={() => setAt(null)}
        />
      </div>
      <div class="axis" aria-hidden="true">
        {[0, Math.floor(last / 2), last].map((index) => (
          <span key={index}>{HOUR.format(Date.parse(starts[index] ?? ''))}</span>
        ))}
      </div>
    </figure>
  );
}

interface Drawn {
  series: Series[];
  y(value: number): number;
}

function Bars({ series, y }: Drawn) {
  const [{ values: steps } = { values: [] }] = series;
  return steps.map((_, i) => {
    let below = 0;
    return series.map(({ label, tone, values }) => {
      const value = values[i] ?? 0;
      if (value === 0) return null;
      const top = y(below + value);
      const height = y(below) - top;
      below += value;
      return <rect key={label} class={`bar tone-${tone}`} x={i + 0.1} y={top} width="0.8" height={height} />;
    });
  });
}

/** Broken where there is nothing; a step between two such is a dot, which the round ends of a line make. */
function Lines({ series, y }: Drawn) {
  return series.map(({ label, tone, values }) => {
    let line = '';
    let dots = '';
    for (const [i, value] of values.entries()) {
      if (value === null) continue;
      const place = `${i + 0.5} ${y(value)}`;
      const [before = null, after = null] = [values[i - 1], values[i + 1]];
      if (before !== null) line += `L${place}`;
      else if (after !== null) line += `M${place}`;
      else dots += `M${place}h0`;
    }
    return (
      <g key={label} class={`tone-${tone}`}>
        <path class="line" d={line} />
        <path class="line dot" d={dots} />
      </g>
    );
  });
}

/** The next of 1, 2, 5, 10, 20, … */
export function roundCount(value: number): number {
  if (value <= 1) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return magnitude * ([1, 2, 5, 10].find((factor) => factor * magnitude >= value) ?? 10);
}

/** The same of milliseconds, seconds, minutes or hours. */
export function roundDuration(milliseconds: number): number {
  // Not 100 seconds, but 2 minutes.
  const unit = [3_600_000, 60_000, 1_000].find((unit) => milliseconds > (unit * 5) / 6) ?? 1;
  return unit * roundCount(milliseconds / unit);
}
