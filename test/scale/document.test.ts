import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withTables } from './document.ts';

it('has in docs/scale.md the tables that are made of what was counted and measured (`npm run docs:scale`)', () => {
  const document = readFileSync('docs/scale.md', 'utf8');
  expect(document).toBe(withTables(document));
});
