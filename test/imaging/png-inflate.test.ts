import { constants, deflateRawSync, deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PngInstance } from '../../src/imaging/wasm/png.ts';
import { concat, randomFrom } from './png-writer.ts';

/** Inflates all there is, in reads of `size`, then of single bytes. */
function inflate(parts: Iterable<Uint8Array>, size: number): Uint8Array {
  const inflater = PngInstance.forBytes(size);
  const inflated = inflateWith(inflater, parts, size);
  inflater.giveBack();
  return inflated;
}

function inflateWith(inflater: PngInstance, parts: Iterable<Uint8Array>, size: number): Uint8Array {
  inflater.startStream(parts);
  const pieces: Uint8Array[] = [];
  for (const count of [size, 1]) {
    for (let bytes = inflater.read(count); bytes !== null; bytes = inflater.read(count)) pieces.push(bytes.slice());
  }
  return Buffer.concat(pieces);
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

const random = randomFrom(1);
const CONTENTS: Record<string, Uint8Array> = {
  nothing: new Uint8Array(0),
  'one byte': Uint8Array.of(7),
  zeros: new Uint8Array(300_000),
  noise: Uint8Array.from({ length: 200_000 }, () => random() * 256),
  'few values': Uint8Array.from({ length: 300_000 }, () => random() ** 4 * 256),
  // Matches at every distance from 1 to a vector's length and beyond, the longest ones too.
  'short periods': concat(
    ...Array.from({ length: 20 }, (_, n) => Uint8Array.from({ length: 5000 }, (_, i) => (i % (n + 1)) * 31)),
  ),
  // Matches from as far back as there is history.
  'long periods': concat(...new Array(6).fill(Uint8Array.from({ length: 32_700 }, () => random() * 256))),
  // Code lengths up to 15 bits, beyond the first table: symbols as frequent as Fibonacci numbers.
  'long codes': Uint8Array.from(
    Array.from({ length: 24 }, (_, i) => new Array(Math.round(1.6 ** i)).fill(i)).flat(),
  ).sort(() => random() - 0.5),
};

const ENCODERS: Record<string, Parameters<typeof deflateSync>[1]> = {
  stored: { level: 0 },
  'level 1': { level: 1 },
  'level 9': { level: 9 },
  'fixed codes': { strategy: constants.Z_FIXED },
  'literals only': { strategy: constants.Z_HUFFMAN_ONLY },
  'runs only': { strategy: constants.Z_RLE },
  'small blocks': { level: 6, memLevel: 1 },
  'small window': { level: 6, windowBits: 9 },
};

/** Writes a zlib stream bit by bit (RFC 1951, section 3.1.1). */
class BitWriter {
  readonly #bytes = [0x78, 0x9c];
  #count = 0;

  /** The lowest bit first. */
  number(value: number, bits: number): void {
    for (let i = 0; i < bits; i++) {
      if (this.#count++ % 8 === 0) this.#bytes.push(0);
      this.#bytes[this.#bytes.length - 1] |= ((value >> i) & 1) << ((this.#count - 1) % 8);
    }
  }

  /** The highest bit first. */
  code(code: number, bits: number): void {
    for (let i = bits - 1; i >= 0; i--) this.number((code >> i) & 1, 1);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** The header of a last, dynamic block, with its codes' lengths in codes of 4 bits, which none repeats. */
function dynamicHeader(writer: BitWriter, literalLengths: number[], distanceLengths: number[]): void {
  writer.number(1, 1);
  writer.number(2, 2);
  writer.number(literalLengths.length - 257, 5);
  writer.number(distanceLengths.length - 1, 5);
  writer.number(19 - 4, 4);
  // In the order of section 3.2.7: 0 to 15 have 4 bits each, which makes each symbol its own code.
  for (const symbol of [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]) {
    writer.number(symbol < 16 ? 4 : 0, 3);
  }
  for (const length of [...literalLengths, ...distanceLengths]) writer.code(length, 4);
}

describe('inflating what zlib deflated', () => {
  for (const [encoder, options] of Object.entries(ENCODERS)) {
    it.each(Object.keys(CONTENTS))(`${encoder}: %s`, (name) => {
      const content = CONTENTS[name];
      const stream = deflateSync(content, options);
      const inflated = inflate([stream], 1000);
      expect(inflated.length).toBe(content.length);
      expect(Buffer.compare(inflated, content)).toBe(0);
    });
  }

  it('reads distances with the longest codes and the most extra bits', () => {
    const writer = new BitWriter();
    // 226 symbols of 8 bits and 60 of 9; distances from symbol 14 on of 1 to 15 bits, and a second one of 15.
    const literalLengths = Array.from({ length: 286 }, (_, symbol) => (symbol < 226 ? 8 : 9));
    const distanceLengths = Array.from({ length: 30 }, (_, symbol) => Math.max(0, Math.min(15, symbol - 13)));
    dynamicHeader(writer, literalLengths, distanceLengths);
    // Canonical codes (section 3.2.2): those of 9 bits follow 226 of 8.
    const symbol = (n: number) => (n < 226 ? writer.code(n, 8) : writer.code(2 * 226 + n - 226, 9));
    const rng = randomFrom(3);
    for (let i = 0; i < 32_768; i++) symbol(Math.floor(rng() * 256));
    for (let i = 0; i < 5000; i++) {
      // A literal now and then, so that matches start at every bit of a byte. 285 is the length 258.
      if (rng() < 0.5) symbol(255);
      symbol(285);
      // Symbol 29, distances from 24577, is the last code of all; 28, from 16385, the one before.
      writer.code(rng() < 0.5 ? 0x7fff : 0x7ffe, 15);
      writer.number(Math.floor(rng() * 8192), 13);
    }
    symbol(256);
    const stream = writer.bytes();
    // The checksum is not there: zlib gives what it has by then.
    const expected = inflateSync(stream, { finishFlush: constants.Z_SYNC_FLUSH });
    expect(expected.length).toBeGreaterThan(32_768 + 5000 * 258);
    expect(Buffer.compare(inflate([stream], 1000), expected)).toBe(0);
  });

  it('takes the stream in parts of any size, also none', () => {
    const content = CONTENTS['few values'];
    const stream = deflateSync(content);
    for (const size of [1, 7, 32_767, 32_768, 32_769]) {
      const parts = pieces(stream, size).flatMap((part) => [part, new Uint8Array(0)]);
      expect(Buffer.compare(inflate(parts, 999), content)).toBe(0);
    }
  });

  it('reads more at once than it inflates at once', () => {
    const content = concat(CONTENTS.noise, CONTENTS['few values']);
    expect(Buffer.compare(inflate([deflateSync(content)], 170_000), content)).toBe(0);
  });

  it('starts over, in the middle of a stream or after its end', () => {
    const inflater = PngInstance.forBytes(1000);
    inflater.startStream([deflateSync(CONTENTS.noise, { strategy: constants.Z_FIXED })]);
    inflater.read(500);
    for (const name of ['few values', 'long codes', 'one byte']) {
      expect(Buffer.compare(inflateWith(inflater, [deflateSync(CONTENTS[name])], 1000), CONTENTS[name])).toBe(0);
    }
  });

  it('inflates several streams at a time', () => {
    const names = ['few values', 'noise', 'long periods', 'short periods', 'zeros', 'few values'];
    const readers = names.map((name) => ({ content: CONTENTS[name], inflater: PngInstance.forBytes(500) }));
    for (const { content, inflater } of readers) inflater.startStream(pieces(deflateSync(content), 1000));
    for (let at = 0; at < 100_000; at += 500) {
      for (const { content, inflater } of readers) {
        expect(Buffer.compare(inflater.read(500) ?? new Uint8Array(0), content.subarray(at, at + 500))).toBe(0);
      }
    }
    for (const { inflater } of readers) inflater.giveBack();
  });

  it('pays no attention to bytes after the stream, or to the checksum', () => {
    const content = CONTENTS['few values'];
    const stream = new Uint8Array(deflateSync(content));
    expect(Buffer.compare(inflate([stream, CONTENTS.noise], 1000), content)).toBe(0);
    stream.fill(0x55, stream.length - 4);
    expect(Buffer.compare(inflate([stream], 1000), content)).toBe(0);
  });
});

describe('broken streams', () => {
  it.each(Object.keys(ENCODERS))('%s: cut anywhere, gives the beginning', (encoder) => {
    const content = concat(CONTENTS['short periods'].subarray(0, 3000), CONTENTS['few values'].subarray(0, 1500));
    const stream = deflateSync(content, ENCODERS[encoder]);
    let longest = 0;
    for (let length = 0; length < stream.length; length++) {
      const inflated = inflate([stream.subarray(0, length)], 10);
      expect(Buffer.compare(inflated, content.subarray(0, inflated.length))).toBe(0);
      expect(inflated.length).toBeGreaterThanOrEqual(longest);
      longest = inflated.length;
    }
    // Only the checksum is missing.
    expect(inflate([stream.subarray(0, -4)], 10).length).toBe(content.length);
  });

  it.each([
    ['another compression method', [0x77, 0x85, 0x63, 0x00]],
    ['a preset dictionary', [0x78, 0xbb, 0x63, 0x00]],
    ['a block of the reserved type', [0x78, 0x9c, 0x07, 0x00]],
    ['a stored block whose length is not confirmed', [0x78, 0x9c, 0x01, 0x01, 0x00, 0xff, 0xff, 0x41]],
    // Fixed codes: a match with nothing before it; a literal and then the distance symbol 30, which does not exist.
    ['a match that reaches back before the start', [0x78, 0x9c, 0x03, 0x02, 0x00, 0x00]],
    ['no bytes at all', []],
  ])('ends at %s', (_, bytes) => {
    expect(inflate([Uint8Array.from(bytes)], 1).length).toBe(0);
  });

  it.each([
    ['literals', [...new Array(256).fill(0), 1, 1, 1], [1]],
    ['distances', [...new Array(255).fill(0), 1, 1], [1, 1, 1]],
  ])('ends where there are more codes of %s than can be', (_, literalLengths, distanceLengths) => {
    const writer = new BitWriter();
    dynamicHeader(writer, literalLengths, distanceLengths);
    writer.number(0, 1000);
    expect(inflate([writer.bytes()], 1).length).toBe(0);
  });

  it('ends after a million blocks with codes of their own', () => {
    // RFC 1951, section 3.2.7: 257 literals and lengths, one distance. Code lengths 18 (many zeros) and 1 have codes of one
    // bit. Two times zeros; then codes of one bit for the end of the block and the distance, and the end of the block.
    const low = (value: number, bits: number) => [...value.toString(2).padStart(bits, '0')].reverse().join('');
    const codeLengths = Array.from({ length: 18 }, (_, i) => low(i === 2 || i === 17 ? 1 : 0, 3)).join('');
    const zeros = (count: number) => `1${low(count - 11, 7)}`;
    const empty = `0${low(2, 2)}${low(0, 10)}${low(14, 4)}${codeLengths}${zeros(138)}${zeros(118)}000`;
    const eight = Uint8Array.from(empty.repeat(8).match(/.{8}/g) ?? [], (bits) =>
      Number.parseInt([...bits].reverse().join(''), 2),
    );
    const last = deflateRawSync(Uint8Array.of(1, 2, 3));
    const stream = (blocks: number) => [
      Uint8Array.of(0x78, 1),
      ...Array.from({ length: blocks / 8 }, () => eight),
      last,
    ];
    expect(inflateSync(Buffer.concat(stream(800)), { finishFlush: constants.Z_SYNC_FLUSH })).toEqual(
      Buffer.of(1, 2, 3),
    );
    expect([...inflate(stream(1_000_000), 3)]).toEqual([1, 2, 3]);
    const inflater = PngInstance.forBytes(3);
    expect([...inflateWith(inflater, stream(1_000_008), 3)]).toEqual([]);
    // Those of all streams count, as a picture may have thousands: blocks without codes of their own can still be read.
    expect([...inflateWith(inflater, stream(8), 3)]).toEqual([]);
    expect([...inflateWith(inflater, stream(0), 3)]).toEqual([1, 2, 3]);
  });

  it('survives any damage', () => {
    const stream = concat(
      deflateSync(CONTENTS['few values'].subarray(0, 20_000)),
      deflateSync(CONTENTS['short periods'], { strategy: constants.Z_FIXED }),
    );
    const rng = randomFrom(2);
    const inflater = PngInstance.forBytes(1000);
    for (let i = 0; i < 3000; i++) {
      const damaged = stream.slice();
      for (let k = Math.floor(rng() * 4); k >= 0; k--)
        damaged[2 + Math.floor(rng() * rng() * 3000)] ^= 1 << (rng() * 8);
      inflater.startStream(pieces(damaged, 1 + Math.floor(rng() * 4000)));
      let total = 0;
      while (inflater.read(1000) !== null) total += 1000;
      // Deflate packs at most 1032 bytes into one.
      expect(total).toBeLessThan(stream.length * 1040);
    }
  });
});
