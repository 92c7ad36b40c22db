import type { Rect } from './image.ts';

/** The smallest rectangle around both; an empty one counts for nothing. */
export function union(one: Rect, other: Rect): Rect {
  if (one.width === 0 || one.height === 0) return other;
  if (other.width === 0 || other.height === 0) return one;
  const left = Math.min(one.left, other.left);
  const top = Math.min(one.top, other.top);
  const right = Math.max(one.left + one.width, other.left + other.width);
  const bottom = Math.max(one.top + one.height, other.top + other.height);
  return { left, top, width: right - left, height: bottom - top };
}
