import { env } from 'cloudflare:workers';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { zipOf, zipped } from '../../src/adapters/zipped.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import { joined } from '../support/zip-bytes.ts';

const fixture = (name: string): Uint8Array => Uint8Array.fromBase64(env.FIXTURES[name] ?? '');
const archive = (name: string): Uint8Array => Uint8Array.fromBase64(env.ARCHIVES[name] ?? '');
const GIF = fixture('moving-square.gif');
const PNG = fixture('halves.png');
const text = (content: string) => new TextEncoder().encode(content);

/** In chunks of some bytes. */
async function* chunksOf(bytes: Uint8Array, size = 1_000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

const zip = async (bytes: Uint8Array, size?: number) =>
  joined(await Array.fromAsync(zipped(chunksOf(bytes, size), 'list')));

async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  const error = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(error instanceof Refusal)) throw error ?? new Error('it was not refused');
  return error;
}

const gunzip = async (bytes: Uint8Array) =>
  new Uint8Array(
    await new Response(new Response(bytes).body?.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer(),
  );

const gzip = async (bytes: Uint8Array) =>
  new Uint8Array(
    await new Response(new Response(bytes).body?.pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
  );

describe('what is kept of an archive', () => {
  it('is a zip as it came', async () => {
    expect(await zip(archive('infozip.zip'), 3)).toEqual(archive('infozip.zip'));
  });

  it.each(['gnu.tar.gz', 'pax.tar.gz'])('is a zip of a tar: %s', async (name) => {
    const files = {
      'pack/': new Uint8Array(),
      'pack/README.md': text('hi\n'),
      'pack/halves@2x.png': PNG,
      'pack/party parrot.gif': GIF,
    };
    expect(unzipSync(await zip(archive(name)))).toEqual(files);
    // Not compressed, and byte by byte.
    expect(unzipSync(await zip(await gunzip(archive(name)), 1))).toEqual(files);
  });

  it('has long names as GNU tar writes them', async () => {
    const [folder = '', ...others] = [`long/${'d'.repeat(120)}/`];
    expect(others).toEqual([]);
    expect(unzipSync(await zip(archive('long-names.tar.gz')))[`${folder}${'n'.repeat(60)}.png`]).toEqual(PNG);
  });

  it('tells a link from a file', async () => {
    const bytes = await zip(archive('link.tar.gz'));
    const files = unzipSync(bytes);
    expect(files['pack/link.png']).toEqual(new Uint8Array());
    // In the directory: 0o120777 or so, in the upper half of the external attributes.
    const name = new TextDecoder('latin1').decode(bytes).lastIndexOf('pack/link.png');
    const attributes = new DataView(bytes.buffer).getUint32(name - 46 + 38, true);
    expect((attributes >>> 16) & 0o170000).toBe(0o120000);
  });

  it('is a zip with one file, of what is no archive', async () => {
    expect(unzipSync(await zip(text('{"emojis":[]}')))).toEqual({ list: text('{"emojis":[]}') });
    expect(unzipSync(await zip(text('')))).toEqual({ list: text('') });
  });

  it('is nothing where the archive is broken', async () => {
    const whole = archive('gnu.tar.gz');
    const broken = whole.slice();
    broken.fill(0, 200, 300);
    for (const bytes of [
      whole.slice(0, 500),
      broken,
      whole.slice(0, 20),
      await gzip(text('no tar')),
      (await gunzip(whole)).slice(0, 3_000),
    ]) {
      expect((await refusalOf(zip(bytes))).code).toBe('pack_unreadable');
    }
  });

  it('is no more than a limit', async () => {
    const chunk = new Uint8Array(20_000_000);
    async function* endless() {
      for (;;) yield chunk;
    }
    let bytes = 0;
    const reading = (async () => {
      for await (const chunk of zipped(endless(), 'list')) bytes += chunk.byteLength;
    })();
    expect(await refusalOf(reading)).toMatchObject({
      code: 'pack_too_large',
      message: expect.stringContaining('540,000,000 bytes or more; the limit is 524,288,000'),
    });
    expect(bytes).toBeLessThan(524_288_000);
  });

  it('has no more of paths than fits in memory', async () => {
    const path = 'p'.repeat(60_000);
    let count = 0;
    async function* files() {
      for (; count < 9_000; count++) yield { path: `${count}${path}`, body: null };
    }
    const reading = (async () => {
      for await (const _ of zipOf(files()));
    })();
    expect(await refusalOf(reading)).toMatchObject({
      code: 'pack_too_large',
      message: expect.stringContaining('bytes in its directory or more; the limit is 16,777,216'),
    });
    expect(count).toBe(279);
  });
});
