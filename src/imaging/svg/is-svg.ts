import { decodeText } from './text.ts';

/** A licence may stand before the drawing. */
const BYTES_LOOKED_AT = 16_384;
/** Where XML's prolog (XML 1.0, 2.8) has ended: what may come before the root element, one after the other. */
const PROLOG_PARTS = [/\s+/y, /<\?[\s\S]*?\?>/y, /<!--[\s\S]*?-->/y, /<!DOCTYPE[^[>]*(?:\[[\s\S]*?\]\s*)?>/iy];
const ROOT = /<(?:[\w.-]+:)?svg[\s/>]/y;

/** Whether a file is an SVG drawing: it has no magic number, but its root element comes first. */
export function isSvg(bytes: Uint8Array): boolean {
  let text: string;
  try {
    text = decodeText(bytes.subarray(0, BYTES_LOOKED_AT));
  } catch {
    return false;
  }
  let at = 0;
  for (let part: RegExp | undefined; ; at = part.lastIndex) {
    part = PROLOG_PARTS.find((pattern) => matchesAt(pattern, text, at));
    if (!part) return matchesAt(ROOT, text, at);
  }
}

function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}
