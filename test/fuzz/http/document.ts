/** JSON Schema 2020-12, as far as values are made by it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  example?: unknown;
}

interface Content {
  schema?: Schema;
  examples?: Record<string, unknown>;
}

export interface Answer {
  headers?: Record<string, { required?: boolean }>;
  content?: Record<string, Content>;
}

export interface Parameter {
  in: 'path' | 'query' | 'header' | 'cookie';
  name: string;
  required?: boolean;
  schema: Schema;
}

interface Described {
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Content> };
  responses: Record<string, Answer>;
}

/** What `/openapi.json` answers, as far as it is gone by. */
export interface Document {
  paths: Record<string, Record<string, Described>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Operation extends Described {
  /** Such as `get`. */
  method: string;
  /** With its parameters in braces. */
  path: string;
  parameters: Parameter[];
}

export function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ parameters: [], ...described, method, path })),
  );
}

/** The values of the parameters in a path; null where it is not of this form. */
export function pathValues(form: string, path: string): Record<string, string> | null {
  const pattern = form.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const match = new RegExp(`^${pattern}$`).exec(path);
  return match && { ...match.groups };
}

/** Which operation answers: of several, the one with the fewest parameters in its path. Null where there is none. */
export function operationAt(operations: Operation[], method: string, path: string): Operation | null {
  const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
  const found = operations.filter((one) => one.method === asked && pathValues(one.path, path) !== null);
  const parametersIn = ({ path }: Operation) => path.split('{').length;
  return found.sort((one, other) => parametersIn(one) - parametersIn(other))[0] ?? null;
}

/** A schema that a `$ref` stands for, or the schema itself. */
export function resolved(document: Document, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace('#/components/schemas/', '');
  const found = document.components?.schemas?.[name];
  if (found === undefined) throw new Error(`${schema.$ref} is not in the document`);
  return resolved(document, found);
}
