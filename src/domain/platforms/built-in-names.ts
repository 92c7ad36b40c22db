import names from '#build/built-in-names.json' with { type: 'json' };
import type { ReservedNamesRule } from './rules.ts';

const { datasource, github } = names;

/** The short names of emoji-datasource. */
const DATASOURCE = new Set(datasource);
/** Mattermost has the names of GitHub besides, and itself. */
const MATTERMOST = new Set([...datasource, ...github, 'mattermost']);

/** Ends of the names that Mattermost has for people and hands, one for each person. */
const SKIN_TONES = /(_(medium_)?(light|dark)_skin_tone|_medium_skin_tone)+$/;

const IS_BUILT_IN: Record<ReservedNamesRule['names'], (name: string) => boolean> = {
  'emoji-datasource': (name) => DATASOURCE.has(name),
  mattermost: (name) => MATTERMOST.has(name.replace(SKIN_TONES, '')),
};

/**
 * Whether it is the name of an emoji that a platform has itself. The lists are those of the newest Unicode: a server that is
 * behind takes some of these names.
 */
export function isBuiltIn(name: string, { names: list }: ReservedNamesRule): boolean {
  return IS_BUILT_IN[list](name);
}
