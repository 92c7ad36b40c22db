import { beforeAll, describe, expect, it } from 'vitest';
import { jpegDecoder } from '../../src/imaging/jpeg/decoder.ts';
import { TestEncoder } from './jpeg-encoder.ts';
import { type Decoded, decode, decodeBySharp, difference, isImagingError, photoJpeg, random } from './jpeg-fixtures.ts';

/** Decodes, or gives the error that says why not. Any other error fails the test. */
function decodeOrRefuse(bytes: Uint8Array, enough?: { width: number; height: number }): Decoded | null {
  try {
    return decode(bytes, enough);
  } catch (error) {
    if (!isImagingError(error)) throw error;
    expect(error.message).not.toBe('');
    expect(error.remedy).not.toBe('');
    return null;
  }
}

const SCALES = [undefined, { width: 30, height: 20 }, { width: 15, height: 10 }, { width: 1, height: 1 }];

let encoder: TestEncoder;
beforeAll(async () => {
  encoder = await TestEncoder.create();
});

describe('truncated', () => {
  const kinds: [string, object][] = [
    ['baseline', { chromaSubsampling: '4:2:0' }],
    ['progressive', { chromaSubsampling: '4:2:0', progressive: true }],
    ['progressive 4:4:4', { chromaSubsampling: '4:4:4', progressive: true }],
  ];
  it.each(kinds)('%s: at every third byte and each scale, a picture or a named error', async (_name, options) => {
    const file = await photoJpeg(64, 48, options);
    const dataStart = file.indexOf(Buffer.from([0xff, 0xda])) + 20;
    let shown = 0;
    for (let length = 0; length < file.length; length += 3) {
      for (const enough of SCALES) {
        const decoded = decodeOrRefuse(file.subarray(0, length), enough);
        if (length > dataStart) expect(decoded).not.toBeNull();
        if (decoded !== null) shown++;
      }
    }
    expect(shown).toBeGreaterThan(file.length / 3);
  });

  it('baseline: what arrived is as in the whole file, the rest is grey, as libjpeg has it', async () => {
    const file = await photoJpeg(320, 240, { chromaSubsampling: '4:4:4' });
    const cut = file.subarray(0, file.length / 2);
    const decoded = decode(cut);
    const whole = decode(file);
    expect(decoded.data.subarray(0, 4 * 320 * 80)).toEqual(whole.data.subarray(0, 4 * 320 * 80));
    expect(decoded.data.subarray(-4)).toEqual(Uint8Array.of(128, 128, 128, 255));
    expect(difference(decoded, await decodeBySharp(cut)).mean).toBeLessThan(0.05);
  });

  it('progressive: the scans that arrived, as libjpeg has them', async () => {
    const file = await photoJpeg(320, 240, { chromaSubsampling: '4:4:4', progressive: true });
    const whole = decode(file);
    let last = Number.POSITIVE_INFINITY;
    for (const share of [0.1, 0.3, 0.5, 0.8, 0.95]) {
      const cut = file.subarray(0, Math.floor(file.length * share));
      const { mean } = difference(decode(cut), whole);
      expect(mean).toBeLessThan(last);
      last = mean;
      // Before all components have AC coefficients, libjpeg smoothes the edges of blocks: that is not compared.
      if (share >= 0.8) expect(difference(decode(cut), await decodeBySharp(cut)).mean).toBeLessThan(0.5);
    }
  });

  it('after the first of three scans: grey', async () => {
    const component = (sample: () => number) => ({ horizontal: 1, vertical: 1, sample });
    const components = [component(() => 200), component(() => 30), component(() => 90)];
    const file = encoder.encode({ width: 16, height: 16, components, interleaved: false });
    const second = Buffer.from(file).indexOf(
      Buffer.from([0xff, 0xda]),
      Buffer.from(file).indexOf(Buffer.from([0xff, 0xda])) + 2,
    );
    expect(decode(file.subarray(0, second)).data.subarray(0, 4)).toEqual(Uint8Array.of(200, 200, 200, 255));
  });
});

describe('damaged, with restart markers', () => {
  /** Grey, 16 blocks wide and high, a restart after each row of blocks. */
  const striped = () =>
    encoder.encode({
      width: 128,
      height: 128,
      components: [{ horizontal: 1, vertical: 1, sample: (x, y) => 40 + y + 30 * Math.sin(x / 5) }],
      restartInterval: 16,
    });
  const markers = (file: Uint8Array) => {
    const at: number[] = [];
    for (let i = 0; i < file.length - 1; i++)
      if (file[i] === 0xff && file[i + 1] >= 0xd0 && file[i + 1] <= 0xd7) at.push(i);
    return at;
  };
  const row = ({ data }: Decoded, index: number) => data.subarray(4 * 128 * 8 * index, 4 * 128 * 8 * (index + 1));

  it('an interval that is garbage costs its own rows only', () => {
    const file = striped();
    const whole = decode(file);
    const [, , from, to] = markers(file);
    const next = random(5);
    const damaged = file.slice();
    for (let i = from + 2; i < to; i++) damaged[i] = Math.floor(next() * 255);
    const decoded = decode(damaged);
    for (let i = 0; i < 16; i++) if (i !== 3) expect(row(decoded, i)).toEqual(row(whole, i));
    expect(row(decoded, 3)).not.toEqual(row(whole, 3));
  });

  it('an interval that is lost, marker and all, leaves its rows grey', () => {
    const file = striped();
    const whole = decode(file);
    const [, , from, to] = markers(file);
    const decoded = decode(Buffer.concat([file.subarray(0, from), file.subarray(to)]));
    for (let i = 0; i < 16; i++) if (i !== 3) expect(row(decoded, i)).toEqual(row(whole, i));
    expect(new Set(row(decoded, 3))).toEqual(new Set([128, 255]));
  });

  it('an interval that comes twice is passed over', () => {
    const file = striped();
    const [, , from, to] = markers(file);
    const decoded = decode(Buffer.concat([file.subarray(0, to), file.subarray(from)]));
    expect(decoded).toEqual(decode(file));
  });
});

describe('bytes that mean nothing, before a marker', () => {
  /** More than are read at a time: wherever a piece ends, it is among them. */
  const COUNT = 40_000;
  it.each([
    ['fill bytes', [0xff], COUNT],
    ['pairs that are no marker', [0xff, 0x02], COUNT / 2],
    ['such pairs, a byte further', [0xff, 0xff, 0x02], COUNT / 3],
  ])('%s', (_name, bytes, count) => {
    const file = encoder.encode({
      width: 64,
      height: 64,
      components: [{ horizontal: 1, vertical: 1, sample: (x, y) => 40 + 2 * x + y }],
      restartInterval: 8,
    });
    const marker = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xd2);
    for (const shift of [0, 1]) {
      const junk = Array.from({ length: count }, () => bytes).flat();
      const parts = [file.subarray(0, marker), Array(shift).fill(0xff), junk, file.subarray(marker)];
      expect(decode(Buffer.concat(parts.map((part) => Buffer.from(part))))).toEqual(decode(file));
    }
  });
});

describe('after other pictures', () => {
  const enough = { width: 60, height: 45 };
  it.each([{ progressive: true }, { progressive: false }])('%o is as before', async (options) => {
    const file = await photoJpeg(120, 90, options);
    const before = decode(file, enough);
    const large = await photoJpeg(500, 400, { ...options, quality: 100 });
    decode(large);
    decode(large.subarray(0, large.length / 3));
    expect(decode(file, enough)).toEqual(before);
  });

  it('of which one was given up in the middle', async () => {
    const file = await photoJpeg(120, 90);
    const before = decode(file);
    const [frame] = [
      ...(jpegDecoder.decode(file, jpegDecoder.readHeader(file), { width: 120, height: 90 }) as Iterable<{
        rows: RowsOf;
      }>),
    ];
    const givenUp = new Error();
    expect(() =>
      frame.rows((y) => {
        if (y === 40) throw givenUp;
      }),
    ).toThrow(givenUp);
    expect(decode(file)).toEqual(before);
  });
});

describe('refused, with the reason', () => {
  const withFrame = async (marker: number, precision = 8) => {
    const file = await photoJpeg(32, 32);
    const frame = file.indexOf(Buffer.from([0xff, 0xc0]));
    file[frame + 1] = marker;
    file[frame + 4] = precision;
    return file;
  };
  it.each([
    [0xc1, 16, /16 bits/],
    [0xc3, 17, /17 bits/],
    [0xc3, 8, /lossless and subsampled/],
    [0xc7, 8, /hierarchical and lossless/],
    [0xc5, 8, /hierarchical/],
    [0xc9, 8, /arithmetic/],
    [0xca, 8, /arithmetic/],
    [0xde, 8, /hierarchical/],
  ])('frame %i of %i bits', async (marker, precision, message) => {
    const file = await withFrame(marker, precision);
    expect(() => jpegDecoder.readHeader(file)).toThrow(message);
    expect(() => jpegDecoder.readHeader(file)).toThrow(expect.objectContaining({ code: 'unsupported_format' }));
  });

  it('bytes without a picture', () => {
    for (const bytes of [[], [0xff], [0xff, 0xd8], [0xff, 0xd8, 0xff], [0xff, 0xd8, 0xff, 0xd9], [1, 2, 3]]) {
      expect(() => jpegDecoder.readHeader(Uint8Array.from(bytes))).toThrow(
        expect.objectContaining({ code: 'corrupt_picture' }),
      );
    }
  });

  it('no quantisation table, no height, no data', async () => {
    const file = await photoJpeg(32, 32);
    const without = file.map((byte, i) => (file[i - 1] === 0xff && byte === 0xdb ? 0xec : byte));
    expect(() => decode(without)).toThrow(/quantisation table 0/);
    const frame = file.indexOf(Buffer.from([0xff, 0xc0]));
    const flat = file.map((byte, i) => (i === frame + 5 || i === frame + 6 ? 0 : byte));
    expect(() => decode(flat)).toThrow(/height/);
    const scan = file.indexOf(Buffer.from([0xff, 0xda]));
    expect(() => decode(file.subarray(0, scan + 2 + file.readUInt16BE(scan + 2)))).toThrow(/before any picture data/);
  });
});

describe('headers that lie', () => {
  const lying = async (options: object) => {
    const file = await photoJpeg(16, 16, options);
    const frame = file.findIndex((byte, i) => byte === 0xff && (file[i + 1] === 0xc0 || file[i + 1] === 0xc2));
    file.fill(0xff, frame + 5, frame + 9);
    return file;
  };

  it('65535×65535 progressive is refused before memory is taken', async () => {
    const file = await lying({ progressive: true });
    expect(jpegDecoder.readHeader(file)).toMatchObject({ width: 65535, height: 65535 });
    expect(() => decode(file, { width: 100, height: 100 })).toThrow(
      expect.objectContaining({ code: 'too_many_pixels' }),
    );
  });

  it('a wide progressive picture is reduced further than asked for rather than take the memory', async () => {
    const file = await lying({ progressive: true });
    const frame = file.indexOf(Buffer.from([0xff, 0xc2]));
    file.writeUInt16BE(600, frame + 5);
    file.writeUInt16BE(60000, frame + 7);
    const [{ width, height }] = [
      ...(jpegDecoder.decode(file, jpegDecoder.readHeader(file), { width: 60000, height: 600 }) as Iterable<Decoded>),
    ];
    expect(width).toBeLessThanOrEqual(30000);
    expect(height).toBe(width / 100);
  });

  it('65535×65535 baseline holds a row of MCUs at a time', async () => {
    const file = await lying({});
    const header = jpegDecoder.readHeader(file);
    expect(header).toMatchObject({ width: 65535, height: 65535 });
    const [frame] = [...(jpegDecoder.decode(file, header, { width: 100, height: 100 }) as Iterable<{ rows: RowsOf }>)];
    let peak = 0;
    let rows = 0;
    const enoughSeen = new Error();
    expect(() =>
      frame.rows((_, rgba) => {
        // Of all that the decoder has, a view on which it hands over.
        peak = Math.max(peak, rgba.buffer.byteLength);
        if (++rows === 500) throw enoughSeen;
      }),
    ).toThrow(enoughSeen);
    expect(peak).toBeLessThan(4 << 20);
  });

  it('scans without data are left out, and do not count', async () => {
    const file = await photoJpeg(64, 48, { progressive: true });
    const scan = file.indexOf(Buffer.from([0xff, 0xda]));
    const header = file.subarray(scan, scan + 2 + file.readUInt16BE(scan + 2));
    const empty = Array.from({ length: 1000 }, () => header);
    expect(decode(Buffer.concat([file.subarray(0, scan), ...empty, file.subarray(scan)]))).toEqual(decode(file));
  });
});

type RowsOf = (sink: (y: number, rgba: Uint8Array) => void) => void;

describe('3,000 mutants', () => {
  it('are pictures or named errors, all of them', async () => {
    const sources = [
      await photoJpeg(48, 40, { chromaSubsampling: '4:2:0' }),
      await photoJpeg(48, 40, { chromaSubsampling: '4:4:4', progressive: true }),
      Buffer.from(
        encoder.encode({
          width: 48,
          height: 40,
          components: [
            [2, 2],
            [1, 2],
            [1, 1],
            [2, 1],
          ].map(([horizontal, vertical]) => ({
            horizontal,
            vertical,
            sample: (x, y) => 100 + x + y,
          })),
          adobeTransform: 2,
          restartInterval: 2,
        }),
      ),
      Buffer.from(
        encoder.encode({
          width: 48,
          height: 40,
          components: [
            [3, 1],
            [2, 2],
            [1, 1],
          ].map(([horizontal, vertical]) => ({
            horizontal,
            vertical,
            sample: (x, y) => 200 - x - y,
          })),
          frame: 0xc2,
          restartInterval: 3,
        }),
      ),
    ];
    const next = random(2024);
    const below = (limit: number) => Math.floor(next() * limit);
    let shown = 0;
    for (let round = 0; round < 3000; round++) {
      const source = sources[round % sources.length];
      let mutant = Buffer.from(source);
      const flips = 1 + below(8);
      for (let flip = 0; flip < flips; flip++) {
        const at = next() < 0.5 ? below(Math.min(700, mutant.length)) : below(mutant.length);
        const kind = below(4);
        if (kind === 0) mutant[at] ^= 1 << below(8);
        else if (kind === 1) mutant[at] = [0, 0xff, 0x80, 0x7f][below(4)];
        else if (kind === 2) mutant = Buffer.concat([mutant.subarray(0, at), mutant.subarray(at + 1 + below(20))]);
        else
          mutant = Buffer.concat([mutant.subarray(0, at), source.subarray(below(source.length)), mutant.subarray(at)]);
        if (mutant.length === 0) mutant = Buffer.from(source);
      }
      // The caller refuses by the header what is over the limits.
      try {
        const { width, height } = jpegDecoder.readHeader(mutant);
        if (width * height > 4_000_000) continue;
      } catch (error) {
        if (!isImagingError(error)) throw error;
        continue;
      }
      if (decodeOrRefuse(mutant, SCALES[below(SCALES.length)]) !== null) shown++;
    }
    expect(shown).toBeGreaterThan(1000);
  });
});
