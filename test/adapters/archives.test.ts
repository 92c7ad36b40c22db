import { unzipSync } from 'fflate';
import { unpackTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { archives } from '../../src/adapters/archives.ts';
import type { ArchivedFile } from '../../src/application/ports.ts';

const MODIFIED_AT = Date.UTC(2026, 10, 29, 12, 30, 10);
const KINDS = ['zip', 'tar.gz'] as const;

function file(path: string, ...chunks: Uint8Array[]): ArchivedFile {
  async function* body() {
    yield* chunks;
  }
  const bytes = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return { path, bytes, modifiedAt: MODIFIED_AT, body: body() };
}

async function* filesOf(...files: ArchivedFile[]) {
  yield* files;
}

const noise = () => crypto.getRandomValues(new Uint8Array(65_536));

/** Files without an end, and what became of them. */
function endless() {
  const seen = { asked: 0, over: false };
  async function* files() {
    try {
      for (;;) yield file(`${seen.asked++}.gif`, noise());
    } finally {
      seen.over = true;
    }
  }
  return { seen, files: files() };
}

describe('an archive', () => {
  it.each([0, 1, 511, 512, 513, 70_000])('has a file of %i bytes as it is', async (bytes) => {
    const content = new Uint8Array(bytes).map((_, index) => index % 251);
    const half = Math.ceil(bytes / 2);
    const files = () => filesOf(file('a/é.gif', content.subarray(0, half), content.subarray(half)), file('b'));
    const zip = unzipSync(await new Response(archives.zip(files())).bytes());
    expect(zip).toEqual({ 'a/é.gif': content, b: new Uint8Array() });
    const tar = archives['tar.gz'](files()).pipeThrough(new DecompressionStream('gzip'));
    const [first, second] = await unpackTar(tar, { strict: true });
    expect(first?.header).toMatchObject({ name: 'a/é.gif', size: bytes, mode: 0o644, mtime: new Date(MODIFIED_AT) });
    expect(first?.data).toEqual(content);
    expect(second?.header).toMatchObject({ name: 'b', size: 0 });
  });

  it.each(KINDS)('is broken off, not ended, where a file cannot be read: %s', async (kind) => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield noise();
      throw new Error('storage is away');
    }
    const files = filesOf(file('a', noise()), { path: 'b', bytes: 70_000, modifiedAt: 0, body: broken() });
    await expect(new Response(archives[kind](files)).bytes()).rejects.toThrow('storage is away');
  });

  it.each(KINDS)(
    'asks for no file much before it is read, and for none any more once nobody reads: %s',
    async (kind) => {
      const { seen, files } = endless();
      const reader = archives[kind](files).getReader();
      for (let chunks = 0; chunks < 20; chunks++) await reader.read();
      await scheduler.wait(50);
      const asked = seen.asked;
      // 8 MB of these are 128.
      expect(asked).toBeLessThan(300);
      await scheduler.wait(100);
      expect(seen.asked).toBe(asked);
      // Some tell that they were broken off.
      await reader.cancel('enough').catch(() => {});
      await scheduler.wait(50);
      expect(seen).toEqual({ asked, over: true });
    },
  );
});
