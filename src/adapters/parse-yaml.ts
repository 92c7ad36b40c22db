import type { ParseYaml } from '../application/imports/ports.ts';

/** How often a text may refer to parts of itself: more is a bomb. */
const MOST_ALIASES = 100;

/** Loaded with the first text. Of keys that come twice the last one counts, as in JSON: to find them takes a time that is quadratic. */
export const parseYaml: ParseYaml = async (text) => {
  const { parse } = await import('yaml');
  return parse(text, { maxAliasCount: MOST_ALIASES, uniqueKeys: false, logLevel: 'error' });
};
