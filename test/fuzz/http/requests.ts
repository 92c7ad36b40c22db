import fc from 'fast-check';
import type { Document, Operation, Parameter, Schema } from './document.ts';
import { Known, type Memory } from './known.ts';
import { hostileText, known, valuesOf, wrongValuesOf } from './values.ts';

/** A request that is still to be filled in with what is known. */
export interface Plan {
  operation: Operation;
  method: string;
  /** By name; null leaves one out, several are sent one after the other. */
  parameters: Record<string, unknown[] | null>;
  body: Body | null;
}

interface Body {
  type: string;
  /** Bytes as they are; anything else as JSON. */
  content: unknown;
}

/** A request as it is sent. */
export interface Sent {
  method: string;
  /** With the query. */
  path: string;
  headers: [string, string][];
  body: Uint8Array<ArrayBuffer> | null;
}

/** Parameters that are the client's own: what is known of them is not better than anything else. */
const COINED = ['Idempotency-Key', 'If-Match', 'If-None-Match', 'X-Actor'];

/** Requests to an operation: such as its description has them, or with one thing that is not. */
export function requestsTo(document: Document, operation: Operation, pictures: Uint8Array[]): fc.Arbitrary<Plan> {
  const methods = operation.method === 'get' ? ['GET', 'GET', 'GET', 'HEAD'] : [operation.method.toUpperCase()];
  const { parameters } = operation;
  const right = fc.record(Object.fromEntries(parameters.map((one) => [one.name, rightValues(document, one)])));
  const wrong = fc.oneof(
    ...parameters.map((one) => wrongValues(one).map((values) => ({ [one.name]: values }))),
    fc.constant({}),
  );
  return fc.record({
    operation: fc.constant(operation),
    method: fc.constantFrom(...methods),
    parameters: fc.oneof(
      { weight: 2, arbitrary: right },
      { weight: 1, arbitrary: fc.tuple(right, wrong).map(([all, one]) => ({ ...all, ...one })) },
    ),
    body: bodies(document, operation, pictures),
  });
}

function rightValues(document: Document, parameter: Parameter): fc.Arbitrary<unknown[] | null> {
  const { in: place, name, required = false, schema } = parameter;
  const values = valuesOf(document, schema, name).map((value) => (Array.isArray(value) ? value : [value]));
  const isText = schema.type === 'string' && schema.enum === undefined && schema.pattern === undefined;
  return fc.oneof(
    { weight: isText && !COINED.includes(name) ? 1 : 4, arbitrary: values },
    { weight: isText ? 4 : 0, arbitrary: known(name).map((one) => [one]) },
    { weight: required ? 0 : place === 'header' ? 3 : 6, arbitrary: fc.constant(null) },
  );
}

function wrongValues({ in: place }: Parameter): fc.Arbitrary<unknown[] | null> {
  const one = hostileText.map((text) => [text]);
  if (place === 'path') return one;
  const several = fc.array(hostileText, { minLength: 2, maxLength: 4 });
  return fc.oneof({ weight: 4, arbitrary: one }, fc.constant(null), ...(place === 'query' ? [several] : []));
}

const WRONG_TYPES = ['text/plain', 'application/json; charset=utf-16', 'multipart/form-data', 'image/', ''];

function bodies(document: Document, { requestBody }: Operation, pictures: Uint8Array[]): fc.Arbitrary<Body | null> {
  if (requestBody === undefined) return fc.constant(null);
  const types = Object.entries(requestBody.content).map(([type, { schema = {} }]) => {
    const content = contents(document, type, schema, pictures);
    const sentAs = type.startsWith('multipart/') ? `${type}; boundary=${BOUNDARY}` : type.replace('*', 'png');
    return content.map((one): Body => ({ type: sentAs, content: one }));
  });
  const right = fc.oneof(...types);
  return fc.oneof(
    { weight: 10, arbitrary: right },
    {
      weight: 1,
      arbitrary: fc.tuple(right, fc.constantFrom(...WRONG_TYPES)).map(([body, type]) => ({ ...body, type })),
    },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

const noise = fc.uint8Array({ maxLength: 200 });

function contents(document: Document, type: string, schema: Schema, pictures: Uint8Array[]): fc.Arbitrary<unknown> {
  const picture = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pictures) }, { weight: 1, arbitrary: noise });
  if (type.startsWith('multipart/')) return forms(schema, picture);
  if (schema.format === 'binary') return picture;
  return fc.oneof(
    { weight: 8, arbitrary: valuesOf(document, schema) },
    { weight: 3, arbitrary: wrongValuesOf(document, schema) },
    { weight: 1, arbitrary: noise },
  );
}

const BOUNDARY = 'fuzz-2b7e1516';

/** Multipart bodies, of which some end early or have more in them than they should. */
function forms(schema: Schema, picture: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const names = [...Object.keys(schema.properties ?? {}), ...(schema.required ?? [])];
  const name = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: hostileText });
  const fileName = fc.oneof(fc.constant('picture.png'), hostileText);
  const part = fc.tuple(name, fileName, picture).map(([field, file, content]) => {
    const named = `form-data; name=${JSON.stringify(field)}; filename=${JSON.stringify(file)}`;
    const head = `--${BOUNDARY}\r\nContent-Disposition: ${named}\r\nContent-Type: image/png\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n')]);
  });
  const parts = fc.oneof(
    { weight: 5, arbitrary: fc.tuple(part) },
    { weight: 1, arbitrary: fc.array(part, { maxLength: 3 }) },
  );
  const cut = fc.oneof(
    { weight: 8, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  );
  return fc.tuple(parts, cut).map(([all, kept]) => {
    const whole = Buffer.concat([...all, Buffer.from(`--${BOUNDARY}--\r\n`)]);
    return new Uint8Array(whole.subarray(0, Math.floor(kept * whole.length)));
  });
}

/** Fills a plan in with what is known by now. */
export function prepare({ operation, method, parameters, body }: Plan, memory: Memory): Sent {
  const valuesIn = (place: Parameter['in']): [string, string][] =>
    operation.parameters
      .filter((one) => one.in === place)
      .flatMap(({ name }) => (parameters[name] ?? []).map((value) => [name, recalled(value, memory)]))
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [String(name), String(value)]);
  const inPath = new Map(valuesIn('path'));
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encode(inPath.get(name) ?? 'nothing'));
  const query = valuesIn('query').map((pair) => pair.map(encode).join('='));
  const headers = valuesIn('header').map(([name, value]): [string, string] => [name, headerText(value)]);
  if (body && body.type !== '') headers.push(['Content-Type', body.type]);
  return {
    method,
    path: query.length === 0 ? path : `${path}?${query.join('&')}`,
    headers,
    body: body && bytesOf(body.content, memory),
  };
}

/** The value itself, or what is known for it; undefined when nothing is. */
function recalled(value: unknown, memory: Memory): unknown {
  return value instanceof Known ? memory.recall(value) : value;
}

/** As UTF-8, which has lone surrogates in it where the text has. */
function encode(text: string): string {
  return Array.from(text, (character) =>
    character.isWellFormed()
      ? encodeURIComponent(character)
      : `%ED%${(((character.charCodeAt(0) >> 6) & 63) | 128).toString(16)}%${((character.charCodeAt(0) & 63) | 128).toString(16)}`,
  ).join('');
}

/** What a client can send in a header at all. */
const headerText = (text: string) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?').trim();

function bytesOf(content: unknown, memory: Memory): Uint8Array<ArrayBuffer> {
  if (content instanceof Uint8Array) return new Uint8Array(content);
  const json = JSON.stringify(content, (_, value) => recalled(value, memory));
  return new Uint8Array(Buffer.from(json ?? ''));
}

/** The same request for a shell. */
export function curl(url: string, { method, path, headers, body }: Sent): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const verb = method === 'HEAD' ? '-I' : `-X ${method}`;
  const said = headers.map(([name, value]) => ` -H ${quote(value === '' ? `${name};` : `${name}: ${value}`)}`).join('');
  const piped = body === null ? '' : `echo ${Buffer.from(body).toString('base64')} | base64 -d | `;
  return `${piped}curl -i ${verb}${said}${body === null ? '' : ' --data-binary @-'} ${quote(url + path)}`;
}
