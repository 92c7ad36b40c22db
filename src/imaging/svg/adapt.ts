import { ImagingError } from '../errors.ts';
import { declarationsOf, descendants, readStyleSheet } from './styles.ts';
import { type Element, tooComplex } from './xml.ts';

/** What could run, or hold what runs; no part of it is ever drawn. */
const LEFT_OUT = new Set(['script', 'foreignObject', 'metadata']);
const DRAWN_REFERENCE = /^#|^data:image\/(?:png|jpe?g|gif)[;,]/i;
const DATA = /^data:([^;,]{0,40})/i;
/** CSS Variables 1, 3: `var(--name, fallback)`; innermost first. */
const VARIABLE = /var\(\s*(--[\w-]+)\s*(?:,\s*((?:[^()]|\([^()]*\))*))?\)/g;
/** Variables whose values are variables. */
const MOST_SUBSTITUTIONS = 4;
/** Characters that variables may add. */
const MOST_SUBSTITUTED = 1_000_000;
/** CSS Color 4, 4: colours without commas, `rgb(255 0 0 / 50%)`. */
const SPACED_COLOUR = /\b(rgb|hsl)a?\(\s*([\d.]+(?:deg|%)?)\s+([\d.]+%?)\s+([\d.]+%?)\s*(?:\/\s*([\d.]+%?)\s*)?\)/gi;
const TRANSFORM = /(?<![\w-])transform\s*:[^;}]*/gi;
const BACKGROUND = /(?:^|;)\s*background(?:-color)?\s*:\s*([^;]+)/i;
const AT_START = /^\s*0*(?:\.0*)?(?:m?s)?\s*$/;

/**
 * Makes of a drawing what resvg draws as browsers do: it knows no variables, no colours without commas, no units
 * in transformations, no background and no animation. Nothing from outside the file stays in.
 *
 * @throws ImagingError where it holds a picture of a kind that would be left out
 */
export function adapt(root: Element, viewBox: { left: number; top: number; width: number; height: number }): void {
  const variables = new Map(
    declarationsOf(root, readStyleSheet(root)).filter(([property]) => property.startsWith('--')),
  );
  const substituted = substitution(variables);
  const modernised = (text: string): string => withoutUnits(withCommas(substituted(text)));
  for (const element of descendants(root)) {
    element.children = element.children.filter((child) => typeof child === 'string' || !LEFT_OUT.has(child.name));
    if (element.name === 'style') {
      element.children = element.children.map((child) => (typeof child === 'string' ? modernised(child) : child));
    }
    for (const [name, value] of element.attributes)
      if (value.includes('(')) element.attributes.set(name, modernised(value));
    checkReference(element);
    // Right for all but an arrow at the start of a line, which comes to lie the other way round.
    if (element.attributes.get('orient') === 'auto-start-reverse') element.attributes.set('orient', 'auto');
    for (const child of element.children) if (typeof child !== 'string') startAnimation(element, child);
  }
  const background = BACKGROUND.exec(root.attributes.get('style') ?? '')?.[1];
  if (background !== undefined) root.children.unshift(backgroundRect(background, viewBox));
}

/** @returns what puts values in the place of variables, with a bound on how much they add to the document */
function substitution(variables: ReadonlyMap<string, string>): (text: string) => string {
  let added = 0;
  const replacement = (_: string, name: string, fallback = ''): string => {
    const value = variables.get(name) ?? fallback;
    added += value.length;
    if (added > MOST_SUBSTITUTED)
      throw tooComplex(`it has variables that add more than ${MOST_SUBSTITUTED} characters`);
    return value;
  };
  return (text) => {
    let substituted = text;
    for (let i = 0; i < MOST_SUBSTITUTIONS && substituted.includes('var('); i++) {
      substituted = substituted.replace(VARIABLE, replacement);
    }
    return substituted;
  };
}

function withCommas(text: string): string {
  return text.replace(SPACED_COLOUR, (_, kind, first, second, third, alpha) => {
    if (alpha === undefined) return `${kind}(${first},${second},${third})`;
    const opacity = alpha.endsWith('%') ? Number.parseFloat(alpha) / 100 : alpha;
    return `${kind}a(${first},${second},${third},${opacity})`;
  });
}

/** CSS Transforms 1: as attributes have them. */
function withoutUnits(text: string): string {
  return text.replace(TRANSFORM, (transform) => transform.replace(/(\d)(?:px|deg)/g, '$1'));
}

function checkReference({ name, attributes }: Element): void {
  const reference = attributes.get('href')?.trim();
  if (reference === undefined || DRAWN_REFERENCE.test(reference)) return;
  attributes.delete('href');
  const type = DATA.exec(reference)?.[1];
  if (type === undefined || !/image$/i.test(name)) return;
  throw new ImagingError(
    'unsupported_format',
    `The SVG drawing has a picture of the type ${type || 'unknown'} in it; PNG, JPEG and GIF are drawn.`,
    'Export the drawing as PNG.',
  );
}

/** SMIL 3.0: what an animation that starts at once sets in its first moment. */
function startAnimation(element: Element, { name, attributes }: Element): void {
  const property = attributes.get('attributeName');
  const first =
    name === 'set' ? attributes.get('to') : (attributes.get('values')?.split(';')[0] ?? attributes.get('from'));
  const isKnown = name === 'animate' || name === 'animateTransform' || name === 'set';
  if (!isKnown || property === undefined || first === undefined || !AT_START.test(attributes.get('begin') ?? '0'))
    return;
  if (name !== 'animateTransform') element.attributes.set(property, first.trim());
  else if (attributes.get('additive') !== 'sum') {
    element.attributes.set('transform', `${attributes.get('type') ?? 'translate'}(${first})`);
  }
}

function backgroundRect(fill: string, { left, top, width, height }: Parameters<typeof adapt>[1]): Element {
  const attributes = new Map<string, string>([
    ['x', String(left)],
    ['y', String(top)],
    ['width', String(width)],
    ['height', String(height)],
    ['fill', fill.trim()],
    ['stroke', 'none'],
  ]);
  return { name: 'rect', attributes, children: [] };
}
