import { LIMITS } from '../limits.ts';
import { type Declaration, declarationsOf, descendants, readStyleSheet, type StyleSheet } from './styles.ts';
import { type Element, tooComplex } from './xml.ts';

/**
 * What drawing takes at most, in microseconds at 200×200 pixels, measured on drawings that are nothing but the one thing,
 * each time over the whole canvas and half transparent. Real ones take a hundredth of what they are reckoned at.
 */
const CANVAS_COST = {
  shape: 600,
  gradient: 1_300,
  pattern: 2_800,
  /** What is drawn on a canvas of its own: opacity, blending, mask, clip path. */
  layer: 3_000,
  filterPrimitive: 20_000,
  /** Of a filter without an element: `blur(2px)`. */
  filterFunction: 60_000,
  turbulenceOctave: 3_000,
  /** Of a convolution, for each number of its kernel. */
  kernelNumber: 350,
  /** Of feMorphology, for each square pixel of its radius; it is no more than the canvas. */
  morphologySquarePixel: 1_600,
  morphologyAtMost: 3_500_000,
} as const;

/** What it takes whatever the number of pixels: microseconds again. */
const FIXED_COST = {
  element: 2,
  /** A character of path data: a curve across the canvas has some ten. */
  pathCharacter: 5,
  /** A character of text. */
  textCharacter: 100,
  /** An embedded raster picture, of as many pixels as fit into memory. */
  image: 100_000,
  dash: 1,
  /** More do not fit into memory. */
  dashesAtMost: 100_000,
  /** A stroke far out, or very wide: curves are cut into very many pieces. */
  farOut: 300_000,
  /** Matching a style sheet's declaration with an element. */
  styleMatch: 0.08,
} as const;

/** The size that the costs are for. */
const PIXELS = 40_000;
/** What refers to what refers to … */
const MOST_DEPTH = 256;
/** Coordinates in pixels up to which strokes are quick. */
const FAR_OUT = 1_000_000;
/** Segments of a shape without path data: those of a rounded rectangle. */
const SHAPE_SEGMENTS = 8;
/** What a nested view box may be stretched to, in units. */
const NESTED_SIZE = 1_000;

const SHAPES = new Set(['path', 'rect', 'circle', 'ellipse', 'line', 'polyline', 'polygon', 'image', 'use']);
const TEXTS = new Set(['text', 'tspan', 'textPath', 'tref', 'a']);
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
/** What is inherited by all that is inside, and drawn with each. */
const PAINTS = new Set(['fill', 'stroke', 'marker', 'marker-start', 'marker-mid', 'marker-end']);
const LAYERS = new Set(['opacity', 'mask', 'clip-path', 'filter', 'mix-blend-mode', 'isolation']);
const COORDINATES = new Set([
  ...['d', 'points', 'stroke-width', 'width', 'height', 'r', 'rx', 'ry', 'cx', 'cy', 'font-size'],
  ...['x', 'y', 'x1', 'y1', 'x2', 'y2'],
]);
const LARGE_NUMBER = /(?<![.\d])(?:\d+(?:\.\d*)?e\+?\d+|\d{3,})/gi;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/gi;
const TRANSFORM = /(matrix|scale|skew[XY])\s*\(([^)]*)\)/g;
const URL_REFERENCE = /url\(\s*["']?#([^"')\s]+)/;

/** What is in an element, with all that it refers to. */
interface Total {
  /** Microseconds at `PIXELS`, and whatever the number of pixels. */
  canvas: number;
  fixed: number;
  elements: number;
  pathCharacters: number;
  /** How much transformations enlarge at most. */
  scale: number;
}

const NOTHING: Total = { canvas: 0, fixed: 0, elements: 0, pathCharacters: 0, scale: 0 };

/** What drawing takes at most, reckoned. */
export interface Cost {
  /** @returns microseconds of drawing it at this size */
  at(size: { width: number; height: number }): number;
  elements: number;
}

/**
 * Reckons what drawing takes: WebAssembly cannot be interrupted.
 *
 * @param viewBox the larger side of what is shown, in units
 * @throws ImagingError when that alone would take too long
 */
export function costOf(root: Element, viewBox: number): Cost {
  const sheet = readStyleSheet(root);
  const elements = [...descendants(root)];
  const declarations = [...sheet.values()].reduce((sum, list) => sum + list.length, 0);
  const matching = declarations * elements.length * FIXED_COST.styleMatch;
  const estimate = matching > LIMITS.svgMicroseconds ? null : new Estimate(elements, sheet);
  const total = estimate?.of(root) ?? NOTHING;
  return {
    elements: elements.length,
    at({ width, height }) {
      const reach = ((estimate?.largest ?? 0) * total.scale * Math.max(width, height)) / viewBox;
      const far = reach > FAR_OUT ? FIXED_COST.farOut * total.elements : 0;
      return matching + far + total.fixed + (total.canvas * width * height) / PIXELS;
    },
  };
}

/** @throws ImagingError `too_complex`, in numbers */
export function checkCost(cost: Cost, size: { width: number; height: number }): void {
  const percent = Math.ceil((100 * cost.at(size)) / LIMITS.svgMicroseconds);
  if (percent <= 100) return;
  throw tooComplex(
    `it has ${cost.elements} elements that, with what they repeat and refer to, come to ${percent < 1e6 ? percent : 'over a million'} percent of the work allowed`,
  );
}

class Estimate {
  /** The largest number among coordinates. */
  readonly largest: number;
  readonly #root: Element;
  readonly #sheet: StyleSheet;
  readonly #byId = new Map<string, Element>();
  /** `null` while an element is being reckoned: drawing, too, leaves out what refers to itself. */
  readonly #totals = new Map<Element, Total | null>();

  constructor(elements: Element[], sheet: StyleSheet) {
    this.#root = elements[0];
    this.#sheet = sheet;
    let largest = 100;
    for (const element of elements) {
      const id = element.attributes.get('id');
      if (id !== undefined && !this.#byId.has(id)) this.#byId.set(id, element);
      for (const [property, value] of declarationsOf(element, sheet)) {
        if (!COORDINATES.has(property)) continue;
        for (const [number] of value.matchAll(LARGE_NUMBER)) largest = Math.max(largest, Number(number));
      }
    }
    this.largest = largest;
  }

  of(element: Element, depth = 0): Total {
    const known = this.#totals.get(element);
    if (known !== undefined) return known ?? NOTHING;
    if (depth > MOST_DEPTH) throw tooComplex(`it has elements that refer to each other more than ${MOST_DEPTH} deep`);
    this.#totals.set(element, null);

    const declarations = declarationsOf(element, this.#sheet);
    const total = ownCost(element, declarations);
    for (const child of element.children) {
      if (typeof child !== 'string' && !DEFINITIONS.has(child.name)) add(total, this.of(child, depth + 1));
    }
    for (const [property, value] of declarations) {
      if (property === 'href' && value.startsWith('#')) add(total, this.#target(value.slice(1), depth));
    }
    for (const [property, value] of declarations) this.#addInherited(total, property, value, depth);
    total.scale *= enlargement(declarations, element !== this.#root);
    this.#totals.set(element, total);
    return total;
  }

  /** What applies to all that is inside. */
  #addInherited(total: Total, property: string, value: string, depth: number): void {
    if (property === 'stroke-dasharray') {
      const period = numbersOf(value).reduce((sum, dash) => sum + dash, 0);
      const dashes = (SHAPE_SEGMENTS + total.pathCharacters / total.elements / 2) * (this.largest / period);
      if (period > 0) total.fixed += FIXED_COST.dash * Math.min(FIXED_COST.dashesAtMost, dashes) * total.elements;
    }
    if (property === 'stroke' && value !== 'none') total.canvas += CANVAS_COST.shape * total.elements;
    const id = URL_REFERENCE.exec(value)?.[1];
    if (id === undefined) return;
    const { canvas, fixed, scale } = this.#target(id, depth);
    // Markers are drawn at each vertex, which has two characters at least.
    const vertices = property.startsWith('marker') ? total.pathCharacters / 2 : 0;
    const times = PAINTS.has(property) ? total.elements + vertices : 1;
    total.canvas += canvas * times;
    total.fixed += fixed * times;
    total.scale = Math.max(total.scale, scale);
  }

  #target(id: string, depth: number): Total {
    const target = this.#byId.get(id);
    return target ? this.of(target, depth + 1) : NOTHING;
  }
}

function add(total: Total, other: Total): void {
  total.canvas += other.canvas;
  total.fixed += other.fixed;
  total.elements += other.elements;
  total.pathCharacters += other.pathCharacters;
  total.scale = Math.max(total.scale, other.scale);
}

/** Of the element without its children. */
function ownCost(element: Element, declarations: Declaration[]): Total {
  const { name, attributes } = element;
  const pathCharacters = (attributes.get('d') ?? attributes.get('points') ?? '').length;
  let canvas = 0;
  let elements = 1;
  let fixed = FIXED_COST.element + pathCharacters * FIXED_COST.pathCharacter;
  if (SHAPES.has(name)) canvas += CANVAS_COST.shape;
  if (TEXTS.has(name)) {
    const characters = element.children.reduce((sum, child) => sum + (typeof child === 'string' ? child.length : 0), 0);
    // A character with a place of its own is a text by itself.
    elements = Math.max(...['x', 'y'].map((axis) => numbersOf(attributes.get(axis) ?? '').length), 1);
    canvas += CANVAS_COST.shape * elements;
    fixed += FIXED_COST.textCharacter * characters;
  }
  if (name === 'image' || name === 'feImage') fixed += FIXED_COST.image;
  if (name === 'linearGradient' || name === 'radialGradient') canvas += CANVAS_COST.gradient;
  if (name === 'pattern') canvas += CANVAS_COST.pattern;
  if (name.startsWith('fe')) canvas += primitiveCost(name, attributes);
  for (const [property, value] of declarations) {
    if (LAYERS.has(property) && value !== 'none' && value !== '1') canvas += CANVAS_COST.layer;
    // Filters without an element: `blur(2px) drop-shadow(…)`.
    if (property === 'filter')
      canvas += CANVAS_COST.filterFunction * (value.replace(URL_REFERENCE, '').split('(').length - 1);
  }
  return { canvas, fixed, elements, pathCharacters, scale: 1 };
}

function primitiveCost(name: string, attributes: ReadonlyMap<string, string>): number {
  const number = (attribute: string): number => numbersOf(attributes.get(attribute) ?? '')[0] ?? 0;
  const { filterPrimitive } = CANVAS_COST;
  if (name === 'feTurbulence') {
    return filterPrimitive + CANVAS_COST.turbulenceOctave * Math.max(1, number('numOctaves'));
  }
  if (name === 'feConvolveMatrix') {
    const [columns = 3, rows = columns] = numbersOf(attributes.get('order') ?? '');
    return filterPrimitive + CANVAS_COST.kernelNumber * columns * rows;
  }
  if (name === 'feMorphology') {
    const squarePixels = number('radius') ** 2;
    return filterPrimitive + Math.min(CANVAS_COST.morphologyAtMost, CANVAS_COST.morphologySquarePixel * squarePixels);
  }
  return /^fe(Func|MergeNode|.*Light$)/.test(name) ? 0 : filterPrimitive;
}

/** How much an element's transformations and its view box, if it is not that of the whole, enlarge what is in it at most. */
function enlargement(declarations: Declaration[], isNested: boolean): number {
  let scale = 1;
  for (const [property, value] of declarations) {
    if (property === 'transform') scale *= transformScale(value);
    if (property !== 'viewBox' || !isNested) continue;
    const [, , width = 0, height = 0] = numbersOf(value);
    const side = Math.min(width, height);
    if (side > 0) scale *= Math.max(1, NESTED_SIZE / side);
  }
  return scale;
}

function transformScale(transform: string): number {
  let scale = 1;
  for (const [, kind, parameters] of transform.matchAll(TRANSFORM)) {
    const [a = 1, b = 0, c = 0, d = 0] = numbersOf(parameters);
    if (kind === 'scale') scale *= Math.max(a, b);
    else if (kind === 'matrix') scale *= Math.max(a + c, b + d);
    else scale *= 1 + Math.abs(Math.tan((a * Math.PI) / 180));
  }
  return scale;
}

/** The numbers in a text, without their signs. */
function numbersOf(text: string): number[] {
  return (text.match(NUMBER) ?? []).map((number) => Math.abs(Number(number)));
}
