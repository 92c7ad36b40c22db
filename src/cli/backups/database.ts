import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SEARCH_ROWS } from '../../adapters/d1-emoji-index.ts';
import { SMOKE_TEST } from '../deploying/smoke-test.ts';
import { must, type Wrangler } from '../wrangler.ts';

/** The database of a service, by wrangler. */
export interface Database {
  query<Row>(sql: string): Promise<Row[]>;
  /** Runs a file: all of it, or nothing where a part of it fails. */
  execute(file: string): Promise<void>;
  /** Writes the rows of tables as `INSERT`s, as they are at one moment. At Cloudflare nothing else is answered meanwhile. */
  export(tables: string[], file: string): Promise<void>;
  migrate(): Promise<void>;
}

/**
 * @param file of the configuration
 * @param isLocal the one of `npm start`
 */
export function databaseBy(wrangler: Wrangler, file: string, isLocal: boolean): Database {
  const where = ['DB', isLocal ? '--local' : '--remote', '--config', file];
  return {
    async query<Row>(sql: string) {
      const ran = await wrangler(['d1', 'execute', ...where, '--json', '--command', sql]);
      const [answer] = JSON.parse(must(ran, 'The database does not answer.')) as { results: Row[] }[];
      return answer?.results ?? [];
    },
    async execute(sqlFile) {
      must(await wrangler(['d1', 'execute', ...where, '--yes', '--file', sqlFile]), 'The database took nothing of it.');
    },
    async export(tables, output) {
      const chosen = tables.flatMap((table) => ['--table', table]);
      const args = ['d1', 'export', ...where, '--skip-confirmation', '--no-schema', '--output', output, ...chosen];
      must(await wrangler(args), 'The database cannot be exported.');
    },
    async migrate() {
      must(await wrangler(['d1', 'migrations', 'apply', ...where]), 'A migration failed.');
    },
  };
}

interface Part {
  name: string;
  type: string;
  sql: string;
}

interface Schema {
  /** Virtual ones first: they take their own ordinary ones along. */
  tables: Part[];
  virtual: Part[];
  rest: Part[];
}

async function schemaOf(database: Database): Promise<Schema> {
  const parts = await database.query<Part>(
    'SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid',
  );
  const isVirtual = ({ sql }: Part) => /^CREATE VIRTUAL TABLE/i.test(sql);
  const virtual = parts.filter(isVirtual);
  const isOwn = ({ name }: Part) =>
    !/^(sqlite_|_cf_)/.test(name) && !virtual.some((table) => name.startsWith(`${table.name}_`));
  const own = parts.filter((part) => !isVirtual(part) && isOwn(part));
  return {
    tables: own.filter(({ type }) => type === 'table'),
    virtual,
    rest: own.filter(({ type }) => type !== 'table'),
  };
}

/** By which a restored database tells which backup is in it, so that a restore that was broken off can go on. */
const RESTORED_FROM = 'restored_from';

/**
 * Writes a file that makes the tables and their rows anew. D1 exports no database that has a table for searching
 * (workers-sdk#9519), nor the indexes of tables that are chosen: so only rows are exported, and the schema is read
 * beside. The search is made anew of what it is made of.
 *
 * @returns when, in milliseconds since 1970
 */
export async function exportDatabase(database: Database, file: string): Promise<number> {
  const { tables, virtual, rest } = await schemaOf(database);
  const rows = `${file}.rows`;
  const at = Date.now();
  await database.export(
    tables.map(({ name }) => name),
    rows,
  );
  const statements = [
    'PRAGMA defer_foreign_keys = TRUE',
    ...[...tables, ...virtual].map(({ sql }) => sql),
    (await readFile(rows, 'utf8')).replace(/^PRAGMA defer_foreign_keys ?= ?TRUE;\n?/, '').replace(/;\s*$/, ''),
    ...rest.map(({ sql }) => sql),
    `INSERT OR REPLACE INTO counters (name, value) VALUES ('${RESTORED_FROM}', ${at})`,
  ];
  await writeFile(
    file,
    statements
      .filter((sql) => sql !== '')
      .map((sql) => `${sql};\n`)
      .join(''),
  );
  await rm(rows);
  return at;
}

/**
 * Looks whether a service has all that its database says, by reading the file as SQLite does.
 *
 * @param keys of the objects that there are
 * @returns the beginnings of keys that are missing
 */
export function missingObjects(file: string, sql: string, keys: Iterable<string>): string[] {
  const database = new DatabaseSync(path.resolve(file));
  try {
    database.exec(sql);
    const needed = database
      .prepare(
        `SELECT 'images/' || image_hash AS start FROM emojis WHERE image_hash IS NOT NULL
         UNION SELECT 'images/' || json_extract(value, '$.hash') FROM emojis, json_each(renditions)
         UNION SELECT source_key FROM emojis WHERE source_key IS NOT NULL`,
      )
      .all() as { start: string }[];
    const there = new Set([...keys].map((key) => key.replace(/\.\w+$/, '')));
    return needed.map(({ start }) => start).filter((start) => !there.has(start));
  } finally {
    database.close();
  }
}

/** Whether a database has nothing of anybody, has what a restore of this backup has put there, or has something else. */
export async function stateOf(database: Database, at: number): Promise<'empty' | 'restored' | 'used'> {
  const { tables } = await schemaOf(database);
  if (!tables.some(({ name }) => name === 'tasks')) return 'empty';
  const [found] = await database.query<{ used: number; from: number | null }>(
    // What `npm run deploy` has tried out is nobody's.
    `SELECT EXISTS (SELECT 1 FROM emojis WHERE coalesce(name, deleted_name, '') NOT LIKE '${SMOKE_TEST}%')
       OR EXISTS (SELECT 1 FROM tasks WHERE emoji_name NOT LIKE '${SMOKE_TEST}%')
       OR EXISTS (SELECT 1 FROM api_tokens) AS used,
       (SELECT value FROM counters WHERE name = '${RESTORED_FROM}') AS "from"`,
  );
  if (found?.from === at) return 'restored';
  return found?.used ? 'used' : 'empty';
}

/** Puts a backup in the place of all tables, brings these up to date, and makes the search anew. */
export async function importDatabase(database: Database, file: string): Promise<void> {
  const { tables, virtual } = await schemaOf(database);
  const drops = [...virtual, ...tables].map(({ name }) => `DROP TABLE IF EXISTS "${name}";\n`).join('');
  const whole = `${file}.import`;
  try {
    await writeFile(whole, `PRAGMA defer_foreign_keys = TRUE;\n${drops}${await readFile(file, 'utf8')}`);
    await database.execute(whole);
    await database.migrate();
    await writeFile(whole, `DELETE FROM emoji_search;\n${SEARCH_ROWS};\n`);
    await database.execute(whole);
  } finally {
    await rm(whole, { force: true });
  }
}
