import names from '#build/built-in-names.json' with { type: 'json' };
import type { ReservedNamesRule } from './rules.ts';

const { datasource, github } = names;

/** The short names of emoji-datasource. */
const DATASOURCE = new Set(datasource);
/** What Mattermost has besides: the names of GitHub, and itself. */
const OF_MATTERMOST = new Set([...github, 'mattermost']);

/** Ends of the names that Mattermost has for people and hands, one for each person. */
const SKIN_TONES = /(_(medium_)?(light|dark)_skin_tone|_medium_skin_tone)+$/;

const IS_BUILT_IN: Record<ReservedNamesRule['names'], (name: string) => boolean> = {
  'emoji-datasource': (name) => DATASOURCE.has(name),
  mattermost: (name) => {
    const base = name.replace(SKIN_TONES, '');
    return DATASOURCE.has(base) || OF_MATTERMOST.has(base);
  },
};

/**
 * Whether it is the name of an emoji that a platform has itself. The lists are those of the newest Unicode: a server that is
 * behind takes some of these names.
 */
export function isBuiltIn(name: string, { names: list }: ReservedNamesRule): boolean {
  return IS_BUILT_IN[list](name);
}
