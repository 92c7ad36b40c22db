const ALIGNMENT: usize = 16;
/** Whole vectors are loaded and stored, and may reach so far beyond the end of what was asked for. */
const SLACK: usize = 16;
const PAGE_BITS = 16;

let next: usize = __heap_base;
/** Memory from here on has never been given out: it is still all zeros. */
let untouched: usize = __heap_base;

/** Takes back all that was given out. */
export function freeAll(): void {
  next = __heap_base;
}

/** @returns what `freeFrom` takes to free what will have been given out from now on */
export function mark(): usize {
  return next;
}

export function freeFrom(at: usize): void {
  next = at;
}

/** @returns the address of so many zero bytes */
export function allocate(bytes: usize): usize {
  return give((next + ALIGNMENT - 1) & ~(ALIGNMENT - 1), bytes);
}

/** Lets what was given out last end at `end`, with anything in it. */
export function extendTo(end: usize): void {
  next = end + SLACK;
  grow();
  untouched = max(next, untouched);
}

function give(at: usize, bytes: usize): usize {
  next = at + bytes + SLACK;
  grow();
  if (at < untouched) memory.fill(at, 0, min(next, untouched) - at);
  untouched = max(next, untouched);
  return at;
}

function grow(): void {
  const pages = <i32>((next + (1 << PAGE_BITS) - 1) >>> PAGE_BITS) - memory.size();
  if (pages > 0) memory.grow(pages);
}
