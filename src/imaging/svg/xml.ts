import { corrupt, ImagingError } from '../errors.ts';

/** An element of the SVG namespace. Attributes have no prefix, but for `xml:`; `xlink:href` is `href`. */
export interface Element {
  name: string;
  attributes: Map<string, string>;
  children: (Element | string)[];
}

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
const XLINK_NAMESPACE = 'http://www.w3.org/1999/xlink';

/** Bound what a hostile document takes; a detailed illustration has some thousand elements, ten deep. */
const MOST_ELEMENTS = 50_000;
const MOST_DEPTH = 256;
/** Characters that entities may add. */
const MOST_EXPANSION = 1_000_000;
/** Entities whose values have entities. */
const MOST_ENTITY_DEPTH = 16;

/** XML 1.0, 4.6. */
const PREDEFINED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const TAG_NAME = /<([^\s/>=<'"]+)/y;
const ATTRIBUTE = /\s*([^\s=/>"'<]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
const TAG_END = /\s*(\/?)>/y;
const CLOSING_TAG = /<\/([^\s>]+)\s*>/y;
const ENTITY = /<!ENTITY\s+([^\s%]+)\s+(?:"([^"]*)"|'([^']*)')/y;
const REFERENCE = /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([^\s&;<#]+));/gi;

/** What is open while its children are read; `element` is `null` for what is not of SVG and left out. */
interface Open {
  tag: string;
  element: Element | null;
  namespaces: Map<string, string>;
}

/**
 * Reads an XML document as what SVG can use of it. Comments, processing instructions and foreign elements are left out;
 * entities of the internal subset are put in, and what is external is never read.
 *
 * @returns the root element
 * @throws ImagingError where the document is not well-formed, or too large
 */
export function parseXml(text: string): Element {
  return new XmlParser(text).parse();
}

class XmlParser {
  readonly #text: string;
  readonly #entities = new Map<string, string>();
  readonly #open: Open[] = [];
  #root: Element | null = null;
  #elements = 0;
  #expansion = 0;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Element {
    const text = this.#text;
    while (this.#at < text.length) {
      const markup = text.indexOf('<', this.#at);
      const end = markup < 0 ? text.length : markup;
      if (end > this.#at) this.#characters(this.#expand(text.slice(this.#at, end)));
      this.#at = end;
      if (markup >= 0) this.#markup();
    }
    const unclosed = this.#open.at(-1);
    if (unclosed) throw corrupt('svg', `the document ends inside of <${unclosed.tag}>.`);
    if (!this.#root) throw corrupt('svg', 'there is no <svg> element.');
    return this.#root;
  }

  #markup(): void {
    const text = this.#text;
    if (text.startsWith('<!--', this.#at)) this.#skipPast('-->');
    else if (text.startsWith('<?', this.#at)) this.#skipPast('?>');
    else if (text.startsWith('<![CDATA[', this.#at)) {
      const start = this.#at + 9;
      this.#skipPast(']]>');
      this.#characters(text.slice(start, this.#at - 3));
    } else if (text.startsWith('<!', this.#at)) this.#documentType();
    else if (text.startsWith('</', this.#at)) this.#closingTag();
    else this.#openingTag();
  }

  #skipPast(mark: string): void {
    const found = this.#text.indexOf(mark, this.#at);
    if (found < 0) throw corrupt('svg', `the document ends before a closing ${mark}`);
    this.#at = found + mark.length;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #characters(text: string): void {
    this.#open.at(-1)?.element?.children.push(text);
  }

  /** XML 1.0, 2.8 and 4.2: of the internal subset, entities count. */
  #documentType(): void {
    const text = this.#text;
    let isInSubset = false;
    for (this.#at += 2; this.#at < text.length; ) {
      const character = text[this.#at];
      if (character === '>' && !isInSubset) {
        this.#at++;
        return;
      }
      const entity = character === '<' ? this.#match(ENTITY) : null;
      if (entity) {
        // Of two declarations the first one counts.
        if (!this.#entities.has(entity[1])) this.#entities.set(entity[1], entity[2] ?? entity[3]);
      } else if (text.startsWith('<!--', this.#at)) this.#skipPast('-->');
      else if (character === '"' || character === "'") {
        this.#at++;
        this.#skipPast(character);
      } else {
        if (character === '[') isInSubset = true;
        else if (character === ']') isInSubset = false;
        this.#at++;
      }
    }
    throw corrupt('svg', 'the document ends inside of its DOCTYPE.');
  }

  #closingTag(): void {
    const tag = this.#match(CLOSING_TAG)?.[1];
    const open = this.#open.pop();
    if (tag === undefined || open?.tag !== tag) {
      throw corrupt('svg', `expected </${open?.tag ?? ''}>, found </${tag?.slice(0, 40) ?? ''}>.`);
    }
  }

  #openingTag(): void {
    const tag = this.#match(TAG_NAME)?.[1];
    if (tag === undefined) throw corrupt('svg', `there is a < at character ${this.#at} that starts no tag.`);
    const written: [name: string, value: string][] = [];
    for (let found = this.#match(ATTRIBUTE); found; found = this.#match(ATTRIBUTE)) {
      written.push([found[1], this.#expand(found[2] ?? found[3])]);
    }
    const end = this.#match(TAG_END);
    if (!end) throw corrupt('svg', `the tag <${tag.slice(0, 40)}> is broken at character ${this.#at}.`);
    if (++this.#elements > MOST_ELEMENTS || this.#open.length >= MOST_DEPTH) {
      throw tooComplex(`it has more than ${MOST_ELEMENTS} elements, or elements more than ${MOST_DEPTH} deep`);
    }
    const parent = this.#open.at(-1);
    const namespaces = namespacesOf(written, parent?.namespaces ?? new Map([['xlink', XLINK_NAMESPACE]]));
    const element = this.#element(tag, written, namespaces, parent);
    if (end[1] === '') this.#open.push({ tag, element, namespaces });
  }

  #element(
    tag: string,
    written: [name: string, value: string][],
    namespaces: Map<string, string>,
    parent: Open | undefined,
  ): Element | null {
    const [prefix, name] = splitName(tag);
    // Drawings cut out of a web page have no namespace, and are meant all the same.
    const namespace = namespaces.get(prefix) ?? (prefix === '' ? SVG_NAMESPACE : '');
    if (namespace !== SVG_NAMESPACE || parent?.element === null) return null;
    const attributes = new Map<string, string>();
    for (const [qualified, value] of written) {
      const [attributePrefix, local] = splitName(qualified);
      if (attributePrefix === '' && local !== 'xmlns') attributes.set(local, value);
      else if (attributePrefix === 'xml') attributes.set(qualified, value);
      else if (namespaces.get(attributePrefix) === XLINK_NAMESPACE && !attributes.has(local)) {
        attributes.set(local, value);
      }
    }
    const element = { name, attributes, children: [] };
    if (parent) parent.element?.children.push(element);
    else if (this.#root) throw corrupt('svg', `there is a second root element, <${tag.slice(0, 40)}>.`);
    else if (name !== 'svg') throw corrupt('svg', `the root element is <${name.slice(0, 40)}>; <svg> was expected.`);
    else this.#root = element;
    return element;
  }

  /** XML 1.0, 4.4: puts in what references stand for. A lone & is left, as HTML does. */
  #expand(text: string, depth = 0): string {
    if (!text.includes('&')) return text;
    return text.replace(REFERENCE, (written, hexadecimal, decimal, name) => {
      if (name === undefined) return character(hexadecimal ? Number.parseInt(hexadecimal, 16) : Number(decimal));
      const value = PREDEFINED[name] ?? this.#entities.get(name);
      if (value === undefined) {
        throw corrupt('svg', `the entity ${written.slice(0, 40)} is not defined in the file; others are not read.`);
      }
      if (name in PREDEFINED) return value;
      if (value.includes('<')) throw tooComplex('it has entities that contain markup');
      this.#expansion += value.length + 1;
      if (this.#expansion > MOST_EXPANSION || depth > MOST_ENTITY_DEPTH) {
        throw tooComplex(
          `it has entities that add more than ${MOST_EXPANSION} characters, or are more than ${MOST_ENTITY_DEPTH} deep`,
        );
      }
      return this.#expand(value, depth + 1);
    });
  }
}

/** The namespaces in force in an element. */
function namespacesOf(written: [string, string][], outer: Map<string, string>): Map<string, string> {
  const declared = written.filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  if (declared.length === 0) return outer;
  return new Map([...outer, ...declared.map(([name, uri]): [string, string] => [name.slice(6), uri])]);
}

function splitName(name: string): [prefix: string, local: string] {
  const colon = name.indexOf(':');
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)];
}

/** XML 1.0, 2.2: characters that a document may have; others are replaced. */
function character(code: number): string {
  const isAllowed = code === 9 || code === 10 || code === 13 || (code >= 32 && code <= 0x10ffff);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return isAllowed && !isSurrogate ? String.fromCodePoint(code) : '\ufffd';
}

/** The error of a document that would take too long to draw. */
export function tooComplex(what: string): ImagingError {
  return new ImagingError(
    'too_complex',
    `The SVG drawing is too complicated: ${what}.`,
    'Simplify it, or export it as PNG.',
  );
}

/** Writes the element as a document. */
export function writeXml(root: Element): string {
  const parts: string[] = [];
  const write = ({ name, attributes, children }: Element, namespace = ''): void => {
    parts.push(`<${name}${namespace}`);
    for (const [attribute, value] of attributes) parts.push(` ${attribute}="${escaped(value)}"`);
    parts.push('>');
    for (const child of children) {
      if (typeof child === 'string') parts.push(escaped(child));
      else write(child);
    }
    parts.push(`</${name}>`);
  };
  write(root, ` xmlns="${SVG_NAMESPACE}"`);
  return parts.join('');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#9;');
}
