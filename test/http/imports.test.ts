import { env } from 'cloudflare:workers';
import { unzipSync, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { migrate } from '../support/database.ts';
import { decodeGif } from '../support/gif.ts';
import { ended, type Import, type Item, importPack, infoOf, names, order, pictureOf } from '../support/imports.ts';
import { expectProblem } from '../support/problems.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest, upload } from '../support/service.ts';
import { zipBytes } from '../support/zip-bytes.ts';

const GIF = fixture('moving-square.gif');
const PNG = fixture('halves.png');
const WEBP = fixture('moving-square.webp');

type Files = Record<string, Uint8Array | string>;

const archive = (name: string): Uint8Array => Uint8Array.fromBase64(env.ARCHIVES[name] ?? '');

function zip(files: Files): Uint8Array {
  const encoder = new TextEncoder();
  const bytes = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === 'string' ? encoder.encode(content) : content,
  ]);
  return zipSync(Object.fromEntries(bytes));
}

const json = (value: unknown): string => JSON.stringify(value);

const shortOf = (items: Item[]) =>
  items.map(({ path, final_name, action, outcome, error }) => [path, final_name, action, outcome, error?.code ?? null]);

beforeEach(migrate);
afterEach(resetAtRest);

describe('an import of pictures', () => {
  it('makes an emoji of each, called as its file is, and tells of all others', async () => {
    const { it, items } = await importPack(archive('infozip.zip'));
    expect(it).toMatchObject({
      state: 'SUCCESS',
      format: 'pictures',
      error: null,
      counts: { total: 4, create: 2, succeeded: 2, ignored: 2, failed: 0, waiting: 0, planned: 0 },
    });
    const sorted = shortOf(items).sort();
    expect(sorted).toEqual([
      ['pack/', null, 'ignore', 'ignored', 'ignored'],
      ['pack/README.md', null, 'ignore', 'ignored', 'ignored'],
      ['pack/halves@2x.png', 'halves', 'create', 'done', null],
      ['pack/party parrot.gif', 'party_parrot', 'create', 'done', null],
    ]);
    expect(await names()).toEqual(['halves', 'party_parrot']);
    expect(decodeGif(await pictureOf('party_parrot')).frames).toHaveLength(decodeGif(GIF).frames.length);
    const { data } = await requestJson<{ data: { parent_id: string; kind: string }[] }>(
      `/task-queue/tasks?parent=${it.id}`,
    );
    expect(data).toHaveLength(2);
    expect(data[0]).toMatchObject({ parent_id: it.id, kind: 'create' });
  });

  it.each(['gnu.tar.gz', 'dot.tar.gz', 'pax.tar.gz', 'link.zip', 'python-streamed.zip', 'streamed.zip'])(
    'reads what others make: %s',
    async (name) => {
      const { it } = await importPack(archive(name));
      expect(it.state).toBe('SUCCESS');
      expect(it.counts.succeeded).toBeGreaterThan(0);
      expect(it.counts.failed).toBe(name === 'link.zip' ? 1 : 0);
    },
  );

  it('takes a folder as a browser sends it', async () => {
    const form = new FormData();
    form.append('file', new Blob([GIF]), 'emoji/a/one.gif');
    form.append('file', new Blob([PNG]), 'emoji/two.png');
    form.append('file', new Blob(['x']), 'emoji/.DS_Store');
    const { it, items } = await importPack(form);
    expect(it).toMatchObject({ state: 'SUCCESS', counts: { succeeded: 2, ignored: 1 } });
    expect(items.map(({ path }) => path)).toEqual(['emoji/a/one.gif', 'emoji/two.png', 'emoji/.DS_Store']);
    expect(await names()).toEqual(['one', 'two']);
  });

  it('takes a folder in which an archive comes first', async () => {
    const form = new FormData();
    form.append('file', new Blob([archive('infozip.zip')]), 'emoji/a.zip');
    form.append('file', new Blob([PNG]), 'emoji/two.png');
    const { items } = await importPack(form);
    expect(shortOf(items)).toEqual([
      ['emoji/a.zip', null, 'refuse', 'failed', 'archive_in_archive'],
      ['emoji/two.png', 'two', 'create', 'done', null],
    ]);
  });

  it('takes an archive in a form', async () => {
    const form = new FormData();
    form.append('file', new Blob([zip({ 'one.gif': GIF })]), 'pack.zip');
    expect((await importPack(form)).it).toMatchObject({ state: 'SUCCESS', counts: { succeeded: 1 } });
    form.append('file', new Blob([PNG]), 'two.png');
    await expectProblem(await order(form), 422, 'pack_unreadable', 'Send the archive alone');
    await expectProblem(await order(new FormData()), 422, 'file_missing');
  });

  // https://github.com/PowerShell/Microsoft.PowerShell.Archive/issues/71
  it('takes what Windows packs with its own separators', async () => {
    const { items } = await importPack(
      zipBytes([
        { name: 'pack\\', content: new Uint8Array(), mode: 0 },
        { name: 'pack\\pack.json', content: new TextEncoder().encode(json({ files: { one: 'in\\a.gif' } })) },
        { name: 'pack\\in\\a.gif', content: GIF },
      ]),
    );
    expect(shortOf(items)).toEqual([
      ['pack/in/a.gif', 'one', 'create', 'done', null],
      ['pack/', null, 'ignore', 'ignored', 'ignored'],
    ]);
  });

  it('lets no bad entry stop the others', async () => {
    const { it, items } = await importPack(
      zipBytes([
        { name: 'good.gif', content: GIF },
        { name: '../evil.gif', content: GIF },
        { name: '/etc/evil.gif', content: GIF },
        { name: 'C:\\evil.gif', content: GIF },
        { name: 'a\\..\\..\\evil.gif', content: GIF },
        { name: '\\\\server\\evil.gif', content: GIF },
        { name: 'evil\u202egif.png', content: GIF },
        { name: 'nul\0.gif', content: GIF },
        { name: 'broken.png', content: new TextEncoder().encode('no picture at all') },
        { name: 'empty.gif', content: new Uint8Array() },
        { name: 'sum.gif', content: GIF, claims: { crc: 1 } },
        { name: 'link.gif', content: GIF, mode: 0o120777 },
        { name: 'secret.gif', content: GIF, flags: 0x801 },
        { name: 'odd.gif', content: GIF, method: 12 },
        { name: 'more.zip', content: GIF },
        { name: '__MACOSX/._good.gif', content: GIF },
        { name: '👍.gif', content: GIF },
        { name: 'last.png', content: PNG },
      ]),
    );
    expect(it).toMatchObject({ state: 'SUCCESS', counts: { total: 18, succeeded: 2, ignored: 1, failed: 15 } });
    expect(shortOf(items)).toEqual([
      ['good.gif', 'good', 'create', 'done', null],
      ['../evil.gif', null, 'refuse', 'failed', 'path_not_allowed'],
      ['/etc/evil.gif', null, 'refuse', 'failed', 'path_not_allowed'],
      ['C:/evil.gif', null, 'refuse', 'failed', 'path_not_allowed'],
      ['a/../../evil.gif', null, 'refuse', 'failed', 'path_not_allowed'],
      ['//server/evil.gif', null, 'refuse', 'failed', 'path_not_allowed'],
      ['evil\\u{202e}gif.png', null, 'refuse', 'failed', 'path_not_allowed'],
      ['nul\\u{0}.gif', null, 'refuse', 'failed', 'path_not_allowed'],
      ['broken.png', 'broken', 'create', 'failed', 'unsupported_format'],
      ['empty.gif', null, 'refuse', 'failed', 'empty_file'],
      ['sum.gif', 'sum', 'create', 'failed', 'entry_broken'],
      ['link.gif', null, 'refuse', 'failed', 'entry_is_link'],
      ['secret.gif', null, 'refuse', 'failed', 'entry_encrypted'],
      ['odd.gif', null, 'refuse', 'failed', 'entry_method_unknown'],
      ['more.zip', null, 'refuse', 'failed', 'archive_in_archive'],
      ['__MACOSX/._good.gif', null, 'ignore', 'ignored', 'ignored'],
      ['👍.gif', null, 'refuse', 'failed', 'name_bad_start'],
      ['last.png', 'last', 'create', 'done', null],
    ]);
    expect(await names()).toEqual(['good', 'last']);
  });

  it.each<[string, Uint8Array | string, string]>([
    ['no archive', 'hello', 'pack_unknown'],
    ['a zip that is cut off', zip({ 'a.gif': GIF }).slice(0, -10), 'pack_unreadable'],
    ['a zip with nothing in it', zipBytes([]), 'pack_empty'],
    ['no picture', zip({ 'README.md': 'hello' }), 'pack_empty'],
    [
      'files in the same bytes',
      zipBytes([
        { name: 'a.gif', content: GIF },
        { name: 'b.gif', content: GIF, offset: 0, isNowhere: true },
      ]),
      'pack_overlaps',
    ],
    [
      'a manifest of tomorrow',
      zip({ 'manifest.json': json({ format: 'custom-emoji', version: 2, emojis: [] }) }),
      'pack_version_unknown',
    ],
  ])('fails as a whole, with the reason: %s', async (_, body, code) => {
    const { it, items } = await importPack(body);
    expect(it).toMatchObject({ state: 'FAILURE', error: { code } });
    expect(items).toEqual([]);
  });
});

describe('names that are in use', () => {
  const pack = zip({ 'a/tada.gif': GIF, 'b/tada.gif': WEBP, 'new.gif': GIF });
  const at = (items: Item[]) =>
    Object.fromEntries(
      items.map(({ path, final_name, action, outcome, error }) => [path, [action, outcome, final_name, error?.code]]),
    );

  beforeEach(async () => {
    await finished((await accepted(await upload('tada', PNG))).task_id);
  });

  it('are skipped', async () => {
    const { it, items } = await importPack(pack);
    expect(it.counts).toMatchObject({ skip: 2, skipped: 2, succeeded: 1 });
    expect(at(items)).toMatchObject({
      'a/tada.gif': ['skip', 'skipped', null, 'name_taken'],
      'b/tada.gif': ['skip', 'skipped', null, 'name_twice'],
      'new.gif': ['create', 'done', 'new', undefined],
    });
  });

  it('are renamed', async () => {
    const { items } = await importPack(pack, '?on_conflict=rename');
    expect(at(items)).toMatchObject({
      'a/tada.gif': ['rename', 'done', 'tada_2', undefined],
      'b/tada.gif': ['rename', 'done', 'tada_3', undefined],
    });
    expect(await names()).toEqual(['new', 'tada', 'tada_2', 'tada_3']);
  });

  it('are replaced', async () => {
    const { items } = await importPack(pack, '?on_conflict=replace');
    expect(at(items)).toMatchObject({
      'a/tada.gif': ['replace', 'done', 'tada', undefined],
      'b/tada.gif': ['skip', 'skipped', null, 'name_twice'],
    });
    expect(decodeGif(await pictureOf('tada')).frames.length).toBeGreaterThan(1);
    expect(await names()).toEqual(['new', 'tada']);
  });
});

describe('a dry run', () => {
  it('tells what would be, and does it when it is told to', async () => {
    await finished((await accepted(await upload('tada', PNG))).task_id);
    const pack = zip({ 'tada.gif': GIF, 'new.gif': GIF, 'x.zip': GIF });
    const { it, items } = await importPack(pack, '?dry_run=true&on_conflict=rename');
    expect(it).toMatchObject({
      state: 'SUCCESS',
      dry_run: true,
      counts: { create: 1, rename: 1, planned: 2, refuse: 1, failed: 1 },
    });
    expect(shortOf(items)).toEqual([
      ['tada.gif', 'tada_2', 'rename', 'planned', null],
      ['new.gif', 'new', 'create', 'planned', null],
      ['x.zip', null, 'refuse', 'failed', 'archive_in_archive'],
    ]);
    expect(await names()).toEqual(['tada']);
    const { task_id } = await accepted(await request(`/custom-emoji/imports/${it.id}/run`, { method: 'POST' }));
    const run = await ended(task_id);
    expect(run.it).toMatchObject({
      state: 'SUCCESS',
      format: 'pictures',
      dry_run: false,
      counts: { succeeded: 2, failed: 1 },
    });
    expect(await names()).toEqual(['new', 'tada', 'tada_2']);
    await expectProblem(
      await request(`/custom-emoji/imports/${task_id}/run`, { method: 'POST' }),
      409,
      'import_not_planned',
    );
    await expectProblem(await request(`/custom-emoji/imports/${crypto.randomUUID()}`), 404, 'import_not_found');
  });

  it('tells what would be with another policy, and does that, from the same archive', async () => {
    await finished((await accepted(await upload('tada', PNG))).task_id);
    const first = await importPack(zip({ 'tada.gif': GIF }), '?dry_run=true');
    expect(shortOf(first.items)).toEqual([['tada.gif', null, 'skip', 'skipped', 'name_taken']]);
    const run = (id: string, query: string) => request(`/custom-emoji/imports/${id}/run${query}`, { method: 'POST' });
    const second = await ended((await accepted(await run(first.it.id, '?dry_run=true&on_conflict=rename'))).task_id);
    expect(second.it).toMatchObject({ state: 'SUCCESS', dry_run: true, on_conflict: 'rename', format: 'pictures' });
    expect(shortOf(second.items)).toEqual([['tada.gif', 'tada_2', 'rename', 'planned', null]]);
    expect(await names()).toEqual(['tada']);
    await ended((await accepted(await run(second.it.id, ''))).task_id);
    expect(await names()).toEqual(['tada', 'tada_2']);
    // At once, too.
    const third = await ended((await accepted(await run(first.it.id, '?on_conflict=replace'))).task_id);
    expect(third.it).toMatchObject({ dry_run: false, counts: { replace: 1, succeeded: 1 } });
    expect(await names()).toEqual(['tada', 'tada_2']);
  });

  it('is not taken for an import where what it is asked for by is misspelled', async () => {
    const asked = await request('/custom-emoji/imports?dryrun=true', { method: 'POST', body: fixture('halves.png') });
    await expectProblem(asked, 422, 'invalid_request', /dryrun/);
    expect(await env.DB.prepare('SELECT COUNT(*) AS n FROM tasks').first('n')).toBe(0);
  });
});

describe('lists that are broken', () => {
  const LINES = ['{"type":"version","version":1}', '{"type":"emoji","emoji":{"name":"one","image":"x/image"}}'];

  it('have each line that can be read, and tell which cannot', async () => {
    const lines = [LINES[0], '', '{"type":"emoji","emoji":{', LINES[1], 'nonsense'].join('\n');
    const { it, items } = await importPack(zip({ 'import.jsonl': lines, 'data/x/image': GIF }));
    expect(it).toMatchObject({ state: 'SUCCESS', format: 'mattermost', counts: { succeeded: 1, failed: 1 } });
    expect(shortOf(items)).toEqual([
      ['data/x/image', 'one', 'create', 'done', null],
      ['import.jsonl', null, 'refuse', 'failed', 'list_broken'],
    ]);
    expect(items[1]?.error?.message).toMatch(/line 3 is no JSON .*, nor is 1 more/);
  });

  it.each(['meta.json', 'pack/manifest.json', 'pack.json'])('are told of where all of %s is', async (path) => {
    const { items } = await importPack(zip({ [path]: '{"metaVersion":2,"emojis":[', 'one.gif': GIF, 'x.json': '{//' }));
    expect(shortOf(items)).toEqual([
      [path, null, 'refuse', 'failed', 'list_broken'],
      ['one.gif', 'one', 'create', 'done', null],
      ['x.json', null, 'ignore', 'ignored', 'ignored'],
    ]);
    expect(items[0]?.error?.message).toMatch(/^The list cannot be read: .*JSON/);
  });

  // What is wrong is told in the words of the parsers: that of V8, and that of `yaml`.
  it.each([
    ['{"emojis": [{"name" "a"}]}', / at position 20 \(line 1 column 21\)\.$/],
    ['emojis:\n  - name: a\n\tsrc: https://x.example.org/a.png\n', / at line \d, column \d\.$/],
    ['', / It is empty\.$/],
  ])('are refused when they come alone, as %j', async (text, where) => {
    const { it } = await importPack(text);
    expect(it).toMatchObject({
      state: 'FAILURE',
      error: { code: 'pack_unknown', message: expect.stringMatching(where) },
    });
  });
});

describe('lists with URLs', () => {
  it('are fetched by the rules of other pictures', async () => {
    const yaml = `title: x
emojis:
  - name: "on"
    aliases:
      - "off"
    src: "https://pictures.example.org/picture"
  - name: 100
    src: https://pictures.example.org/picture/2
  - name: local
    src: https://127.0.0.1/picture
  - name: gone
    src: https://pictures.example.org/status/404
`;
    const { it, items } = await importPack(yaml);
    expect(it.format).toBe('emojipacks');
    expect(shortOf(items)).toEqual([
      ['https://pictures.example.org/picture', 'on', 'create', 'done', null],
      ['https://pictures.example.org/picture/2', '100', 'create', 'done', null],
      ['https://127.0.0.1/picture', null, 'refuse', 'failed', 'url_not_allowed'],
      ['https://pictures.example.org/status/404', 'gone', 'create', 'failed', 'url_failed'],
    ]);
    expect((await infoOf('on')).aliases).toEqual(['off']);
  });

  it('of Slack has its aliases', async () => {
    const list = {
      ok: true,
      emoji: { parrot: 'https://pictures.example.org/picture', polly: 'alias:parrot', thumb: 'alias:+1' },
    };
    const { it, items } = await importPack(json(list));
    expect(it.format).toBe('slack');
    expect(shortOf(items)).toEqual([
      ['https://pictures.example.org/picture', 'parrot', 'create', 'done', null],
      ['alias:+1', null, 'refuse', 'failed', 'alias_of_nothing'],
    ]);
    expect((await infoOf('parrot')).aliases).toEqual(['polly']);
  });

  it('of Matrix says why what only a Matrix server has cannot be had', async () => {
    const { items } = await importPack(json({ pack: {}, images: { a: { url: 'mxc://example.org/abc' } } }));
    expect(shortOf(items)).toEqual([['mxc://example.org/abc', null, 'refuse', 'failed', 'matrix_media']]);
  });
});

it('goes by an Idempotency-Key', async () => {
  const send = () =>
    request('/custom-emoji/imports', {
      method: 'POST',
      body: archive('gnu.tar.gz'),
      headers: { 'Idempotency-Key': 'k' },
    });
  const first = await accepted(await send());
  await ended(first.task_id);
  expect(await accepted(await send())).toEqual(first);
});

it('is cancelled, and tried again', async () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`e${index}.gif`, GIF]));
  const { task_id: id } = await accepted(await order(zip(files)));
  await vi.waitFor(async () => expect((await names()).length).toBeGreaterThan(0), { timeout: 10_000, interval: 20 });
  await request(`/task-queue/tasks/${id}/cancel`, { method: 'POST' });
  expect((await finished(id)).status).toBe('REVOKED');
  await scheduler.wait(1_000);
  const ordered = async () =>
    (await requestJson<{ data: unknown[] }>(`/task-queue/tasks?parent=${id}&limit=100`)).data.length;
  const before = await ordered();
  expect(before).toBeLessThan(40);
  await scheduler.wait(2_000);
  expect(await ordered()).toBe(before);
  // What it has ordered went on, though it notes nothing more.
  const counts = async () => (await requestJson<Import>(`/custom-emoji/imports/${id}`)).counts;
  const stopped = { total: 40, succeeded: before, waiting: 0, planned: 40 - before };
  await vi.waitFor(async () => expect(await counts()).toMatchObject(stopped), { timeout: 10_000, interval: 100 });
  for (const [outcome, count] of [
    ['done', before],
    ['waiting', 0],
    ['planned', 40 - before],
  ] as const) {
    const items = `/custom-emoji/imports/${id}/items?limit=100&outcome=${outcome}`;
    const { data } = await requestJson<{ data: Item[] }>(items);
    expect(data, outcome).toHaveLength(count);
    expect(data.every((item) => item.outcome === outcome)).toBe(true);
  }
  expect((await request(`/task-queue/tasks/${id}/retry`, { method: 'POST' })).status).toBe(200);
  const { it } = await ended(id);
  expect(it).toMatchObject({ state: 'SUCCESS', counts: { total: 40, succeeded: 40 } });
  expect(await names()).toHaveLength(40);
  expect(Object.keys(unzipSync(zip(files)))).toHaveLength(40);
});
