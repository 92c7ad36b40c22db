import { tables } from './tables.ts';

/** Where a table begins and ends in `docs/scale.md`. */
const MARKED = /<!-- (\w+) -->\n[\s\S]*?<!-- end -->/g;

/** The document with its tables as they should be. @throws when it has not a place for each table */
export function withTables(document: string): string {
  const made = tables();
  const found = new Set<string>();
  const result = document.replace(MARKED, (_, name: string) => {
    found.add(name);
    return `<!-- ${name} -->\n\n${made[name]}\n\n<!-- end -->`;
  });
  const missing = Object.keys(made).filter((name) => !found.has(name));
  if (missing.length > 0 || found.size > Object.keys(made).length) throw new Error(`docs/scale.md lacks ${missing}`);
  return result;
}
