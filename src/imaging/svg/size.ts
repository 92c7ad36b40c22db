import { corrupt } from '../errors.ts';
import type { Element } from './xml.ts';

/** The coordinates that a drawing's root shows. */
export interface ViewBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** CSS Values 4, 6.2: pixels of a unit; `em` and `ex` as browsers take them without a font. */
const PIXELS: Record<string, number> = {
  '': 1,
  px: 1,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  q: 96 / 101.6,
  pt: 96 / 72,
  pc: 16,
  em: 16,
  rem: 16,
  ex: 8,
};
const LENGTH = /^\s*\+?((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i;
/** CSS 2.2, 10.3.2: of what has neither a size nor a ratio. */
const DEFAULT = { width: 300, height: 150 };
/** A picture longer than this many times its other side is shown as if it were so long. */
const LONGEST_RATIO = 1000;

/**
 * Reads the size of a drawing, of which only the ratio matters.
 *
 * @returns the size in CSS pixels (SVG 2, 8.2 and 8.7), and the coordinates it shows
 */
export function sizeOf(root: Element): { width: number; height: number; viewBox: ViewBox } {
  const given = viewBoxOf(root.attributes.get('viewBox'));
  const width = lengthOf(root.attributes.get('width'));
  const height = lengthOf(root.attributes.get('height'));
  if (width === 0 || height === 0) throw corrupt('svg', `its size is ${width ?? 'auto'}×${height ?? 'auto'}.`);
  const size = withRatio(width, height, given ?? DEFAULT);
  const ratio = size.width / size.height;
  if (!(ratio >= 1 / LONGEST_RATIO && ratio <= LONGEST_RATIO)) {
    throw corrupt(
      'svg',
      `its size is ${size.width}×${size.height}; one side is more than ${LONGEST_RATIO} times the other.`,
    );
  }
  return { ...size, viewBox: given ?? { left: 0, top: 0, ...size } };
}

function withRatio(
  width: number | null,
  height: number | null,
  of: { width: number; height: number },
): { width: number; height: number } {
  if (width !== null && height !== null) return { width, height };
  if (width !== null) return { width, height: (width * of.height) / of.width };
  if (height !== null) return { width: (height * of.width) / of.height, height };
  return { width: of.width, height: of.height };
}

/** @returns CSS pixels; `null` for `auto`, percentages and what cannot be read */
function lengthOf(text: string | undefined): number | null {
  const [, number, unit] = LENGTH.exec(text ?? '') ?? [];
  const pixels = Number(number) * (PIXELS[unit?.toLowerCase() ?? ''] ?? Number.NaN);
  return Number.isFinite(pixels) ? pixels : null;
}

function viewBoxOf(text: string | undefined): ViewBox | null {
  const numbers = (text ?? '')
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const [left, top, width, height] = numbers;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite) || width <= 0 || height <= 0) return null;
  return { left, top, width, height };
}
