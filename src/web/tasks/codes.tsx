import { setParameters } from '../shared/url-state.ts';
import { NO_FILTER } from './filter.ts';
import type { Stats } from './types.ts';

/** Why tasks failed, the most frequent first; a click finds them. */
export function Codes({ failures, window }: { failures: Stats['failures']; window: Stats['window'] }) {
  const [{ count: most } = { count: 1 }] = failures;
  const find = (code: string) =>
    setParameters({ ...NO_FILTER, state: 'FAILURE', reason: code, range: window === 'hour' ? '1h' : '24h' }, 'push');
  return (
    <div class="codes">
      <h3>Failures by code</h3>
      {failures.length === 0 && <p class="soft small">No failures in the last {window}.</p>}
      <ul>
        {failures.map(({ code, count }) => (
          <li key={code}>
            <button type="button" onClick={() => find(code)} title="Show these tasks">
              <span>{code}</span>
              <b>{count}</b>
              <span class="bar">
                <i style={{ width: `${(100 * count) / most}%` }} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
