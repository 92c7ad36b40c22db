import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer, Document, Operation } from './document.ts';

/** An answer as it came, with its body as far as it was read. */
export interface Received {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

/** Says what is wrong with answers, by the document. */
export class Judge {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: Document) {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ ...document, $id: 'api' }, 'api');
  }

  /** @param operation null where the document has none at that address */
  faults(operation: Operation | null, method: string, received: Received): string[] {
    const { status, headers } = received;
    if (status >= 500) return [`a fault of the service: ${status} ${textOf(received)}`];
    // What is served there instead, if anything, is not of the API.
    if (operation === null) return [];
    const described = operation.responses[status];
    if (described === undefined) return [`${status} is not described: ${textOf(received)}`];
    const missing = Object.entries({ ...described.headers, ...SAFE })
      .filter(([name, { required }]) => required && !headers.has(name))
      .map(([name]) => `there is no ${name}`);
    return [...missing, ...this.#bodyFaults(operation, described, method, received)];
  }

  #bodyFaults(operation: Operation, { content = {} }: Answer, method: string, received: Received): string[] {
    const { status, headers, body } = received;
    if (method === 'HEAD') return body.length === 0 ? [] : ['there is a body'];
    const types = Object.keys(content);
    if (types.length === 0) return body.length === 0 ? [] : ['there is a body'];
    const type = headers.get('Content-Type')?.split(';')[0] ?? '';
    const described = content[type];
    if (described === undefined) return [`the type is "${type}", and not ${types.join(' or ')}`];
    if (!/[/+]json$/.test(type)) return [];
    let value: unknown;
    try {
      value = JSON.parse(textOf(received));
    } catch (error) {
      return [`the body is no JSON: ${error}`];
    }
    const pointer = ['paths', operation.path, operation.method, 'responses', status, 'content', type, 'schema'];
    const validate = this.#validator(pointer.map((part) => escaped(String(part))).join('/'));
    const faults = validate(value) ? [] : (validate.errors ?? []).map((one) => `${one.instancePath} ${one.message}`);
    if (type !== 'application/problem+json') return faults;
    const { code = '' } = value as { code?: string };
    return code in (described.examples ?? {}) ? faults : [...faults, `the code "${code}" is not described`];
  }

  #validator(pointer: string): ValidateFunction {
    const compiled = this.#compiled.get(pointer) ?? this.#ajv.compile({ $ref: `api#/${pointer}` });
    this.#compiled.set(pointer, compiled);
    return compiled;
  }
}

/** What every answer says, described or not. */
const SAFE = Object.fromEntries(
  ['Cache-Control', 'Content-Security-Policy', 'X-Content-Type-Options', 'Referrer-Policy'].map((name) => [
    name,
    { required: true },
  ]),
);

/** A part of a JSON pointer (RFC 6901) in an address. */
const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

export const textOf = ({ body }: Pick<Received, 'body'>): string => new TextDecoder().decode(body);
