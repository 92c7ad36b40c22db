import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextName, suggestName } from '../../src/cli/emoji.mjs';
import * as service from '../../src/domain/suggest-name.ts';

/** The client has no imports, and therefore these rules a second time: they are the same, or this fails. */
const fileName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({
    unit: fc.constantFrom('a', 'İ', 'ß', '1', '_', '-', '+', '.', ' ', ':', '\u200d', '\ufe0f', '🎉', '日', 'ﬁ'),
  }),
);

it('the name that the client makes of a file name is the one that the service makes', () => {
  fc.assert(
    fc.property(fileName, (file) => {
      expect(suggestName(file)).toBe(service.suggestName(file));
    }),
    { numRuns: 2_000 },
  );
});

it('the name that comes next is the one that the service takes where it is free', () => {
  const name = fc
    .oneof(fileName, fc.constantFrom('parrot', 'parrot_2', '2026', 'b_52', 'a'.repeat(64)))
    .map(service.suggestName);
  fc.assert(
    fc.property(name, (one) => {
      expect(nextName(one)).toBe(service.nextName(one, () => false));
    }),
    { numRuns: 500 },
  );
});
