import { type Declaration, declarationsOf, descendants, readStyleSheet, type StyleSheet } from './styles.ts';
import { type Element, tooComplicated } from './xml.ts';

/**
 * What drawing takes at most, in microseconds at 200×200 pixels, measured on drawings that are nothing but the one thing,
 * each time over the whole canvas. Real ones take a hundredth of what they are reckoned at.
 */
const COST = {
  element: 2,
  shape: 50,
  /** A character of path data: a line across the canvas has some five. */
  pathCharacter: 12,
  dashedStroke: 30_000,
  /** An embedded raster picture, of as many pixels as fit into memory. */
  image: 100_000,
  /** Coordinates far out, or a steep scale: curves are cut into very many pieces. */
  farOut: 300_000,
  gradient: 1_100,
  pattern: 2_500,
  /** What is drawn on a canvas of its own: opacity, blending, mask, clip path. */
  layer: 2_700,
  filterPrimitive: 20_000,
  turbulenceOctave: 6_000,
  /** Of a convolution, for each number of its kernel. */
  kernelNumber: 220,
  /** Of feMorphology, for each square pixel of its radius; it is no more than the canvas. */
  morphologySquarePixel: 1_600,
  morphologyAtMost: 3_500_000,
  /** Matching a style sheet's declaration with an element. */
  styleMatch: 0.05,
} as const;

/** Ten seconds, reckoned so. */
const BUDGET = 10_000_000;
/** The size that the costs are for. */
const PIXELS = 40_000;
/** What refers to what refers to … */
const MOST_DEPTH = 256;

const SHAPES = new Set(['path', 'rect', 'circle', 'ellipse', 'line', 'polyline', 'polygon', 'text', 'image', 'use']);
/** Elements that are drawn only where others refer to them. */
const DEFINITIONS = new Set([
  'defs',
  'symbol',
  'clipPath',
  'mask',
  'pattern',
  'marker',
  'filter',
  'linearGradient',
  'radialGradient',
  'style',
]);
const PAINTS = new Set(['fill', 'stroke', 'marker', 'marker-start', 'marker-mid', 'marker-end']);
const LAYERS = new Set(['opacity', 'mask', 'clip-path', 'filter', 'mix-blend-mode', 'isolation']);
const COORDINATES = new Set([
  ...['d', 'points', 'transform', 'stroke-width', 'width', 'height', 'r', 'rx', 'ry', 'cx', 'cy'],
  ...['x', 'y', 'x1', 'y1', 'x2', 'y2'],
]);
const FAR_OUT = /(?<![.\d])\d{6,}|\de\+?\d/i;
const URL_REFERENCE = /url\(\s*["']?#([^"')\s]+)/;

/** What is in an element, with all that it refers to. */
interface Total {
  cost: number;
  elements: number;
  pathCharacters: number;
}

/**
 * Refuses a drawing that would take too long: WebAssembly cannot be interrupted.
 *
 * @param pixels that it is to be drawn at
 * @throws ImagingError
 */
export function checkCost(root: Element, pixels: number): void {
  const sheet = readStyleSheet(root);
  const elements = [...descendants(root)];
  const declarations = [...sheet.values()].reduce((sum, list) => sum + list.length, 0);
  const matching = declarations * elements.length * COST.styleMatch;
  const cost = matching > BUDGET ? matching : matching + new Estimate(elements, sheet).of(root).cost;
  const atSize = cost * Math.max(1, pixels / PIXELS);
  if (atSize > BUDGET) {
    const percent = Math.ceil((100 * atSize) / BUDGET);
    throw tooComplicated(
      `it has ${elements.length} elements that, with what they repeat and refer to, come to ${percent < 1e6 ? percent : 'over a million'} percent of the work allowed`,
    );
  }
}

class Estimate {
  readonly #sheet: StyleSheet;
  readonly #byId = new Map<string, Element>();
  /** `null` while an element is being reckoned: drawing, too, leaves out what refers to itself. */
  readonly #totals = new Map<Element, Total | null>();

  constructor(elements: Element[], sheet: StyleSheet) {
    this.#sheet = sheet;
    for (const element of elements) {
      const id = element.attributes.get('id');
      if (id !== undefined && !this.#byId.has(id)) this.#byId.set(id, element);
    }
  }

  of(element: Element, depth = 0): Total {
    const known = this.#totals.get(element);
    if (known !== undefined) return known ?? { cost: 0, elements: 0, pathCharacters: 0 };
    if (depth > MOST_DEPTH)
      throw tooComplicated(`it has elements that refer to each other more than ${MOST_DEPTH} deep`);
    this.#totals.set(element, null);

    const declarations = declarationsOf(element, this.#sheet);
    const total = { ...ownCost(element, declarations), elements: 1 };
    const add = (other: Total): void => {
      total.cost += other.cost;
      total.elements += other.elements;
      total.pathCharacters += other.pathCharacters;
    };
    for (const child of element.children) {
      if (typeof child !== 'string' && !DEFINITIONS.has(child.name)) add(this.of(child, depth + 1));
    }
    for (const [property, value] of declarations) {
      if (property === 'href' && value.startsWith('#')) add(this.#target(value.slice(1), depth));
      const id = URL_REFERENCE.exec(value)?.[1];
      if (id === undefined) continue;
      const { cost } = this.#target(id, depth);
      // Paint is inherited by all that is inside; markers are drawn at each vertex, which has two characters at least.
      if (property.startsWith('marker')) total.cost += cost * (total.elements + total.pathCharacters / 2);
      else total.cost += cost * (PAINTS.has(property) ? total.elements : 1);
    }
    this.#totals.set(element, total);
    return total;
  }

  #target(id: string, depth: number): Total {
    const target = this.#byId.get(id);
    return target ? this.of(target, depth + 1) : { cost: 0, elements: 0, pathCharacters: 0 };
  }
}

/** Of the element without its children. */
function ownCost({ name, attributes }: Element, declarations: Declaration[]): { cost: number; pathCharacters: number } {
  const number = (attribute: string): number => Math.abs(Number.parseFloat(attributes.get(attribute) ?? '')) || 0;
  const pathCharacters = (attributes.get('d') ?? attributes.get('points') ?? '').length;
  let cost: number = COST.element + pathCharacters * COST.pathCharacter;
  if (SHAPES.has(name)) cost += COST.shape;
  if (name === 'image') cost += COST.image;
  if (name === 'linearGradient' || name === 'radialGradient') cost += COST.gradient;
  if (name === 'pattern') cost += COST.pattern;
  if (name.startsWith('fe')) cost += primitiveCost(name, number, attributes);
  for (const [property, value] of declarations) {
    if (LAYERS.has(property) && value !== 'none' && value !== '1') cost += COST.layer;
    // Filters without an element: `blur(2px) drop-shadow(…)`.
    if (property === 'filter') cost += COST.filterPrimitive * (value.split('(').length - 1);
    if (property === 'stroke-dasharray' && value !== 'none') cost += COST.dashedStroke;
    if (COORDINATES.has(property) && FAR_OUT.test(value)) cost += COST.farOut;
  }
  return { cost, pathCharacters };
}

function primitiveCost(
  name: string,
  number: (attribute: string) => number,
  attributes: ReadonlyMap<string, string>,
): number {
  if (name === 'feTurbulence') return COST.turbulenceOctave * Math.max(1, number('numOctaves'));
  if (name === 'feConvolveMatrix') {
    const [columns = 3, rows = columns] = (attributes.get('order') ?? '3').split(/[\s,]+/).map(Number);
    return COST.filterPrimitive + COST.kernelNumber * (columns * rows || 0);
  }
  if (name === 'feMorphology') {
    const squarePixels = number('radius') ** 2;
    return COST.filterPrimitive + Math.min(COST.morphologyAtMost, COST.morphologySquarePixel * squarePixels);
  }
  return /^fe(Func|MergeNode|.*Light$)/.test(name) ? 0 : COST.filterPrimitive;
}
