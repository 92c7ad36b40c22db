import { useEffect, useState } from 'preact/hooks';
import { ago, clock, duration } from '../shared/format.ts';

const listeners = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** What there is to say of a time, looked at each second: everywhere at once, so that a table moves as one. */
function useSaid(time: string, say: (time: string) => string): string {
  const [, setText] = useState('');
  useEffect(() => {
    const look = () => setText(say(time));
    listeners.add(look);
    ticking ??= setInterval(() => {
      for (const tell of listeners) tell();
    }, 1_000);
    return () => {
      listeners.delete(look);
      if (listeners.size > 0) return;
      clearInterval(ticking);
      ticking = undefined;
    };
  }, [time, say]);
  return say(time);
}

/** How long ago a time (ISO 8601) was; which one it was on hover. */
export function Ago({ time }: { time: string }) {
  const text = useSaid(time, ago);
  return (
    <time dateTime={time} title={clock(time)}>
      {text}
    </time>
  );
}

/** For how long something has been going on. */
export function For({ since }: { since: string }) {
  return useSaid(since, passed);
}

/** How long until a time. */
export function Until({ time }: { time: string }) {
  return useSaid(time, left);
}

/** Since a time; the clocks of browser and server differ, and what begins now has not gone on for less than nothing. */
export function passed(time: string): string {
  return duration(Math.max(0, Math.floor((Date.now() - Date.parse(time)) / 1_000)) * 1_000);
}

function left(time: string): string {
  const seconds = Math.ceil((Date.parse(time) - Date.now()) / 1_000);
  return seconds > 0 ? `in ${duration(seconds * 1_000)}` : 'any moment';
}
