import { describe, expect, it } from 'vitest';
import type { ArchiveEntry } from '../../../src/domain/packs/entry.ts';
import { checkEntries, refusalOf, shownPath } from '../../../src/domain/packs/entry.ts';
import { decide, type Holder, itemsOf } from '../../../src/domain/packs/import-item.ts';
import { readEmojiTxt, readLines, readList } from '../../../src/domain/packs/list-formats.ts';
import { PackFault } from '../../../src/domain/packs/pack-fault.ts';
import { contentsOf, type FoundList } from '../../../src/domain/packs/plan.ts';
import { OPERATOR } from '../../support/principals.ts';

const MB = 1024 * 1024;

function entry(path: string, change: Partial<ArchiveEntry> = {}): ArchiveEntry {
  const isFolder = path.endsWith('/');
  const facts = {
    index: 0,
    bytes: 500,
    packedBytes: 500,
    offset: 0,
    length: 600,
    isLink: false,
    isEncrypted: false,
    method: 8,
  };
  return { ...facts, path, isFolder, ...change };
}

/** One behind the other. */
const entries = (...paths: string[]) => paths.map((path, index) => entry(path, { index, offset: index * 600 }));

function faultOf(act: () => unknown): PackFault {
  try {
    act();
  } catch (error) {
    if (error instanceof PackFault) return error;
    throw error;
  }
  throw new Error('nothing is wrong with it');
}

describe('what is in lists', () => {
  const nothing = { paths: [], url: null, aliases: [], tags: [], category: null, description: '' };

  // As Misskey 2026.9 writes it (ExportCustomEmojisProcessorService.ts).
  it('is known of Misskey', () => {
    const meta = {
      metaVersion: 2,
      host: 'misskey.example',
      exportedAt: '2026-11-29T12:00:00.000Z',
      emojis: [
        {
          fileName: 'blobcat.png',
          downloaded: true,
          emoji: { name: 'blobcat', category: 'cats', aliases: ['cat', 'neko'], type: 'image/png', license: null },
        },
        { fileName: 'gone.png', downloaded: false, emoji: null },
      ],
    };
    expect(readList(meta)).toEqual({
      format: 'misskey',
      emojis: [
        { ...nothing, name: 'blobcat', paths: ['blobcat.png'], tags: ['cat', 'neko'], category: 'cats' },
        { ...nothing, name: null, paths: ['gone.png'] },
      ],
    });
  });

  // https://github.com/matrix-org/matrix-spec-proposals/pull/2545
  it('is known of Matrix', () => {
    const pack = {
      images: {
        emote: { url: 'mxc://example.org/blah' },
        mytest: { url: 'images/mytest.png', body: 'A test' },
        mytest2: { url: 'https://example.com/a.png', body: 'mytest2' },
      },
      pack: { display_name: 'Awesome Pack', usage: ['emoticon'] },
    };
    expect(readList(pack)?.emojis).toEqual([
      { ...nothing, name: 'emote', url: 'mxc://example.org/blah' },
      { ...nothing, name: 'mytest', paths: ['images/mytest.png'], description: 'A test' },
      { ...nothing, name: 'mytest2', url: 'https://example.com/a.png' },
    ]);
  });

  it('is known of Pleroma, in both ways that it has', () => {
    expect(readList({ pack: { license: 'x' }, files: { blank: 'blank.png' }, files_count: 1 })).toEqual({
      format: 'pleroma',
      emojis: [{ ...nothing, name: 'blank', paths: ['blank.png'] }],
    });
    // https://docs.akkoma.dev/stable/configuration/custom_emoji/
    const text = '# comment\n\nfirefox, /emoji/Firefox.gif, Fox, Funny\r\nblank, /emoji/blank.png\n';
    expect(readEmojiTxt(text).emojis).toEqual([
      { ...nothing, name: 'firefox', paths: ['emoji/Firefox.gif', 'Firefox.gif'], tags: ['Fox', 'Funny'] },
      { ...nothing, name: 'blank', paths: ['emoji/blank.png', 'blank.png'] },
    ]);
  });

  // https://docs.mattermost.com/onboard/bulk-loading-data-format.html
  it('is known of Mattermost', () => {
    const lines = [
      { type: 'version', version: 1 },
      { type: 'team', team: { name: 'team-name' } },
      { type: 'emoji', emoji: { name: 'custom-emoji-troll', image: 'bulkdata/trollolol.png' } },
    ];
    expect(readLines(lines)).toEqual({
      format: 'mattermost',
      emojis: [
        {
          ...nothing,
          name: 'custom-emoji-troll',
          paths: ['data/bulkdata/trollolol.png', 'bulkdata/trollolol.png'],
        },
      ],
    });
    expect(readLines([{ a: 1 }])).toBe(null);
  });

  // https://docs.slack.dev/reference/methods/emoji.list
  it('is known of Slack, whose aliases may be those of aliases, and go in circles', () => {
    const emoji = { bowtie: 'https://x.example/b.png', a: 'alias:b', b: 'alias:bowtie', c: 'alias:d', d: 'alias:c' };
    expect(readList({ ok: true, emoji })?.emojis).toEqual([
      { ...nothing, name: 'bowtie', url: 'https://x.example/b.png', aliases: ['a', 'b'] },
      { ...nothing, name: 'c', url: 'alias:c' },
      { ...nothing, name: 'd', url: 'alias:d' },
    ]);
  });

  it('is refused in numbers where it would be more than fits in memory', () => {
    for (const read of [
      () => readList({ emojis: Array.from({ length: 100_001 }, () => ({})) }),
      () => readList({ emoji: Object.fromEntries(Array.from({ length: 100_001 }, (_, index) => [`e${index}`, ''])) }),
      () => readEmojiTxt('a,b\n'.repeat(100_001)),
    ]) {
      const { failure } = faultOf(read);
      expect(failure).toMatchObject({
        code: 'pack_too_large',
        message: 'The archive has 100,001 entries in a list; the limit is 100,000.',
      });
    }
  });

  it('is a path of a server as far as it may lead to a file, however long it is', () => {
    const [emoji] = readEmojiTxt(`a, ${'/folder'.repeat(1_000_000)}, tag`).emojis;
    expect(emoji?.paths).toHaveLength(10);
    expect(emoji?.paths.join().length).toBeLessThan(1_000);
    expect(emoji?.tags).toEqual(['tag']);
  });

  it('is nothing where there is something else', () => {
    for (const value of [null, 1, 'text', [], {}, { emojis: 1 }, { images: [] }, { files: ['a'] }])
      expect(readList(value)).toBe(null);
  });
});

describe('the contents of a pack', () => {
  const contents = (all: ArchiveEntry[], lists: FoundList[]) =>
    contentsOf(all, { lists, broken: [] }, (url) => (url.startsWith('https:') ? null : 'It is no https.'));

  const list = (folder: string, value: unknown, at: ArchiveEntry) => {
    const found = readList(value);
    if (found === null) throw new Error('it is no list');
    return { ...found, folder, entry: at };
  };

  it('are what a list names, by paths from its own folder, then all else', () => {
    const all = entries('top/', 'top/pack.json', 'top/a.png', 'top/b.png', 'a.png', 'top/c.txt');
    const files = { one: 'a.png', two: './b.png', three: 'c.png', four: '../a.png' };
    const { format, items } = contents(all, [list('top/', { files }, all[1] as ArchiveEntry)]);
    expect(format).toBe('pleroma');
    expect(
      items.map(({ path, name, is }) => [path, name, Object.keys(is)[0], 'refused' in is && is.refused.code]),
    ).toEqual([
      ['top/a.png', 'one', 'emoji', false],
      ['top/b.png', 'two', 'emoji', false],
      ['c.png', 'three', 'refused', 'file_not_in_pack'],
      ['../a.png', 'four', 'refused', 'file_not_in_pack'],
      ['top/', null, 'ignored', false],
      ['a.png', null, 'ignored', false],
      ['top/c.txt', null, 'ignored', false],
    ]);
  });

  it.each([
    ['party parrot.gif', 'party_parrot'],
    ['parrot@2x.png', 'parrot'],
    ['parrot@1.5x.PNG', 'parrot'],
    ['a/b/PARROT.JPEG', 'parrot'],
    ['@2x.png', '2x'],
    ['👍.png', null],
    ['Grüße!.svg', 'grüße'],
    ['Emoji!.png', 'emoji'],
  ])('of %j are called %j', (path, name) => {
    const [item] = contents(entries(path), []).items;
    expect(item && 'emoji' in item.is ? item.is.emoji : null).toBe(name);
  });

  it('have names and words as emoji can have them, and tell which they cannot', () => {
    const emojis = [
      {
        name: 'Tada',
        aliases: ['TADA', 'Hooray', 'no no'],
        tags: ['Party', '', 'x'.repeat(33), ' '],
        category: 'c'.repeat(70),
        description: 'd',
        file: 'a.png',
      },
      { name: 'b b', file: 'a.png' },
      { name: null, file: 'a.png' },
      { name: 'c' },
      'nonsense',
    ];
    const [manifest, picture] = entries('manifest.json', 'a.png') as [ArchiveEntry, ArchiveEntry];
    const { items } = contents(
      [manifest, picture],
      [list('', { format: 'custom-emoji', version: 1, emojis }, manifest)],
    );
    expect(items[0]?.is).toEqual({
      emoji: 'tada',
      source: { entry: 1 },
      words: { aliases: ['hooray'], tags: ['party'], category: 'c'.repeat(64), description: 'd' },
      leftOut: ['alias "no no"', `tag "${'x'.repeat(33)}"`],
    });
    expect(
      items.slice(1).map(({ is }) => ('emoji' in is ? is.emoji : 'refused' in is ? is.refused.code : null)),
    ).toEqual(['b_b', 'entry_has_no_name', 'entry_has_no_picture', 'entry_has_no_name']);
  });

  it('have their files however those write an accent', () => {
    const all = entries('pack.json', 'cafe\u0301.png');
    const { items } = contents(all, [list('', { files: { cafe: 'caf\u00e9.png' } }, all[0] as ArchiveEntry)]);
    expect(items).toMatchObject([{ is: { emoji: 'cafe', source: { entry: 1 } } }]);
  });

  it('have no URL that nothing is fetched from', () => {
    const all = entries('pack.json');
    const images = { a: { url: 'https://www.example.com/a.png' }, b: { url: 'data:image/png;base64,AAAA' } };
    const { items } = contents(all, [list('', { images }, all[0] as ArchiveEntry)]);
    expect(items).toMatchObject([
      { is: { emoji: 'a', source: { url: 'https://www.example.com/a.png' } } },
      { is: { refused: { code: 'url_not_allowed', message: 'It is no https.' } } },
    ]);
  });

  it('have no picture of no bytes', () => {
    const [pack, empty] = [entry('pack.json'), entry('a.png', { index: 1, bytes: 0 })];
    const code = (lists: FoundList[]) =>
      contents([empty], lists).items.map(({ is }) => 'refused' in is && is.refused.code);
    expect(code([list('', { files: { a: 'a.png' } }, pack)])).toEqual(['empty_file']);
    expect(code([])).toEqual(['empty_file']);
    expect(code([list('', { files: {} }, pack)])).toEqual([false]);
  });

  it('are no more than there may be', () => {
    const files = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`e${index}`, 'a.png']));
    const all = entries('pack.json', 'a.png');
    const fault = faultOf(() => contents(all, [list('', { files }, all[0] as ArchiveEntry)]));
    expect(fault.failure).toMatchObject({ code: 'pack_too_large', message: expect.stringMatching(/10,001 .* 10,000/) });
  });
});

describe('an archive', () => {
  it('is no more than a limit, unpacked', () => {
    const fault = faultOf(() =>
      checkEntries(
        Array.from({ length: 50 }, (_, index) => entry(`${index}.png`, { bytes: 49 * MB, offset: index * 600 })),
      ),
    );
    expect(fault.failure).toMatchObject({
      code: 'pack_too_large',
      message: expect.stringContaining('2,569,011,200 bytes'),
    });
  });

  it.each<[string, Partial<ArchiveEntry>]>([
    ['file_too_large', { bytes: 50 * MB + 1, packedBytes: 50 * MB }],
    ['entry_ratio', { bytes: 10 * MB, packedBytes: 50_000 }],
    ['path_not_allowed', { path: 'a/../../b.png' }],
    ['path_not_allowed', { path: './b.png' }],
    ['path_not_allowed', { path: 'c:b.png' }],
    ['path_not_allowed', { path: 'a\nb.png' }],
    ['path_not_allowed', { path: 'x'.repeat(1_001) }],
  ])('has files that are refused as %s: %j', (code, change) => {
    expect(refusalOf(entry('a.png', change))).toMatchObject({ code });
  });

  it('has paths that may be odd, and small files that pack well', () => {
    for (const path of ['a/b..png', '...png', 'ñ/日本.png', 'a b/c:d.png']) expect(refusalOf(entry(path))).toBe(null);
    expect(refusalOf(entry('a.png', { bytes: MB - 1, packedBytes: 1_000 }))).toBe(null);
    expect(shownPath('a\0\u202eb')).toBe('a\\u{0}\\u{202e}b');
  });
});

describe('what is done about an emoji', () => {
  const [item] = itemsOf(
    [
      {
        path: 'a.png',
        name: 'a',
        is: {
          emoji: 'a',
          source: { entry: 0 },
          words: { aliases: [], tags: [], category: null, description: '' },
          leftOut: [],
        },
      },
    ],
    0,
  );
  const emoji = item?.emoji;
  const holder: Holder = { emojiId: 'x', isAlias: false, name: 'a', owner: 'ada' };
  const ben = { ...OPERATOR, name: 'ben', scopes: new Set(['emoji:write'] as const) };

  it.each([
    ['skip', null, OPERATOR, 'create'],
    ['skip', holder, OPERATOR, 'skip'],
    ['rename', holder, ben, 'rename'],
    ['replace', holder, OPERATOR, 'replace'],
    ['replace', holder, ben, 'refuse'],
    ['replace', { ...holder, isAlias: true }, OPERATOR, 'refuse'],
  ] as const)('with %s, where %j has its name', (policy, who, by, action) => {
    if (!emoji) throw new Error('there is none');
    expect(decide(emoji, who, policy, by).action).toBe(action);
  });
});
