import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { crc32 } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterEach, describe, expect, it } from 'vitest';
import { zipReader } from '../../src/adapters/zip-reader.ts';
import type { OpenArchive } from '../../src/application/imports/ports.ts';
import { checkEntries, refusalOf } from '../../src/domain/packs/entry.ts';
import { PackFault } from '../../src/domain/packs/pack-fault.ts';
import { joined, type RawEntry, zipBytes } from '../support/zip-bytes.ts';

const fixture = (name: string): Uint8Array => Uint8Array.fromBase64(env.FIXTURES[name] ?? '');
const GIF = fixture('moving-square.gif');
const PNG = fixture('halves.png');
const HELLO = new TextEncoder().encode('hello');

async function open(bytes: Uint8Array): Promise<OpenArchive> {
  await env.PICTURES.put('sources/zip', bytes);
  const archive = await zipReader(env.PICTURES).open('sources/zip');
  if (archive === null) throw new Error('it is not there');
  return archive;
}

const openFixture = (name: string) => open(Uint8Array.fromBase64(env.ARCHIVES[name] ?? ''));
const read = async (archive: OpenArchive, index = 0) => joined(await Array.fromAsync(archive.read(index)));
const pathsOf = ({ entries }: OpenArchive) => entries.map(({ path }) => path);

/** The failure of what is refused. */
async function failureOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(error instanceof PackFault)) throw error ?? new Error('it was not refused');
  return error.failure;
}

afterEach(reset);

describe('a zip that others made', () => {
  it('is read: Info-ZIP', async () => {
    const archive = await openFixture('infozip.zip');
    expect(pathsOf(archive).sort()).toEqual(['pack/', 'pack/README.md', 'pack/halves@2x.png', 'pack/party parrot.gif']);
    const at = (path: string) => archive.entries.findIndex((entry) => entry.path === path);
    expect(await read(archive, at('pack/party parrot.gif'))).toEqual(GIF);
    expect(await read(archive, at('pack/halves@2x.png'))).toEqual(PNG);
    expect(archive.entries[at('pack/')]).toMatchObject({ isFolder: true, bytes: 0 });
    expect(() => checkEntries(archive.entries)).not.toThrow();
  });

  it('is read where sizes come behind the files: Info-ZIP in a pipe', async () => {
    const archive = await openFixture('streamed.zip');
    expect(await read(archive)).toEqual(GIF);
  });

  it('is read where it has data descriptors, Zip64 and names in UTF-8: Python', async () => {
    const archive = await openFixture('python-streamed.zip');
    expect(pathsOf(archive)).toEqual(['a/one.gif', 'a/zwei ü.png']);
    expect(await read(archive, 0)).toEqual(GIF);
    expect(await read(archive, 1)).toEqual(PNG);
    expect(() => checkEntries(archive.entries)).not.toThrow();
  });

  it('tells of encrypted files, of links and of other methods', async () => {
    const [encrypted] = (await openFixture('encrypted.zip')).entries;
    expect(encrypted && refusalOf(encrypted)).toMatchObject({ code: 'entry_encrypted' });
    const link = (await openFixture('link.zip')).entries.find(({ path }) => path.endsWith('link.png'));
    expect(link && refusalOf(link)).toMatchObject({ code: 'entry_is_link' });
    const [packed] = (await openFixture('python-bzip2.zip')).entries;
    expect(packed && refusalOf(packed)).toMatchObject({
      code: 'entry_method_unknown',
      message: expect.stringContaining('method 12'),
    });
  });
});

describe('a zip', () => {
  it('is read file by file, in any order', async () => {
    const noise = new Uint8Array(2_000_000);
    for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
    const files = Array.from({ length: 20 }, (_, index) => [`${index}.bin`, noise.subarray(index * 100_000)] as const);
    const archive = await open(zipSync(Object.fromEntries(files), { level: 0 }));
    for (const index of [3, 19, 0, 7, 8, 3]) {
      const content = await read(archive, index);
      expect(content.byteLength).toBe(files[index]?.[1].byteLength);
      expect(crc32(content)).toBe(crc32(files[index]?.[1] ?? ''));
    }
  });

  it('is empty where it has only its end', async () => {
    expect((await open(zipBytes([]))).entries).toEqual([]);
  });

  it('is null where there is none', async () => {
    expect(await zipReader(env.PICTURES).open('sources/none')).toBe(null);
  });

  it('is told from what is broken', async () => {
    const whole = zipBytes([{ name: 'a.gif', content: GIF }]);
    for (const bytes of [new Uint8Array([1]), whole.slice(0, -30), HELLO, new Uint8Array(70_000)]) {
      expect(await failureOf(open(bytes))).toMatchObject({ code: 'pack_unreadable' });
    }
  });

  it('has a directory of bounded length', async () => {
    const comments = Array.from({ length: 300 }, (_, index) => ({
      name: `${index}`,
      content: HELLO,
      extra: new Uint8Array(60_000),
    }));
    const failure = await failureOf(open(zipBytes(comments)));
    expect(failure).toMatchObject({
      code: 'pack_too_large',
      message: expect.stringContaining('the limit is 16,777,216'),
    });
  });

  it('has a bounded number of files', async () => {
    const files = Array.from({ length: 10_001 }, (_, index) => ({ name: `${index}`, content: new Uint8Array() }));
    expect(await failureOf(open(zipBytes(files)))).toMatchObject({
      code: 'pack_too_large',
      message: expect.stringContaining('10,001'),
    });
  });
});

describe('a file of a hostile zip', () => {
  const one = (entry: Partial<RawEntry>) => open(zipBytes([{ name: 'a.gif', content: GIF, ...entry }]));

  it.each<[string, Partial<RawEntry>]>([
    ['has more bytes than it says', { method: 8, content: new Uint8Array(100_000), claims: { bytes: 5_000 } }],
    ['has fewer', { method: 8, claims: { bytes: 5_000 } }],
    ['has fewer, stored', { claims: { bytes: 5_000 } }],
    ['has others', { claims: { crc: 1 } }],
    ['is no deflate', { claims: {}, method: 0, content: HELLO, flags: 0x800 }],
  ])('%s', async (what, entry) => {
    const archive = await one(entry);
    // The same bytes, said to be deflated.
    const file = archive.entries[0];
    if (what === 'is no deflate') {
      const bytes = zipBytes([{ name: 'a.gif', content: HELLO }]);
      bytes[8] = 8;
      bytes[bytes.length - 22 - 51 + 10] = 8;
      const broken = await open(bytes);
      expect(broken.entries[0]?.method).toBe(8);
      expect(await failureOf(read(broken))).toMatchObject({ code: 'entry_broken' });
      return;
    }
    expect(file).toBeDefined();
    expect(await failureOf(read(archive))).toMatchObject({
      code: expect.stringMatching(/^(entry_broken|pack_unreadable)$/),
    });
  });

  it('is unpacked no further than it says, however much it has', async () => {
    // 50 MB of zeros are 50 kB.
    const archive = await one({ method: 8, content: new Uint8Array(50_000_000), claims: { bytes: 10_000 } });
    let bytes = 0;
    const reading = (async () => {
      for await (const chunk of archive.read(0)) bytes += chunk.byteLength;
    })();
    expect(await failureOf(reading)).toMatchObject({
      code: 'entry_broken',
      message: expect.stringContaining('10,000'),
    });
    expect(bytes).toBeLessThanOrEqual(10_000);
  });

  it('is asked for by who reads it, and no further', async () => {
    const archive = await one({ method: 8, content: new Uint8Array(50_000_000) });
    let chunks = 0;
    for await (const _ of archive.read(0)) if (++chunks === 3) break;
    expect(chunks).toBe(3);
  });

  it('shares its bytes with no other one', async () => {
    const kernel = { name: 'a', content: GIF };
    const archive = await open(zipBytes([kernel, { name: 'b', content: GIF, offset: 0, isNowhere: true }]));
    expect(await failureOf((async () => checkEntries(archive.entries))())).toMatchObject({ code: 'pack_overlaps' });
  });

  it('lies beyond the end', async () => {
    const archive = await one({ offset: 1_000_000 });
    expect(await failureOf(read(archive))).toMatchObject({ code: 'pack_unreadable' });
  });
});
