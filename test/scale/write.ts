/** `npm run docs:scale`: writes the tables of `docs/scale.md`. */
import { readFile, writeFile } from 'node:fs/promises';
import { withTables } from './document.ts';

const DOCUMENT = 'docs/scale.md';
await writeFile(DOCUMENT, withTables(await readFile(DOCUMENT, 'utf8')));
