import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1EmojiLife } from '../../src/adapters/d1-emoji-life.ts';
import { d1Housekeeping } from '../../src/adapters/d1-housekeeping.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import type { ChangedEmoji, EmojiChange } from '../../src/application/ports.ts';
import type { DeletedEmoji, EmojiDetails, EmojiRevision } from '../../src/domain/emoji.ts';
import { migrate, plansOf } from '../support/database.ts';
import { must, newOrder, RESULT, taskIn, versionAfter } from '../support/tasks.ts';

const catalogue = d1EmojiCatalogue(env.DB);
const life = d1EmojiLife(env.DB);
const housekeeping = d1Housekeeping(env.DB);
const DOING = { actor: 'ada', at: 5_000 };

/** An emoji that can be seen. @param takenFrom who was called so before */
async function add(name: string, takenFrom: string[] = []): Promise<EmojiDetails> {
  const order = newOrder({ emojiName: name, receivedAt: 1_000 });
  expect(await catalogue.take(order)).toEqual(takenFrom);
  await recordTask(env.DB, taskIn('SUCCESS', 1_000, order));
  return must(await life.find(name));
}

/** The landing of another picture. */
const land = (emojiId: string, version: number) =>
  recordTask(env.DB, {
    ...taskIn('SUCCESS', 2_000, { kind: 'replace', emojiId, version }),
    image: { ...RESULT.image, hash: `picture ${version}` },
  });

const change = (seen: EmojiRevision, what: EmojiChange) =>
  life.change(seen, what, [{ action: 'changed', details: {} }], DOING);

const named = (primary: string, aliases: string[] = [], former: string[] = []): EmojiChange => ({
  names: { primary, aliases, former },
});

const isDone = (outcome: unknown) => outcome !== 'changed' && !(outcome as { taken?: string[] }).taken;

async function deleted(emoji: EmojiRevision, at = 5_000): Promise<DeletedEmoji> {
  const outcome = await life.delete(emoji, { ...DOING, at });
  if (outcome === 'changed') throw new Error('it was not as it was seen');
  return outcome;
}

/** Names and kinds, as rows. */
async function names(): Promise<string[]> {
  const { results } = await env.DB.prepare(
    'SELECT emoji_names.name AS name, kind, emojis.name AS present FROM emoji_names JOIN emojis ON id = emoji_id ORDER BY 1',
  ).all<{ name: string; kind: string; present: string }>();
  return results.map(({ name, kind, present }) => `${name}: ${kind} of ${present}`);
}

async function actions(emojiId: string): Promise<string[]> {
  const events = await life.events(emojiId, { before: null, limit: 100 });
  return events.toReversed().map(({ action }) => action);
}

/** What can be searched for, by the number of its emoji. */
async function searched(): Promise<Record<number, string[]>> {
  const { results } = await env.DB.prepare('SELECT rowid, text FROM emoji_search').all<{
    rowid: number;
    text: string;
  }>();
  return Object.fromEntries(results.map(({ rowid, text }) => [rowid, text.split('\n').sort()]));
}

const changes = () => env.DB.prepare("SELECT value FROM counters WHERE name = 'emoji_changes'").first<number>('value');

beforeEach(migrate);
afterEach(reset);

describe('a change', () => {
  it('of one of two who have seen the same is done, all of it; nothing is of the other', async () => {
    const emoji = await add('tada');
    const outcomes = await Promise.all([change(emoji, { tags: ['a'] }), change(emoji, { tags: ['b'], category: 'c' })]);
    expect(outcomes.filter(isDone)).toHaveLength(1);
    expect(outcomes).toContain('changed');
    const { tags, category, revision } = must(await life.find('tada'));
    expect([tags, category]).toEqual(isDone(outcomes[0]) ? [['a'], null] : [['b'], 'c']);
    expect(revision).toBe(emoji.revision + 1);
    expect(await actions(emoji.id)).toEqual(['created', 'picture_shown', 'changed']);
  });

  it('keeps the search, the tags and the counter of the list up to date', async () => {
    const emoji = await add('tada');
    const before = must(await changes());
    await change(emoji, { ...named('party', ['hooray'], ['tada']), tags: ['fun', 'loud'] });
    expect(await searched()).toEqual({ 1: ['fun', 'hooray', 'loud', 'party'] });
    const tagged = await env.DB.prepare('SELECT tag, name FROM emoji_tags ORDER BY tag').all();
    expect(tagged.results).toEqual([
      { tag: 'fun', name: 'party' },
      { tag: 'loud', name: 'party' },
    ]);
    expect(await changes()).toBe(before + 1);
  });

  it('leaves what is not given as it is', async () => {
    const emoji = await add('tada');
    const all = { tags: ['a'], category: 'b', description: 'c' };
    const first = (await change(emoji, all)) as EmojiDetails;
    expect(first).toMatchObject({ ...all, name: 'tada', updatedAt: 5_000 });
    const second = (await change(first, { description: 'd' })) as EmojiDetails;
    expect(second).toMatchObject({ ...all, description: 'd' });
    expect(await change(second, { category: null })).toMatchObject({ tags: ['a'], category: null, description: 'd' });
  });

  it('of one that was dropped for good is none', async () => {
    const emoji = await add('tada');
    await deleted(emoji);
    await housekeeping.dropDeleted(1e12, 10);
    expect(await life.change(emoji, { tags: [] }, [], DOING)).toBe('changed');
    expect(await life.delete(emoji, DOING)).toBe('changed');
  });

  it('passes on any other fault of the database', async () => {
    const emoji = await add('tada');
    await env.DB.exec('DROP TABLE emoji_tags');
    await expect(change(emoji, { tags: [] })).rejects.toThrow('no such table');
  });
});

describe('names', () => {
  it('are given to one of two emoji that want the same at once', async () => {
    const [a, b] = [await add('a'), await add('b')];
    const outcomes = await Promise.all([change(a, named('c', [], ['a'])), change(b, named('c', [], ['b']))]);
    expect(outcomes.filter(isDone)).toHaveLength(1);
    expect(outcomes).toContainEqual({ taken: ['c'] });
    expect(await names()).toEqual(
      isDone(outcomes[0])
        ? ['a: former of c', 'b: primary of b', 'c: primary of c']
        : ['a: primary of a', 'b: former of c', 'c: primary of c'],
    );
  });

  it('are refused where others have them, all of which are told', async () => {
    const [a, b] = [await add('a'), await add('b')];
    await change(b, named('b', ['c', 'd']));
    expect(await change(a, named('a', ['b', 'c', 'e']))).toEqual({ taken: ['b', 'c'] });
    expect(await catalogue.isTaken('e')).toBe(false);
  });

  it('that an emoji had before are taken by a new one, by an alias and by another’s name', async () => {
    const [a, b] = [await add('a1'), await add('b')];
    const renamed = (await change(a, named('a', [], ['a1', 'a2', 'a3']))) as ChangedEmoji;
    expect(renamed.formerNames).toEqual(['a1', 'a2', 'a3']);
    expect(renamed.namesTakenFrom).toEqual([]);
    await add('a1', [a.id]);
    expect(await change(b, named('a2', ['a3'], ['b']))).toMatchObject({ namesTakenFrom: [a.id] });
    expect(await names()).toEqual([
      'a: primary of a',
      'a1: primary of a1',
      'a2: primary of a2',
      'a3: alias of a2',
      'b: former of a2',
    ]);
    // Whoever has seen the one that lost them is told.
    expect(await change(renamed, { tags: [] })).toBe('changed');
  });

  it('are not taken back as former ones from who has them by now', async () => {
    const seen = (await change(await add('a1'), named('a', [], ['a1']))) as EmojiDetails;
    await add('a1', [seen.id]);
    const now = must(await life.find('a'));
    // As it was read before the other one came.
    const outcome = await change({ ...now, revision: now.revision }, named('b', [], [...seen.formerNames, 'a']));
    expect(outcome).toMatchObject({ name: 'b', formerNames: ['a'] });
    expect(await names()).toContain('a1: primary of a1');
  });

  it('of before become the present one again, by the emoji itself', async () => {
    const renamed = (await change(await add('a'), named('b', [], ['a']))) as EmojiDetails;
    const back = (await change(renamed, named('a', [], ['b']))) as EmojiDetails;
    expect(back).toMatchObject({ name: 'a', formerNames: ['b'], revision: renamed.revision + 1 });
    expect(await names()).toEqual(['a: primary of a', 'b: former of a']);
  });

  it('stay right when a picture lands at the same time', async () => {
    const emoji = await add('tada');
    const version = must(await versionAfter(catalogue, emoji.id));
    const seen = must(await life.find('tada'));
    const [outcome] = await Promise.all([change(seen, named('party', [], ['tada'])), land(emoji.id, version)]);
    const now = must(await life.find(isDone(outcome) ? 'party' : 'tada'));
    expect(now).toMatchObject({ version, image: { hash: 'picture 2' } });
    expect(now.name).toBe(isDone(outcome) ? 'party' : 'tada');
    expect(await searched()).toEqual({ 1: [now.name] });
    expect((await actions(emoji.id)).filter((action) => action === 'picture_shown')).toHaveLength(2);
  });
});

describe('an emoji that is deleted', () => {
  it('is nowhere to be seen, and comes back as it was', async () => {
    const before = await add('a');
    const emoji = (await change(before, { ...named('b', ['c'], ['a']), tags: ['fun'] })) as EmojiDetails;
    const gone = await deleted(emoji);
    expect([await names(), await searched()]).toEqual([[], {}]);
    expect(await env.DB.prepare('SELECT COUNT(*) AS n FROM emoji_tags').first('n')).toBe(0);
    expect(await life.delete(emoji, DOING)).toBe('changed');
    expect(await versionAfter(catalogue, emoji.id)).toBeNull();
    const back = await life.restore(gone, 'b', { ...DOING, at: 6_000 });
    expect(back).toEqual({ ...emoji, revision: emoji.revision + 2, updatedAt: 6_000 });
    expect(await searched()).toEqual({ 1: ['b', 'c', 'fun'] });
    expect(await life.restore(gone, 'b', DOING)).toBe('changed');
    expect(await actions(emoji.id)).toEqual(['created', 'picture_shown', 'changed', 'deleted', 'restored']);
  });

  it('takes the picture that was under way, and shows it when it is restored', async () => {
    const emoji = await add('tada');
    const version = must(await versionAfter(catalogue, emoji.id));
    const gone = await deleted(must(await life.find('tada')));
    await land(emoji.id, version);
    expect([await life.find('tada'), await searched()]).toEqual([null, {}]);
    // It is not as it was when it was deleted.
    expect(await life.restore(gone, 'tada', DOING)).toBe('changed');
    const found = must(await life.findDeleted('tada', null, 0));
    expect(await life.restore(found, 'tada', DOING)).toMatchObject({ version, image: { hash: 'picture 2' } });
  });

  it('is not restored under a name that another has; of two at once one is', async () => {
    const gone = await deleted(await add('tada'));
    const second = await deleted(await add('tada'), 6_000);
    const outcomes = await Promise.all([life.restore(gone, 'tada', DOING), life.restore(second, 'tada', DOING)]);
    expect(outcomes.filter(isDone)).toHaveLength(1);
    expect(outcomes).toContainEqual({ taken: ['tada'] });
    const other = isDone(outcomes[0]) ? second : gone;
    expect(await life.restore(other, 'party', DOING)).toMatchObject({ name: 'party', formerNames: [] });
    expect(await names()).toEqual(['party: primary of party', 'tada: primary of tada']);
  });

  it('is found by its name where that is still free: as a former one, under a new name', async () => {
    const gone = await deleted(await add('tada'));
    expect(await life.restore(gone, 'party', DOING)).toMatchObject({ name: 'party', formerNames: ['tada'] });
  });

  it('is listed, the last one first, page by page', async () => {
    const [a, b, c] = [await add('a'), await add('b'), await add('c')];
    await deleted(b, 7_000);
    await deleted(a, 9_000);
    await deleted(c, 7_000);
    const seen: string[] = [];
    let after: DeletedEmoji | null = null;
    for (;;) {
      const page: DeletedEmoji[] = await life.deleted(0, null, { after, limit: 1 });
      if (page.length === 0) break;
      seen.push(...page.map(({ name }) => name));
      after = must(page.at(-1));
    }
    expect(seen).toEqual(['a', 'c', 'b']);
    expect(await life.deleted(7_001, null, { after: null, limit: 10 })).toHaveLength(1);
  });

  it('goes for good after a time, with all that is known of it', async () => {
    const [a, b] = [await add('a'), await add('b')];
    await deleted(a, 7_000);
    await deleted(b, 8_000);
    await add('c');
    expect(await housekeeping.dropDeleted(8_000, 10)).toBe(1);
    expect(await housekeeping.dropDeleted(8_000, 10)).toBe(0);
    expect(await life.events(a.id, { before: null, limit: 10 })).toEqual([]);
    expect((await life.deleted(0, null, { after: null, limit: 10 })).map(({ name }) => name)).toEqual(['b']);
    expect(await searched()).toEqual({ 3: ['c'] });
    // A picture for it that lands later is nobody's.
    await land(a.id, 9);
    expect(await env.DB.prepare('SELECT COUNT(*) AS n FROM emojis').first('n')).toBe(2);
  });
});

it('reads and writes by index only', async () => {
  const emoji = await add('tada');
  const gone = await deleted(await add('gone'));
  const plans = await plansOf(async (db) => {
    const planned = d1EmojiLife(db);
    await planned.find('tada');
    const seen = must(await d1EmojiLife(env.DB).find('tada'));
    await planned.change(seen, { ...named('party', ['hooray'], ['tada']), tags: ['fun'] }, [], DOING);
    await planned.change({ ...emoji, revision: 0 }, named('gone'), [], DOING);
    await planned.events(emoji.id, { before: null, limit: 10 });
    await planned.deleted(0, null, { after: gone, limit: 10 });
    await planned.deleted(0, 'ada', { after: gone, limit: 10 });
    await planned.findDeleted('gone', null, 0);
    await planned.findDeleted('gone', gone.id, 0);
    await planned.restore(gone, 'gone', DOING);
    await planned.delete(must(await d1EmojiLife(env.DB).find('gone')), DOING);
    await d1Housekeeping(db).dropDeleted(1e12, 10);
    await d1EmojiCatalogue(db).take(newOrder({ emojiName: 'new' }));
    await d1EmojiCatalogue(db).takeAgain(newOrder({ emojiName: 'again' }), 1);
    await d1EmojiCatalogue(db).nextVersion(newOrder({ emojiId: emoji.id }), 1, null);
    await recordTask(db, taskIn('SUCCESS', 2_000, { kind: 'replace', emojiId: emoji.id, version: 9 }));
  });
  expect(plans.length).toBeGreaterThan(40);
  // The lists that are given, the words of one emoji and the counts of one period, which are grouped, are read as a whole,
  // and who has subscribed; of what grows, nothing is. FTS5 calls a search by row id a scan, too.
  const scanned = new Set(plans.flatMap((plan) => plan.match(/(?<=SCAN ).*/g) ?? []));
  expect([...scanned].map((step) => step.replace(/ VIRTUAL TABLE INDEX 1:( LEFT-JOIN)?$/, '')).sort()).toEqual([
    '(subquery-1)',
    '(subquery-2)',
    '(subquery-7)',
    '(subquery-8)',
    'CONSTANT ROW',
    'emoji_search VIRTUAL TABLE INDEX 0:=',
    'json_each',
    'json_each EXISTS',
    'notice_subscriptions USING INDEX notice_subscriptions_by_time',
  ]);
  expect(plans.filter((plan) => /TEMP B-TREE (?!FOR GROUP BY)/.test(plan))).toEqual([]);
});
