import fc from 'fast-check';
import { type Document, resolved, type Schema } from './document.ts';
import { Known } from './known.ts';

/** What a text should never be, and is. */
const HOSTILE = [
  '',
  ' ',
  '.',
  '..',
  '../../etc/passwd',
  '..\\..\\x',
  '\0',
  'a\0b',
  'a\r\nX-Injected: 1',
  '\u202egnp.exe',
  '\u200b\u200d\ufeff',
  '\ud800',
  'e\u0301'.repeat(60),
  '\u{1f926}\u{1f3fd}',
  "' OR 1=1 --",
  '"; DROP TABLE emojis; --',
  '%',
  '%00',
  '%2e%2e%2f',
  '%252e',
  '*',
  '"',
  'W/"x"',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'NaN',
  'Infinity',
  '-1',
  '1e400',
  '9007199254740993',
  '99999999999999999999',
  '0x10',
  '2026-13-45T99:99:99Z',
  '[]',
  '{}',
  '<script>alert(1)</script>',
  'a'.repeat(300),
  'x'.repeat(4_000),
  '\u4e2d'.repeat(200),
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 20 }),
);

/** Times whose years are others in UTC: ones that RFC 3339 cannot write. */
const ELSEWHERE = ['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59'];

/** As people would write a name. */
const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,7}$/);

/** Headers in which RFC 9110 has `*` for whatever there is. */
const ANY = { 'If-Match': true, 'If-None-Match': true };

export const known = (key: string) =>
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((at) => new Known(key, at));

/** Values that a schema allows; texts may be `Known` ones. @param key what the value is called */
export function valuesOf(document: Document, schema: Schema, key = ''): fc.Arbitrary<unknown> {
  const { enum: choices, const: only, anyOf, oneOf, allOf, type, ...rest } = resolved(document, schema);
  if (only !== undefined) return fc.constant(only);
  if (choices) return fc.constantFrom(...choices);
  const alternatives = anyOf ?? oneOf ?? (Array.isArray(type) ? type.map((one) => ({ ...rest, type: one })) : null);
  if (alternatives) return fc.oneof(...alternatives.map((one) => valuesOf(document, one, key)));
  if (allOf) {
    const parts = allOf.map((one) => valuesOf(document, one, key));
    return fc.tuple(...parts).map((values) => Object.assign({}, ...values));
  }
  switch (type) {
    case 'string':
      if (rest.format !== undefined) return texts(rest);
      return fc.oneof(texts(rest), known(key), ...(key in ANY ? [fc.constant('*')] : []));
    case 'integer':
      return fc.integer({ min: rest.minimum ?? -(2 ** 31), max: rest.maximum ?? 2 ** 31 });
    case 'number':
      return fc.double({ min: rest.minimum ?? -1e9, max: rest.maximum ?? 1e9, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valuesOf(document, rest.items ?? {}, key.replace(/s$/, '')), {
        minLength: rest.minItems ?? 0,
        maxLength: Math.min(rest.maxItems ?? 4, 4),
      });
    case 'object': {
      const properties = Object.entries(rest.properties ?? {});
      const values = Object.fromEntries(properties.map(([name, one]) => [name, valuesOf(document, one, name)]));
      return fc.record(values, { requiredKeys: rest.required ?? [] });
    }
    default:
      return fc.jsonValue();
  }
}

function texts({ format, pattern, minLength = 0, maxLength = 60, example }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  if (format === 'date-time') {
    const written = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
    return fc.oneof({ weight: 9, arbitrary: written }, { weight: 1, arbitrary: fc.constantFrom(...ELSEWHERE) });
  }
  if (format === 'uuid') return fc.uuid();
  const some = fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) });
  const given = typeof example === 'string' ? [fc.constant(example)] : [];
  return fc.oneof({ weight: 8, arbitrary: word }, some, ...given);
}

/** Values of JSON that a schema may or may not allow: one that it allows with something else put into it, or any. */
export function wrongValuesOf(document: Document, schema: Schema): fc.Arbitrary<unknown> {
  const names = ['__proto__', 'constructor', 'more', ...Object.keys(resolved(document, schema).properties ?? {})];
  const wrong = fc.oneof(fc.jsonValue(), hostileText, fc.array(hostileText, { maxLength: 120 }));
  const changed = fc.tuple(valuesOf(document, schema), fc.constantFrom(...names), wrong).map(([value, name, other]) =>
    // As a computed name, `__proto__` is a property as any other.
    typeof value === 'object' && value !== null ? { ...value, [name]: other } : other,
  );
  return fc.oneof(changed, fc.jsonValue());
}
