import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, exportDatabase, missingObjects } from '../../src/cli/backups/database.ts';
import { BackupFolder, type Kept } from '../../src/cli/backups/folder.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'backup-test-'));
});

afterEach(() => rm(folder, { recursive: true }));

const bytesOf = (text: string) => new TextEncoder().encode(text);

function keptAs(key: string, text: string): Kept {
  const etag = createHash('md5').update(text).digest('hex');
  return { key, size: text.length, etag, httpMetadata: { contentType: 'image/gif' }, customMetadata: {} };
}

describe('the folder of a backup', () => {
  it('takes no bytes that are not those of the object', async () => {
    const backup = new BackupFolder(folder);
    await expect(backup.keep(keptAs('images/a.gif', 'abc'), bytesOf('abd'))).rejects.toThrow('images/a.gif is damaged');
    await expect(backup.keep(keptAs('images/a.gif', 'abc'), bytesOf('ab'))).rejects.toThrow('2 bytes instead of 3');
    expect(await backup.kept()).toEqual(new Map());
    // R2 has no hash of what was stored in parts.
    const large = { ...keptAs('sources/large', 'abc'), etag: '900150983cd24fb0d6963f7d28e17f72-2' };
    await backup.keep(large, bytesOf('xyz'));
    expect([...(await backup.kept()).keys()]).toEqual(['sources/large']);
  });

  it('is left by no key', async () => {
    const backup = new BackupFolder(path.join(folder, 'inner'));
    for (const key of ['../../out', 'a/../../../out', './x', '/etc/x', 'a\\..\\b']) {
      const kept = keptAs(key, 'abc');
      await backup.keep(kept, bytesOf('abc'));
      expect(await backup.read(kept)).toEqual(Buffer.from('abc'));
    }
    expect(await readdir(folder)).toEqual(['inner']);
    expect((await readdir(path.join(folder, 'inner'))).sort()).toEqual(['objects', 'objects.jsonl']);
  });

  it('forgets what the service has deleted', async () => {
    const backup = new BackupFolder(folder);
    for (const name of ['a', 'b']) await backup.keep(keptAs(`images/${name}.gif`, name), bytesOf(name));
    const facts = { service: 'custom-emoji', at: 1, missing: [] };
    const manifest = await backup.complete(facts, new Set(['images/b.gif']));
    expect(manifest).toEqual({ version: 1, ...facts, objects: 1, bytes: 1 });
    expect(await readdir(path.join(folder, 'objects', 'images'))).toEqual(['b.gif']);
    expect(await backup.manifest()).toEqual(manifest);
    await backup.begin();
    await expect(backup.manifest()).rejects.toThrow('no complete backup');
  });
});

describe('the database of a backup', () => {
  it('is asked what objects there have to be', async () => {
    const migrations = (await readdir('migrations')).sort();
    const sql = await Promise.all(migrations.map((name) => readFile(path.join('migrations', name), 'utf8')));
    const rows = `
      INSERT INTO emojis (id, number, created_at, image_hash, renditions, source_key)
        VALUES ('e-1', 1, 1, 'ab', '{"png":{"hash":"cd","bytes":1}}', 'sources/t-1');
      INSERT INTO emojis (id, number, created_at) VALUES ('e-2', 2, 1);`;
    const ask = (...keys: string[]) =>
      missingObjects(path.join(folder, `${keys.length}.sqlite`), sql.join('\n') + rows, keys);
    expect(ask()).toEqual(['images/ab', 'images/cd', 'sources/t-1']);
    expect(ask('images/ab.gif', 'sources/t-1')).toEqual(['images/cd']);
    expect(ask('images/ab.gif', 'images/cd.png', 'sources/t-1', 'images/more.gif')).toEqual([]);
  });

  it('leaves out what D1 cannot export, and has all else in an order that it can be made anew in', async () => {
    const part = (type: string, name: string, sql: string) => ({ type, name, sql });
    const schema = [
      part('table', '_cf_KV', 'CREATE TABLE _cf_KV (key TEXT)'),
      part('table', 'd1_migrations', 'CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT)'),
      part('table', 'sqlite_sequence', 'CREATE TABLE sqlite_sequence(name,seq)'),
      part('table', 'counters', 'CREATE TABLE counters (name TEXT)'),
      part('table', 'emoji_search', 'CREATE VIRTUAL TABLE emoji_search USING fts5 (text)'),
      part('table', 'emoji_search_data', "CREATE TABLE 'emoji_search_data'(id INTEGER PRIMARY KEY)"),
      part('index', 'counters_by_name', 'CREATE INDEX counters_by_name ON counters (name)'),
    ];
    const exported: string[][] = [];
    const database = {
      query: async () => schema,
      export: async (tables: string[], file: string) => {
        exported.push(tables);
        await writeFile(file, 'PRAGMA defer_foreign_keys=TRUE;\nINSERT INTO "counters" ("name") VALUES(\'a;\');');
      },
    } as unknown as Database;
    const file = path.join(folder, 'database.sql');
    await exportDatabase(database, file);
    expect(exported).toEqual([['d1_migrations', 'counters']]);
    const lines = (await readFile(file, 'utf8')).split('\n');
    expect(lines.map((line) => line.split(/ \(|\(/)[0])).toEqual([
      'PRAGMA defer_foreign_keys = TRUE;',
      'CREATE TABLE d1_migrations',
      'CREATE TABLE counters',
      'CREATE VIRTUAL TABLE emoji_search USING fts5',
      'INSERT INTO "counters"',
      'CREATE INDEX counters_by_name ON counters',
      'INSERT OR REPLACE INTO counters',
      '',
    ]);
    expect(await readdir(folder)).toEqual(['database.sql']);
  });
});
