import { beforeEach, describe, expect, it } from 'vitest';
import { findFitted } from '../../src/application/find-fitted.ts';
import { fitPicture } from '../../src/application/fit-picture.ts';
import type { FittedFile, FittedStore } from '../../src/application/ports.ts';
import type { EmojiDetails } from '../../src/domain/emoji.ts';
import type { FitOrder } from '../../src/domain/platforms/budget.ts';
import { DEFAULT_RENDERING } from '../../src/domain/rendering.ts';

const FACTS = { type: 'gif' as const, size: 128, colours: 64, lossy: 8, frames: 3, of: 9 };

let sent: FitOrder[];
let files: Map<string, FittedFile>;
let ordered: Map<string, number>;
let isUploadKept: boolean;
let fitted: FittedStore;
let ports: Parameters<typeof findFitted>[0];

beforeEach(() => {
  sent = [];
  isUploadKept = true;
  files = new Map();
  ordered = new Map();
  fitted = {
    find: async (key) => files.get(key) ?? null,
    open: async () => null,
    async begin(key, before) {
      const at = ordered.get(key);
      if (at !== undefined && at >= before) return false;
      ordered.set(key, Date.now());
      return true;
    },
    put: async (key, file, facts) => void files.set(key, { bytes: file.byteLength, facts }),
    fail: async (key, failure) => void files.set(key, { failure }),
  };
  ports = {
    fitted,
    sources: { size: async () => (isUploadKept ? 1 : null) } as never,
    fitQueue: { send: async (order) => void sent.push(order) },
  };
});

/** An emoji with pictures of so many bytes. */
function emoji(
  bytes: { gif: number; gif64?: number; gif128?: number },
  change: Partial<EmojiDetails> = {},
): EmojiDetails {
  const { gif, ...others } = bytes;
  return {
    id: 'e',
    name: 'parrot',
    revision: 1,
    image: {
      hash: 'main',
      bytes: gif,
      frames: 9,
      renditions: Object.fromEntries(Object.entries(others).map(([name, size]) => [name, { hash: name, bytes: size }])),
    },
    sourceKey: 'sources/1',
    sourceHash: 'abc',
    owner: null,
    source: { format: 'gif', bytes: 1, width: 9, height: 9, frames: 9, durationMs: 900 },
    createdAt: 0,
    aliases: [],
    formerNames: [],
    tags: [],
    category: null,
    description: '',
    version: 1,
    rendering: DEFAULT_RENDERING,
    updatedAt: 0,
    ...change,
  };
}

const heavy = { gif: 60_000, gif64: 20_000, gif128: 90_000 };

describe('findFitted', () => {
  it('serves a picture that there is, where it fits in the size that the platform shows', async () => {
    expect(await findFitted(ports, emoji(heavy), 'slack', 0)).toMatchObject({
      outcome: 'stored',
      picture: { rendition: 'gif128', hash: 'gif128', bytes: 90_000, type: 'gif' },
    });
    expect(await findFitted(ports, emoji(heavy), 'zulip', 0)).toMatchObject({ picture: { rendition: 'gif64' } });
    const large = emoji({ gif: 60_000 }, { rendering: { ...DEFAULT_RENDERING, size: 200 } });
    expect(await findFitted(ports, large, 'slack', 0)).toMatchObject({ picture: { rendition: null, hash: 'main' } });
    expect(sent).toEqual([]);
  });

  it.each([
    ['is too small', emoji({ gif: 10_000 })],
    ['may be too small', emoji({ gif: 10_000 }, { rendering: null })],
    ['is too heavy', emoji({ gif: 60_000, gif64: 20_000, gif128: 128_000 })],
  ])('orders one where what there is %s', async (_, found) => {
    expect(await findFitted(ports, found, 'slack', 0)).toEqual({ outcome: 'ordered' });
    expect(sent).toEqual([
      {
        key: expect.stringMatching(/^[0-9a-f]{64}$/),
        sourceKey: 'sources/1',
        look: { fit: 'contain', background: null, matte: null },
        budget: { side: 128, bytes: 127_999, frames: 50, png: true },
      },
    ]);
  });

  it('orders once, again when nothing has come of it for a minute, and serves what is there', async () => {
    const wanted = () => findFitted(ports, emoji(heavy), 'gotosocial', 0);
    for (let i = 0; i < 3; i++) expect(await wanted()).toEqual({ outcome: 'ordered' });
    expect(sent).toHaveLength(1);
    const [{ key }] = sent;
    ordered.set(key, Date.now() - 59_000);
    await wanted();
    expect(sent).toHaveLength(1);
    ordered.set(key, Date.now() - 61_000);
    await wanted();
    expect(sent).toHaveLength(2);
    files.set(key, { bytes: 7, facts: { ...FACTS, hash: 'h' } });
    expect(await wanted()).toMatchObject({ outcome: 'made', key, file: { bytes: 7, facts: FACTS } });
  });

  it('serves what there is where nothing larger can be made', async () => {
    const wanted = () => findFitted(ports, emoji({ gif: 50_000 }), 'gotosocial', 0);
    await wanted();
    const [{ key }] = sent;
    files.set(key, { bytes: 7, facts: { ...FACTS, size: 96, hash: 'h' } });
    expect(await wanted()).toMatchObject({ outcome: 'stored', picture: { hash: 'main' } });
    files.set(key, { failure: { code: 'too_complex', message: 'Nothing fits.', remedy: 'Allow more.' } });
    expect(await wanted()).toMatchObject({ outcome: 'stored', picture: { hash: 'main' } });
    files.set(key, { bytes: 7, facts: { ...FACTS, size: 100, hash: 'h' } });
    expect(await wanted()).toMatchObject({ outcome: 'made' });
  });

  it('waits for it', async () => {
    const waiting = findFitted(ports, emoji(heavy), 'gotosocial', 5_000);
    await expect.poll(() => sent.length).toBe(1);
    files.set(sent[0].key, { bytes: 7, facts: { ...FACTS, hash: 'h' } });
    expect(await waiting).toMatchObject({ outcome: 'made' });
    expect(sent).toHaveLength(1);
  });

  it('keeps apart what differs in upload, look or rules, and nothing else', async () => {
    const rendering = { ...DEFAULT_RENDERING, fit: 'cover' as const };
    await findFitted(ports, emoji(heavy), 'gotosocial', 0);
    await findFitted(ports, emoji(heavy, { sourceHash: 'other' }), 'gotosocial', 0);
    await findFitted(ports, emoji(heavy, { sourceHash: null }), 'gotosocial', 0);
    await findFitted(ports, emoji(heavy, { rendering }), 'gotosocial', 0);
    await findFitted(ports, emoji({ gif: 1_000_000 }), 'slack', 0);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(5);
    expect(sent[3].look).toEqual({ fit: 'cover', background: null, matte: null });
    await findFitted(ports, emoji(heavy, { id: 'f', name: 'other', sourceKey: 'sources/2' }), 'gotosocial', 0);
    expect(sent).toHaveLength(5);
  });

  it('serves a smaller one where the upload is not kept, and says so where none fits', async () => {
    const lost = { sourceKey: null, sourceHash: null };
    expect(await findFitted(ports, emoji(heavy, lost), 'gotosocial', 0)).toMatchObject({
      outcome: 'stored',
      picture: { rendition: 'gif64' },
    });
    const refused = { code: 'original_not_found' };
    await expect(findFitted(ports, emoji({ gif: 60_000 }, lost), 'gotosocial', 0)).rejects.toMatchObject(refused);
    isUploadKept = false;
    for (let i = 0; i < 2; i++) {
      await expect(findFitted(ports, emoji({ gif: 60_000 }), 'gotosocial', 0)).rejects.toMatchObject(refused);
    }
    expect(sent).toEqual([]);
  });

  it('says so where nothing can be made that fits', async () => {
    await findFitted(ports, emoji({ gif: 60_000 }), 'gotosocial', 0);
    const failure = { code: 'too_complex', message: 'Nothing fits.', remedy: 'Allow more.' };
    files.set(sent[0].key, { failure });
    await expect(findFitted(ports, emoji({ gif: 60_000 }), 'gotosocial', 0)).rejects.toMatchObject({
      code: 'not_fittable',
      message: 'Nothing fits. Allow more.',
    });
  });
});

describe('fitPicture', () => {
  const log = { info: () => {}, error: () => {} };
  const order: FitOrder = {
    key: 'k',
    sourceKey: 'sources/1',
    look: { fit: 'contain', background: null, matte: null },
    budget: { side: 128, bytes: 9, frames: null, png: true },
  };
  const sources = (picture: Uint8Array | null) => ({ get: async () => picture }) as never;

  it('makes it once, and keeps it with what was given up and its hash', async () => {
    let made = 0;
    const fitter = { fit: async () => ({ ...FACTS, file: new TextEncoder().encode(`abc`), made: made++ }) };
    const ports = { sources: sources(new Uint8Array(1)), fitted, fitter, log };
    await fitPicture(ports, order);
    await fitPicture(ports, order);
    expect(made).toBe(1);
    // FIPS 180-2, appendix B.1.
    const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(files.get('k')).toMatchObject({ bytes: 3, facts: { ...FACTS, hash } });
  });

  it('notes why it can never be made', async () => {
    const failure = { code: 'c', message: 'm', remedy: 'r' };
    const fitter = { fit: async () => ({ failure }) };
    await fitPicture({ sources: sources(new Uint8Array(1)), fitted, fitter, log }, order);
    expect(files.get('k')).toEqual({ failure });
    // That an upload is not there is not for ever: the same one may come again.
    await fitPicture({ sources: sources(null), fitted, fitter, log }, { ...order, key: 'lost' });
    expect(files.has('lost')).toBe(false);
  });

  it('leaves a passing fault to whoever delivers the order', async () => {
    const fitter = { fit: () => Promise.reject(new Error('a fault')) };
    await expect(fitPicture({ sources: sources(new Uint8Array(1)), fitted, fitter, log }, order)).rejects.toThrow();
    expect(files.size).toBe(0);
  });
});
