import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { MOST_HELD_BYTES, r2SourceStore } from '../../src/adapters/r2-source-store.ts';

const MIB = 1024 * 1024;
const store = r2SourceStore(env.PICTURES);

/** Bytes that differ from place to place, so that a part in the wrong order shows. */
function bytes(size: number): Uint8Array {
  const words = new Uint32Array(size / 4);
  for (let i = 0; i < words.length; i++) words[i] = i;
  return new Uint8Array(words.buffer);
}

async function* inChunksOf(whole: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
}

describe('the store of uploads in R2', () => {
  it.each([
    ['nothing', 0, 1000],
    ['less than a part', 3 * MIB, 1000_000],
    ['exactly a part', 5 * MIB, 4 * MIB],
    ['a part and a bit, the chunks larger than a part', 5 * MIB + 4, 50 * MIB],
    ['several parts, across chunks', 20 * MIB, 3 * MIB],
    ['exactly two parts', 10 * MIB, 64 * 1024],
  ])('keeps %s', async (key, size, chunk) => {
    const whole = bytes(size);
    expect(await store.put(key, inChunksOf(whole, chunk))).toBe(size);
    const kept = await store.get(key);
    const opened = await store.open(key);
    if (size === 0) expect([kept, opened]).toEqual([null, null]);
    else {
      expect(kept !== null && Buffer.compare(kept, whole)).toBe(0);
      expect(opened?.bytes).toBe(size);
      expect(Buffer.compare(await new Response(opened?.body).bytes(), whole)).toBe(0);
    }
  });

  it('holds so much of all uploads together, and refuses one that would be more', async () => {
    const ends: (() => void)[] = [];
    /** Sends a bit more than half of a part, and then nothing until it is let go. */
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(3 * MIB);
      await new Promise<void>((resolve) => ends.push(resolve));
    }
    const fit = Math.floor(MOST_HELD_BYTES / (3 * MIB));
    const uploads = Array.from({ length: fit }, (_, i) => store.put(`slow-${i}`, slow()));
    await vi.waitFor(() => expect(ends).toHaveLength(fit));
    await expect(store.put('one more', slow())).rejects.toMatchObject({ code: 'too_many_uploads' });
    expect(await store.size('one more')).toBeNull();
    // A small one has room.
    expect(await store.put('small', inChunksOf(bytes(4_000), 1_000))).toBe(4_000);
    for (const end of ends) end();
    expect(await Promise.all(uploads)).toEqual(Array(fit).fill(3 * MIB));
    // And so has the next large one, then.
    expect(await store.put('later', inChunksOf(bytes(20 * MIB), 3 * MIB))).toBe(20 * MIB);
  });

  it.each(['aborts', 'cannot abort'])('keeps nothing of an upload that breaks off, and %s it', async (outcome) => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes(9 * MIB);
      throw new Error('the client went away');
    }
    const aborted: string[] = [];
    const watched = {
      async createMultipartUpload(key: string) {
        const upload = await env.PICTURES.createMultipartUpload(key);
        return {
          uploadPart: upload.uploadPart.bind(upload),
          async abort() {
            aborted.push(key);
            await upload.abort();
            if (outcome === 'cannot abort') throw new Error('R2 is away');
          },
        };
      },
    } as unknown as R2Bucket;
    await expect(r2SourceStore(watched).put('broken', broken())).rejects.toThrow('the client went away');
    expect(aborted).toEqual(['broken']);
    expect(await store.get('broken')).toBeNull();
  });

  it('deletes, also what is not there', async () => {
    await store.put('gone', inChunksOf(bytes(400), 100));
    expect(await store.size('gone')).toBe(400);
    await store.delete('gone');
    await store.delete('gone');
    expect([await store.get('gone'), await store.size('gone')]).toEqual([null, null]);
  });
});
