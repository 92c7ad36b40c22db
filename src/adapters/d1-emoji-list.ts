import type { EmojiFilter, EmojiList, EmojiPosition, EmojiQuery, ListedEmoji, ListPart } from '../application/ports.ts';
import { type Database, rowsOf } from './d1-session.ts';

/** Of what an index finds, so many are checked for the rest of a filter at once. */
const MOST_CHECKED = 500;

/** The FTS index is one of three characters each. */
const TRIGRAM = 3;

interface EmojiRow {
  id: string;
  revision: number;
  name: string;
  aliases: string;
  tags: string;
  category: string | null;
  description: string;
  owner: string | null;
  image_hash: string;
  image_bytes: number;
  image_frames: number;
  renditions: string;
  created_at: number;
  updated_at: number;
}

type Value = string | number;
type Condition = [sql: string, ...values: Value[]];

/** A walk along ranges of an index, merged in their order; and what is to be checked of the emoji that are found. */
interface Walk {
  table: string;
  /** The columns that it is in the order of; a single one where it is descending. */
  order: string[];
  descending: boolean;
  /** The column that leads to the emoji, and the column of `emojis` that it is. */
  link: [column: string, emojiColumn: string];
  ranges: Condition[][];
  checks: Condition[];
}

const LISTED = `
  emojis.id, emojis.revision, emojis.name, emojis.tags, emojis.category, emojis.description, emojis.owner,
  emojis.image_hash, emojis.image_bytes, emojis.image_frames, emojis.renditions, emojis.created_at, emojis.updated_at,
  (SELECT json_group_array(name) FROM emoji_names WHERE emoji_id = emojis.id AND kind = 'alias') AS aliases`;

const LOOK_UP = `
  SELECT asked.value AS asked, ${LISTED}
  FROM json_each(?) AS asked
    CROSS JOIN emoji_names ON emoji_names.name = asked.value
    CROSS JOIN emojis ON emojis.id = emoji_names.emoji_id
  WHERE emojis.name IS NOT NULL`;

/** From each tag straight to the next one: as many rows as there are tags, however many emoji have them. */
export const TAGS_OF_ALL = `
  WITH RECURSIVE each_tag (tag) AS (
    SELECT min(tag) FROM emoji_tags
    UNION ALL
    SELECT (SELECT min(tag) FROM emoji_tags WHERE tag > each_tag.tag) FROM each_tag WHERE tag IS NOT NULL
  )
  SELECT tag FROM each_tag WHERE tag IS NOT NULL LIMIT ?`;

const VERSION = "SELECT value FROM counters WHERE name = 'emoji_changes'";

/** The results of statements that are asked together, in one transaction. */
type Ask = (statements: D1PreparedStatement[]) => Promise<D1Result<object>[]>;

/** @param db with the tables of `migrations/` */
export function d1EmojiList(db: Database): EmojiList {
  async function page(ask: Ask, query: EmojiQuery, after: EmojiPosition | null, limit: number) {
    const parts = partsOf(query);
    const found: { emoji: ListedEmoji; position: EmojiPosition }[] = [];
    for (const part of parts.slice(after ? parts.indexOf(after.part) : 0)) {
      const key = part === after?.part ? after.key : [];
      const page = await pageOfPart(ask, query, part, key, limit - found.length);
      found.push(...page.found);
      if (page.next) return { found, next: page.next };
    }
    return { found, next: null };
  }

  async function pageOfPart(ask: Ask, query: EmojiQuery, part: ListPart, after: Value[], limit: number) {
    const walk = walkOf(query, part, after);
    const [rows, edge] = await read(db, ask, walk, limit);
    const positionOf = (row: object) => ({ part, key: keyOf(walk, row) });
    const found = rows.slice(0, limit).map((row) => ({ emoji: toListed(row), position: positionOf(row) }));
    if (rows.length > limit) return { found, next: found.at(-1)?.position ?? { part, key: after } };
    return { found, next: edge && positionOf(edge) };
  }

  return {
    async version() {
      return (await db.prepare(VERSION).first<number>('value')) ?? 0;
    },

    parts: partsOf,

    page: (query, after, limit) => page((statements) => db.batch(statements), query, after, limit),

    async pageWithVersion(query, after, limit) {
      let version: number | null = null;
      const ask: Ask = async (statements) => {
        if (version !== null) return db.batch(statements);
        const [counter, ...results] = await db.batch<object>([db.prepare(VERSION), ...statements]);
        version = (counter?.results[0] as { value: number } | undefined)?.value ?? 0;
        return results;
      };
      const found = await page(ask, query, after, limit);
      return { ...found, version: version ?? 0 };
    },

    async lookUp(names) {
      const isWhole = (rows: unknown[]) => rows.length === names.length;
      const rows = await rowsOf<EmojiRow & { asked: string }>(db, LOOK_UP, [JSON.stringify(names)], isWhole);
      return new Map(rows.map((row) => [row.asked, toListed(row)]));
    },

    async tags(limit) {
      const { results } = await db.prepare(TAGS_OF_ALL).bind(limit).all<{ tag: string }>();
      return results.map(({ tag }) => tag);
    },
  };
}

function partsOf({ text, order }: EmojiQuery): ListPart[] {
  if (text === null) return [order];
  return ['prefix', Array.from(text).length < TRIGRAM ? 'tag' : 'text'];
}

/** @returns one more than `limit` if there are; and the last that was checked, if not all were */
async function read(
  db: Database,
  ask: Ask,
  walk: Walk,
  limit: number,
): Promise<[rows: EmojiRow[], edge: object | null]> {
  // One transaction: what comes and goes between the two would be skipped.
  const [found, edge] = await ask(queriesOfWalk(walk, limit).map(({ sql, values }) => db.prepare(sql).bind(...values)));
  return [(found?.results ?? []) as EmojiRow[], edge?.results[0] ?? null];
}

/** Exported for the plans of the queries to be looked at. */
export function queriesOf(query: EmojiQuery, part: ListPart, after: Value[], limit: number) {
  return queriesOfWalk(walkOf(query, part, after), limit);
}

const queriesOfWalk = (walk: Walk, limit: number) => [
  pageQuery(walk, limit),
  ...(walk.checks.length > 0 ? [edgeQuery(walk)] : []),
];

/** The inner query walks the index; the outer one takes the emoji in that order, so that nothing is sorted. */
function pageQuery(walk: Walk, limit: number): { sql: string; values: Value[] } {
  const { order, link, checks } = walk;
  const candidates = candidatesOf(walk, checks.length > 0 ? MOST_CHECKED : limit + 1);
  const where = checks.length === 0 ? '' : `WHERE ${checks.map(([sql]) => sql).join(' AND ')}`;
  const keys = order.map((_, index) => `candidate.key${index}`).join(', ');
  return {
    sql: `SELECT ${keys}, ${LISTED} FROM (${candidates.sql}) AS candidate
      CROSS JOIN emojis ON emojis.${link[1]} = candidate.link
      ${where} ORDER BY ${keys}${direction(walk)} LIMIT ?`,
    values: [...candidates.values, ...checks.flatMap(([, ...values]) => values), limit + 1],
  };
}

/** The last that is checked, if there are as many as that. */
function edgeQuery(walk: Walk): { sql: string; values: Value[] } {
  const { sql, values } = candidatesOf(walk, MOST_CHECKED);
  return { sql: `${sql} OFFSET ?`, values: [...values.slice(0, -1), 1, MOST_CHECKED - 1] };
}

function candidatesOf(walk: Walk, limit: number): { sql: string; values: Value[] } {
  const { table, order, link, ranges } = walk;
  const columns = order.map((column, index) => `${column} AS key${index}`).join(', ');
  // By the names of the columns: SQLite sees that both queries have the same order.
  const keys = order.map((_, index) => `key${index}`).join(', ');
  const selects = ranges.map(
    (range) => `SELECT ${columns}, ${link[0]} AS link FROM ${table} WHERE ${range.map(([sql]) => sql).join(' AND ')}`,
  );
  return {
    sql: `${selects.join(' UNION ALL ')} ORDER BY ${keys}${direction(walk)} LIMIT ?`,
    values: [...ranges.flat().flatMap(([, ...values]) => values), limit],
  };
}

const direction = ({ descending }: Walk): string => (descending ? ' DESC' : '');

function keyOf({ order }: Walk, row: object): Value[] {
  return order.map((_, index) => (row as Record<string, Value>)[`key${index}`] ?? '');
}

function walkOf(query: EmojiQuery, part: ListPart, after: Value[]): Walk {
  const text = query.text ?? '';
  switch (part) {
    case 'name':
      return ledWalk(query, 'name', ['name > ?', after[0] ?? '']);
    case 'newest':
      return ledWalk(query, 'number', ['number < ?', after[0] ?? Number.MAX_SAFE_INTEGER]);
    case 'prefix':
      return {
        table: 'emoji_names',
        order: ['name'],
        descending: false,
        link: ['emoji_id', 'id'],
        ranges: [
          [
            after[0] === undefined ? ['name >= ?', text] : ['name > ?', after[0]],
            ['name < ?', endOf(text)],
            ["kind <> 'former'"],
          ],
        ],
        // Under the first name of those that it is found by.
        checks: [['emojis.name IS NOT NULL'], noName(text, 'candidate.key0'), ...checksOf(query)],
      };
    case 'text':
      return {
        table: 'emoji_search',
        order: ['rowid'],
        descending: true,
        link: ['rowid', 'number'],
        ranges: [
          [
            ['text MATCH ?', `"${text.replaceAll('"', '""')}"`],
            // D1 gives all numbers as floating-point ones, and FTS5 can go straight to an integer only.
            ['rowid < CAST(? AS INTEGER)', after[0] ?? Number.MAX_SAFE_INTEGER],
          ],
        ],
        checks: [noName(text), ...checksOf(query)],
      };
    case 'tag':
      return {
        table: 'emoji_tags',
        order: ['tag', 'name'],
        descending: false,
        link: ['emoji_id', 'id'],
        ranges: [
          [
            ['(tag, name) > (?, ?)', after[0] ?? text, after[1] ?? ''],
            ['tag < ?', endOf(text)],
          ],
        ],
        checks: [noName(text), noTag(text), ...checksOf(query)],
      };
  }
}

/** The most selective part of the filter has the index; the rest is checked. */
function ledWalk(query: EmojiFilter, column: 'name' | 'number', from: Condition): Walk {
  const { tag, owner, animated } = query;
  const walk = { order: [column], descending: column === 'number' };
  if (tag !== null) {
    const ranges: Condition[][] = [[['tag = ?', tag], from]];
    return {
      ...walk,
      table: 'emoji_tags',
      link: ['emoji_id', 'id'],
      ranges,
      checks: checksOf({ ...query, tag: null }),
    };
  }
  const [index, led]: [string, Condition[]] =
    owner !== null
      ? ['emojis_by_owner', [['owner = ?', owner]]]
      : ['emojis_by_motion', (animated === null ? [false, true] : [animated]).map(isAnimated)];
  return {
    ...walk,
    table: `emojis INDEXED BY ${index}${column === 'number' ? '_and_number' : ''}`,
    link: ['rowid', 'rowid'],
    ranges: led.map((condition) => [condition, ['name IS NOT NULL'], from]),
    checks: owner === null ? [] : checksOf({ ...query, owner: null }),
  };
}

const isAnimated = (animated: boolean): Condition => ['(image_frames > 1) = ?', animated ? 1 : 0];

function checksOf({ tag, owner, animated }: EmojiFilter): Condition[] {
  const checks: Condition[] = [];
  if (tag !== null) checks.push(['EXISTS (SELECT 1 FROM emoji_tags WHERE tag = ? AND name = emojis.name)', tag]);
  if (owner !== null) checks.push(['emojis.owner = ?', owner]);
  if (animated !== null) checks.push(isAnimated(animated));
  return checks;
}

/** That no name or alias of the emoji starts with a text and comes before `end`. */
function noName(text: string, end?: string): Condition {
  const names = 'SELECT 1 FROM emoji_names INDEXED BY emoji_names_by_emoji';
  const sql = `NOT EXISTS (${names} WHERE emoji_id = emojis.id AND kind <> 'former' AND name >= ? AND name < ${end ?? '?'})`;
  return end === undefined ? [sql, text, endOf(text)] : [sql, text];
}

/** That no tag of the emoji starts with a text and comes before the one that it is found by. */
function noTag(text: string): Condition {
  const tags = 'SELECT 1 FROM emoji_tags INDEXED BY emoji_tags_by_emoji';
  return [`NOT EXISTS (${tags} WHERE emoji_id = emojis.id AND tag >= ? AND tag < candidate.key0)`, text];
}

/** What comes after all that starts with a text: no name has the last code point in it. */
const endOf = (text: string): string => `${text}\u{10ffff}`;

function toListed(row: EmojiRow): ListedEmoji {
  return {
    id: row.id,
    revision: row.revision,
    name: row.name,
    aliases: (JSON.parse(row.aliases) as string[]).sort(),
    tags: JSON.parse(row.tags) as string[],
    category: row.category,
    description: row.description,
    owner: row.owner,
    image: { hash: row.image_hash, bytes: row.image_bytes, frames: row.image_frames },
    renditions: Object.keys(JSON.parse(row.renditions) as object),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
