import type { Element } from './xml.ts';

/** A property and its value: of an attribute, a `style` attribute or a style sheet. */
export type Declaration = [property: string, value: string];

/** Declarations of style sheets, by what their selectors end with: `.class`, `#id`, an element's name, or `*`. */
export type StyleSheet = Map<string, Declaration[]>;

const RULE = /([^{}]+)\{([^{}]*)\}/g;
const COMMENT = /\/\*[\s\S]*?\*\//g;
const SIMPLE_SELECTOR = /[.#]?[\w-]+|\*/g;

/**
 * Gathers the style sheets of a document. Selectors are taken to match more than they do (the last part counts, any of
 * its classes, in any state): what is wanted is not how an element looks, but what drawing it may take at most.
 */
export function readStyleSheet(root: Element): StyleSheet {
  const sheet: StyleSheet = new Map();
  for (const element of descendants(root)) {
    if (element.name !== 'style') continue;
    const text = element.children.filter((child) => typeof child === 'string').join('');
    for (const [, selectors, body] of text.replace(COMMENT, '').matchAll(RULE)) {
      const declarations = readDeclarations(body);
      for (const selector of selectors.split(',')) {
        for (const key of keysOf(selector)) {
          const list = sheet.get(key) ?? [];
          for (const declaration of declarations) list.push(declaration);
          sheet.set(key, list);
        }
      }
    }
  }
  return sheet;
}

function keysOf(selector: string): string[] {
  const last =
    selector
      .trim()
      .split(/[\s>+~]+/)
      .at(-1) ?? '';
  return last.replace(/\[.*|:.*/, '').match(SIMPLE_SELECTOR) ?? ['*'];
}

function readDeclarations(body: string): Declaration[] {
  return body.split(';').flatMap((declaration): Declaration[] => {
    const colon = declaration.indexOf(':');
    return colon < 0 ? [] : [[declaration.slice(0, colon).trim(), declaration.slice(colon + 1).trim()]];
  });
}

/** All that may apply to an element. */
export function declarationsOf({ name, attributes }: Element, sheet: StyleSheet): Declaration[] {
  const keys = ['*', name, `#${attributes.get('id')}`];
  for (const className of (attributes.get('class') ?? '').split(/\s+/)) keys.push(`.${className}`);
  return [
    ...attributes,
    ...readDeclarations(attributes.get('style') ?? ''),
    ...keys.flatMap((key) => sheet.get(key) ?? []),
  ];
}

/** The element and all in it. */
export function* descendants(element: Element): Generator<Element> {
  yield element;
  for (const child of element.children) if (typeof child !== 'string') yield* descendants(child);
}
