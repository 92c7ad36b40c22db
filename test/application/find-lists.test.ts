import { describe, expect, it } from 'vitest';
import { findLists } from '../../src/application/imports/find-lists.ts';
import type { OpenArchive } from '../../src/application/imports/ports.ts';
import { PackFault } from '../../src/domain/packs/pack-fault.ts';

const MB = 1024 * 1024;

/** An archive of files that claim a size; each has the same text. */
function archive(files: { path: string; bytes: number }[], text = '{}'): OpenArchive {
  const facts = { offset: 0, length: 0, isFolder: false, isLink: false, isEncrypted: false, method: 0 };
  return {
    entries: files.map(({ path, bytes }, index) => ({ ...facts, index, path, bytes, packedBytes: bytes })),
    async *read() {
      yield new TextEncoder().encode(text);
    },
  };
}

const found = (files: { path: string; bytes: number }[], text?: string) =>
  findLists(archive(files, text), async () => null).then(
    (lists) => lists,
    (error: unknown) => {
      if (error instanceof PackFault) return error.failure;
      throw error;
    },
  );

const many = (count: number, bytes: number) => Array.from({ length: count }, (_, n) => ({ path: `${n}.json`, bytes }));

describe('the lists of a pack', () => {
  it.each([
    ['200 files', many(200, 100)],
    ['8 MB', many(1, 8 * MB)],
    ['16 MB together', many(2, 8 * MB)],
    ['pictures of any size beside them', [...many(1, 100), { path: 'a.png', bytes: 40 * MB }]],
  ])('may be %s', async (_, files) => {
    expect(await found(files)).toEqual({ lists: [], broken: [] });
  });

  it.each([
    ['The archive has 201 files that may be lists; the limit is 200.', many(201, 100)],
    ['The archive has a list, "0.json", of 8,388,609 bytes; the limit is 8,388,608.', many(1, 8 * MB + 1)],
    ['The archive has lists of 18,874,368 bytes; the limit is 16,777,216.', many(3, 6 * MB)],
  ])('are refused in numbers: %s', async (message, files) => {
    expect(await found(files)).toMatchObject({ code: 'list_too_large', message });
  });

  it('may be no more than 1 MB of YAML, whose reader takes so much for it', async () => {
    const yaml = (bytes: number) => found([{ path: 'a.yaml', bytes }], 'emojis: []');
    expect(await yaml(MB)).toEqual({ lists: [], broken: [] });
    const message = 'The archive has a list in YAML, "a.yaml", of 1,048,577 bytes; the limit is 1,048,576.';
    expect(await yaml(MB + 1)).toMatchObject({ code: 'list_too_large', message });
  });

  it('of all that was written in Mattermost are cut down by who has them', async () => {
    const failure = await found([{ path: 'import.jsonl', bytes: 9 * MB }]);
    expect(failure).toMatchObject({ code: 'list_too_large', remedy: expect.stringContaining('"type":"emoji"') });
  });

  const VERSION = '{"type":"version","version":1}';
  const told = async (lines: string[]) => found([{ path: 'import.jsonl', bytes: 100 }], lines.join('\n'));

  it('are not broken where lines tell of something else', async () => {
    expect(await told(['{"level":"info"}', '{"level":"error"}'])).toEqual({ lists: [], broken: [] });
    const broken = [{ why: expect.stringMatching(/^line 2 is no JSON \(.*\)$/) }];
    expect(await told(['{"level":"info"}', '{"level":'])).toMatchObject({ lists: [], broken });
  });

  // Each error takes microseconds: of 8 MB of them, half a minute.
  it('are read up to the thousandth line, after the first, that is broken', async () => {
    const emoji = (name: string) => JSON.stringify({ type: 'emoji', emoji: { name, image: 'a' } });
    const broken = (count: number) => Array.from({ length: count }, () => 'x');
    expect(await told([VERSION, ...broken(1_000), emoji('a')])).toMatchObject({
      lists: [{ emojis: [{ name: 'a' }] }],
      broken: [{ why: expect.stringMatching(/^line 2 is no JSON \(.*\), nor are 999 more$/) }],
    });
    expect(await told([VERSION, ...broken(1_001), emoji('a')])).toMatchObject({
      lists: [{ emojis: [] }],
      broken: [{ why: expect.stringMatching(/, nor are 1,000 more: the rest was not read$/) }],
    });
  });
});
