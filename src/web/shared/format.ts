/** 13370 as `13.1 kB`. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const kilobytes = count / 1_024;
  return kilobytes < 1_000 ? `${short(kilobytes)} kB` : `${short(kilobytes / 1_024)} MB`;
}

/** 1370 milliseconds as `1.37 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 60) return `${short(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 60) return `${short(minutes)} min`;
  const hours = minutes / 60;
  return hours < 48 ? `${short(hours)} h` : `${short(hours / 24)} days`;
}

/** How long ago a time (ISO 8601) was, in words. */
export function ago(time: string, now = Date.now()): string {
  const seconds = Math.round((Date.parse(time) - now) / 1_000);
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (seconds > -5) return 'just now';
  if (seconds > -60) return words.format(seconds, 'second');
  if (seconds > -3_600) return words.format(Math.round(seconds / 60), 'minute');
  if (seconds > -86_400) return words.format(Math.round(seconds / 3_600), 'hour');
  return words.format(Math.round(seconds / 86_400), 'day');
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** A time (ISO 8601) as a clock on the wall here says it. */
export function clock(time: string): string {
  return CLOCK.format(new Date(time));
}

/** Three digits are enough to compare two. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
