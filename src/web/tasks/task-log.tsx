import { bytes, clock, duration } from '../shared/format.ts';
import type { FullTask } from '../shared/watch-task.ts';

type Detail = string | number;

const WORDS: Record<string, (value: number) => string> = {
  attempt: (number) => `attempt ${number}`,
  bytes,
  frames: (count) => (count === 1 ? '1 frame' : `${count} frames`),
  ms: duration,
  sends: (count) => (count === 1 ? 'the first one' : `number ${count}`),
};

/** What happened to a task, step by step: each by the time since it was received. */
export function TaskLog({ log, receivedAt }: { log: FullTask['log']; receivedAt: string }) {
  if (log.length === 0) return <p class="soft small">It has been over for so long that its log is gone.</p>;
  return (
    <ol class="log">
      {log.map(({ at, event, details }, i) => (
        <li key={i}>
          <time dateTime={at} title={clock(at)}>
            +{duration(Math.max(0, Date.parse(at) - Date.parse(receivedAt)))}
          </time>
          <span>{[event.replaceAll('_', ' '), ...Object.entries(details).map(inWords)].join(' · ')}</span>
        </li>
      ))}
    </ol>
  );
}

function inWords([name, value]: [string, Detail]): string {
  return typeof value === 'number' ? (WORDS[name]?.(value) ?? `${name} ${value}`) : value;
}
