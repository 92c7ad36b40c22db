import { applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1EmojiLife } from '../../src/adapters/d1-emoji-life.ts';
import { d1Housekeeping } from '../../src/adapters/d1-housekeeping.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { d1Usage } from '../../src/adapters/d1-usage.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';
import * as moves from '../../src/domain/task.ts';
import { counters } from '../support/database.ts';
import { FAILURE, must, newOrder, RESULT, SOURCE, versionAfter } from '../support/tasks.ts';

const NAMES = [
  '0001_emojis_and_tasks.sql',
  '0002_task_system.sql',
  '0003_emoji_life.sql',
  '0004_task_dashboard.sql',
  '0005_access.sql',
  '0006_quotas.sql',
  '0007_emoji_rendering.sql',
  '0008_work.sql',
  '0009_publishing.sql',
  '0010_notices.sql',
  '0011_import_items.sql',
  '0012_notice_people.sql',
];

/** A database as the release before 0002 has left it. */
async function before0002(): Promise<void> {
  await applyD1Migrations(env.DB, env.MIGRATIONS.slice(0, 1));
  const emoji = env.DB.prepare('INSERT INTO emojis VALUES (?, ?, ?, ?, ?)');
  const name = env.DB.prepare('INSERT INTO emoji_names VALUES (?, ?)');
  const task = env.DB.prepare('INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const since = (state: string) => JSON.stringify([{ state, at: 1, reason: null }]);
  await env.DB.batch([
    emoji.bind('e-ready', 1, 'ab', 12, 3),
    emoji.bind('e-waiting', 2, null, null, null),
    name.bind('ready', 'e-ready'),
    name.bind('waiting', 'e-waiting'),
    task.bind('t-1', 'create', 'ready', 'SUCCESS', 1, 1, 2, 3, null, since('SUCCESS'), 3),
    task.bind('t-2', 'create', 'waiting', 'PENDING', 0, 2, null, null, null, since('PENDING'), 1),
    task.bind('t-3', 'create', 'broken', 'FAILURE', 1, 3, 4, 5, JSON.stringify(FAILURE), since('FAILURE'), 3),
    task.bind('t-4', 'create', 'broken', 'FAILURE', 1, 4, 5, 6, JSON.stringify(FAILURE), since('FAILURE'), 3),
  ]);
}

afterEach(reset);

it('brings what an earlier release has written up to date', async () => {
  expect(env.MIGRATIONS.map(({ name }) => name)).toEqual(NAMES);
  await before0002();
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  const history = d1TaskHistory(env.DB);
  expect(await counters()).toEqual({
    'custom_emoji_tasks{state="SUCCESS"}': 1,
    'custom_emoji_tasks{state="PENDING"}': 1,
    'custom_emoji_tasks{state="FAILURE"}': 2,
  });
  expect(await history.find('t-3')).toMatchObject({
    sourceKey: 'sources/t-3',
    version: 1,
    rendering: DEFAULT_RENDERING,
    failure: FAILURE,
    image: null,
    source: null,
  });
  const filter = { states: [], kind: null, parentId: null, emojiName: null, from: null, to: null, reason: 'broken' };
  const found = await history.list(filter, { order: 'newest', after: null, limit: 10 });
  expect(found.map(({ id }) => id)).toEqual(['t-4', 't-3']);
  const emojis = await env.DB.prepare('SELECT id, version, latest_version, source_key FROM emojis ORDER BY id').all();
  expect(emojis.results).toEqual([
    { id: 'e-ready', version: 1, latest_version: 1, source_key: 'sources/t-1' },
    { id: 'e-waiting', version: 0, latest_version: 1, source_key: null },
  ]);
  const { results } = await env.DB.prepare('SELECT id, emoji_id FROM tasks ORDER BY id').all();
  // The emoji of a task that failed is gone: another try is a new one, not that of another task.
  expect(results.map(({ emoji_id }) => emoji_id)).toEqual(['e-ready', 'e-waiting', 't-3', 't-4']);
});

it('lets the emoji and tasks of before go on', async () => {
  await before0002();
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  const catalogue = d1EmojiCatalogue(env.DB);
  expect((await catalogue.find('ready'))?.image).toEqual({ hash: 'ab', bytes: 12, frames: 3, renditions: {} });
  expect(await versionAfter(catalogue, 'e-ready')).toBe(2);
  // The sweep knows that a task waits for the name, and what the picture was made from.
  expect(await d1Housekeeping(env.DB).freeNames(1e12)).toBe(0);
  expect(await d1Housekeeping(env.DB).forgetTasks(4, 10)).toEqual({ tasks: 1, sourceKeys: [] });
  // The task that waits knows its emoji: its owner has it.
  const pending = moves.submit({
    id: 't-2',
    kind: 'create',
    parentId: null,
    emojiId: 'e-waiting',
    emojiName: 'waiting',
    version: 1,
    receivedAt: 2,
    sourceKey: 'sources/t-2',
    sourceHash: null,
    actor: null,
    rendering: DEFAULT_RENDERING,
    details: null,
  });
  await recordTask(env.DB, must(moves.succeed(must(moves.claim(pending, 'token', 5)), 'token', RESULT, 6)));
  expect((await catalogue.find('waiting'))?.image).toEqual(RESULT.image);
  expect(await counters()).toMatchObject({ 'custom_emoji_tasks{state="SUCCESS"}': 1 });
  expect(await counters()).not.toHaveProperty('custom_emoji_tasks{state="PENDING"}');
});

/** A database as the release before 0003 has left it: one emoji whose picture was replaced, and one that waits for its own. */
async function before0003(): Promise<void> {
  await applyD1Migrations(env.DB, env.MIGRATIONS.slice(0, 2));
  const emoji = env.DB.prepare(
    `INSERT INTO emojis (id, created_at, image_hash, image_bytes, image_frames, version, latest_version, source_key)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const name = env.DB.prepare('INSERT INTO emoji_names (name, emoji_id) VALUES (?, ?)');
  const task = env.DB.prepare(
    `INSERT INTO tasks (id, kind, emoji_name, emoji_id, version, source_key, state, attempts, received_at, source, history,
       sequence)
     VALUES (?1, ?2, ?3, ?4, ?5, 'sources/' || ?1, ?6, 1, ?7, ?8, '[]', 3)`,
  );
  await env.DB.batch([
    emoji.bind('e-waiting', 30, null, null, null, 0, 1, null),
    emoji.bind('e-new', 20, 'cd', 5, 1, 1, 1, 'sources/forgotten'),
    emoji.bind('e-old', 10, 'ab', 12, 3, 2, 3, 'sources/t-2'),
    name.bind('waiting', 'e-waiting'),
    name.bind('new', 'e-new'),
    name.bind('old', 'e-old'),
    task.bind('t-1', 'create', 'old', 'e-old', 1, 'SUCCESS', 10, JSON.stringify({ ...SOURCE, bytes: 1 })),
    task.bind('t-2', 'replace', 'old', 'e-old', 2, 'SUCCESS', 11, JSON.stringify(SOURCE)),
    task.bind('t-3', 'replace', 'old', 'e-old', 3, 'FAILURE', 12, null),
    task.bind('t-4', 'create', 'waiting', 'e-waiting', 1, 'PENDING', 30, null),
  ]);
}

it('gives the emoji of before a life', async () => {
  await before0003();
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  const life = d1EmojiLife(env.DB);
  const { results } = await env.DB.prepare(
    'SELECT id, number, name, revision, updated_at, owner FROM emojis ORDER BY number',
  ).all();
  const common = { revision: 1, owner: null };
  expect(results).toEqual([
    { id: 'e-old', number: 1, name: 'old', updated_at: 10, ...common },
    { id: 'e-new', number: 2, name: 'new', updated_at: 20, ...common },
    { id: 'e-waiting', number: 3, name: null, updated_at: 30, ...common },
  ]);
  const old = must(await life.find('old'));
  expect(old).toMatchObject({ source: SOURCE, version: 2, aliases: [], tags: [], category: null, description: '' });
  expect(old.rendering).toEqual(DEFAULT_RENDERING);
  // Its task is forgotten.
  expect(await life.find('new')).toMatchObject({ source: null, rendering: null });
  expect(await life.find('waiting')).toBeNull();
  // It goes on as any other: renamed, deleted and restored.
  const doing = { actor: null, at: 40 };
  const names = { primary: 'older', aliases: ['eldest'], former: ['old'] };
  const renamed = await life.change(old, { names }, [], doing);
  expect(renamed).toMatchObject({ name: 'older', revision: 2 });
  expect(await env.DB.prepare("SELECT rowid FROM emoji_search WHERE text MATCH 'eld'").first('rowid')).toBe(1);
  const gone = await life.delete({ id: 'e-old', revision: 2 }, doing);
  if (gone === 'changed') throw new Error('it is as it was seen');
  expect(await life.restore(gone, 'older', doing)).toMatchObject({
    aliases: ['eldest'],
    formerNames: ['old'],
    revision: 4,
  });
  // The next one has the next number.
  await d1EmojiCatalogue(env.DB).take(newOrder({ emojiName: 'newest' }));
  expect(await env.DB.prepare('SELECT max(number) AS number FROM emojis').first('number')).toBe(4);
});

/** Tasks as the release before 0004 has left them; a start that it has not written is in no row. */
async function before0004(): Promise<void> {
  await applyD1Migrations(env.DB, env.MIGRATIONS.slice(0, 3));
  const task = env.DB.prepare(
    `INSERT INTO tasks (id, kind, emoji_name, emoji_id, state, attempts, received_at, started_at, finished_at, history,
       sequence)
     VALUES (?1, 'create', ?1, ?1, ?2, 1, ?3, ?4, ?5, ?6, 2)`,
  );
  const changes = (...list: [string, number][]) =>
    JSON.stringify(list.map(([state, at]) => ({ state, at, reason: null })));
  const first = [
    task.bind('done', 'SUCCESS', 10, 20, 30, changes(['PENDING', 10], ['STARTED', 20], ['SUCCESS', 30])),
    task.bind('again', 'PENDING', 11, null, null, changes(['PENDING', 11], ['FAILURE', 40], ['PENDING', 90])),
    task.bind('retrying', 'RETRY', 12, 70, null, changes(['PENDING', 12], ['STARTED', 70], ['RETRY', 80])),
    task.bind('odd', 'PENDING', 85, null, null, '[]'),
  ];
  await env.DB.batch(first);
}

it('lets the tasks of before be listed, counted and waited for as new ones are', async () => {
  await before0004();
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  const history = d1TaskHistory(env.DB);
  const { results } = await env.DB.prepare('SELECT id, due_at FROM tasks ORDER BY due_at').all();
  expect(results).toEqual([
    { id: 'done', due_at: null },
    { id: 'retrying', due_at: 80 },
    { id: 'odd', due_at: 85 },
    { id: 'again', due_at: 90 },
  ]);
  expect(await history.queue(1_000, 1)).toMatchObject({ lastStartedAt: 70, due: [{ id: 'retrying', since: 80 }] });
  const all = { states: [], kind: null, parentId: null, emojiName: null, from: null, to: null, reason: null };
  const ended = await history.list(all, { order: 'finished', after: null, limit: 10 });
  expect(ended).toMatchObject([{ id: 'done', actor: null, history: [{ at: 10 }, { at: 20 }, { at: 30 }] }]);
});

it('has nothing to note of a database without tasks', async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  expect(await d1TaskHistory(env.DB).queue(1_000, 1)).toEqual({
    lastStartedAt: null,
    due: [],
    waiting: 0,
    started: 0,
  });
});

it('counts what owners have by then', async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS.slice(0, 5));
  const emoji = env.DB.prepare(
    'INSERT INTO emojis (id, number, created_at, owner, deleted_at, source_key, source) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6)',
  );
  const task = env.DB.prepare(
    `INSERT INTO tasks (id, kind, emoji_id, emoji_name, actor, state, attempts, received_at, finished_at, source_key,
       source, history, sequence)
     VALUES (?1, ?2, 'e', 'n', ?3, ?4, 1, 10, ?5, ?6, ?7, '[]', 2)`,
  );
  const bytes = (count: number) => JSON.stringify({ ...SOURCE, bytes: count });
  await env.DB.batch([
    emoji.bind('e-1', 1, 'ada', null, 'sources/t-1', bytes(100)),
    emoji.bind('e-2', 2, 'ada', null, 'sources/forgotten', bytes(20)),
    emoji.bind('e-3', 3, 'ada', 5, 'sources/in-bin', bytes(3)),
    emoji.bind('e-4', 4, null, null, 'sources/nobody', bytes(1)),
    task.bind('t-1', 'create', 'ada', 'SUCCESS', 11, 'sources/t-1', bytes(100)),
    task.bind('t-2', 'render', 'ada', 'SUCCESS', 11, 'sources/t-1', bytes(100)),
    task.bind('t-3', 'replace', 'bob', 'SUCCESS', 11, 'sources/t-3', bytes(4_000)),
    task.bind('t-4', 'replace', 'bob', 'PENDING', null, 'sources/t-4', null),
    task.bind('t-5', 'create', null, 'SUCCESS', 11, 'sources/t-5', bytes(1)),
  ]);
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  const usage = d1Usage(env.DB);
  expect(await usage.of('ada')).toEqual({ emojis: 2, bytes: 123, tasks: 0 });
  expect(await usage.of('bob')).toEqual({ emojis: 0, bytes: 4_000, tasks: 1 });
  const owners = (await env.DB.prepare('SELECT owner FROM usage ORDER BY owner').all<{ owner: string }>()).results;
  expect(owners).toEqual([{ owner: 'ada' }, { owner: 'bob' }]);
});
