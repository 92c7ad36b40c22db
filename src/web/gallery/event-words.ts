import type { EmojiEvent } from './emoji-api.ts';

/** What can be changed of an emoji, apart from its picture. */
export interface Fields {
  name: string;
  aliases: string[];
  tags: string[];
  category: string | null;
  description: string;
}

/** What was done to an emoji, as a clause without who and when. */
export function eventWords({ action, details }: EmojiEvent): string {
  switch (action) {
    case 'created':
      return 'added';
    case 'renamed':
      return `renamed from ${details.from} to ${details.to}`;
    case 'changed':
      return changedWords(details as Changes).join('; ');
    case 'picture_ordered':
      return 'another picture ordered';
    case 'picture_shown':
      return details.version === 1 ? 'first picture ready' : 'new picture ready';
    case 'deleted':
      return 'deleted';
    case 'restored':
      return `restored as ${details.name}`;
  }
}

type Changes = { [Field in keyof Fields]?: { from: Fields[Field]; to: Fields[Field] } };

/** What is another in the one than in the other, as clauses; none where nothing is. */
export function differenceWords(before: Fields, after: Fields): string[] {
  const renamed = before.name === after.name ? [] : [`renamed from ${before.name} to ${after.name}`];
  const fields = ['aliases', 'tags', 'category', 'description'] as const;
  const changes = fields
    .filter((field) => !isSame(before[field], after[field]))
    .map((field) => [field, { from: before[field], to: after[field] }]);
  return [...renamed, ...changedWords(Object.fromEntries(changes) as Changes)];
}

export function isSame(a: string | string[] | null, b: string | string[] | null): boolean {
  const sorted = (value: typeof a) => JSON.stringify(Array.isArray(value) ? [...value].sort() : value);
  return sorted(a) === sorted(b);
}

function changedWords({ aliases, tags, category, description }: Changes): string[] {
  return [
    ...(aliases ? listWords(['alias', 'aliases'], aliases) : []),
    ...(tags ? listWords(['tag', 'tags'], tags) : []),
    ...(category ? [textWords('category', category.from ?? '', category.to ?? '')] : []),
    ...(description ? [textWords('description', description.from, description.to)] : []),
  ];
}

const LIST = new Intl.ListFormat('en');

function listWords([one, many]: [string, string], { from, to }: { from: string[]; to: string[] }): string[] {
  const added = to.filter((word) => !from.includes(word));
  const removed = from.filter((word) => !to.includes(word));
  const clause = (words: string[], what: string) =>
    words.length === 0 ? [] : [`${words.length === 1 ? one : many} ${LIST.format(words)} ${what}`];
  const clauses = [...clause(added, 'added'), ...clause(removed, 'removed')];
  return clauses.length > 0 ? clauses : [`order of the ${many} changed`];
}

function textWords(what: string, from: string, to: string): string {
  if (from === '') return `${what} set to “${to}”`;
  return to === '' ? `${what} “${from}” removed` : `${what} changed from “${from}” to “${to}”`;
}
