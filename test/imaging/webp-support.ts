import sharp from 'sharp';
import type { ImageHeader } from '../../src/imaging/image.ts';
import { webpDecoder } from '../../src/imaging/webp/decoder.ts';

/**
 * What sharp's encoder has no option for. Made with libwebp (`filter_type`, `filter_sharpness`, `partitions`,
 * `segments` of its WebPConfig) from a picture of waves and noise.
 */
export const LIBWEBP = {
  simpleFilter: [
    'UklGRuIAAABXRUJQVlA4INYAAADyBgCdASooACgAPwFysFM/sSWjqrVar/ogCWQArDlBVl48T4S96ReSVsjFrx9h1m7WuKASTTmT',
    'iIoIkjI8eY4AAP7mqq5mypWeqd8n5x/yMAsjtrtH1C18GKNiVKsthE9/9yV9A5w+HifankD08AF+BqRDcO2B4bjFcDtLa6nGNr7z',
    'DXJf3szirVwVFrY2S3yeos3cAXAQQhc0iMHuGaR9TBLUJYNxV8bd6yO7WzeFGRx9oT2nqkRVbAldfQiCO4J71OK0+b43nI4yd0Wp',
    'd/sIk3JYYAAA',
  ].join(''),
  normalFilter: [
    'UklGRuIAAABXRUJQVlA4INYAAADwBgCdASooACgAPwFysFM/sSWjqrVaq/wgCWQArDlBVl48T4S96ReSVsjFrx9h1m7WuKASTTmT',
    'iIoIkjI8eY4AAP7mqq5mypWeqd8n5x/yMAsjtrtH1C18GKNiVKsthE9/9yV9A5w+HifankD08AF+BqRDcO2B4bjFcDtLa6nGNr7z',
    'DXJf3szirVwVFrY2S3yeos3cAXAQQhc0iMHuGaR9TBLUJYNxV8bd6yO7WzeFGRx9oT2nqkRVbAldfQiCO4J71OK0+b43nI4yd0Wp',
    'd/sIk3JYYAAA',
  ].join(''),
  eightPartitions: [
    'UklGRuYAAABXRUJQVlA4INoAAAAQBgCdASoSAJYAP4Gsyly2LSgkrNYNUsDwCUdv7ulv8dAV+ZfsDuildpgmLpZSXar8lyDbpGkB',
    'XdgAJAAAGQAACQAADAAACAAAEQAAFAAA/tlqQH3W39bbB/Q6vNvdaY1iVeirgKM+ZAJd3e8cZZAgC5AA+5hdUb+dM4GZguX6dzM6',
    'b742tZ4xRi54ACOl85WHLYQAAPnc3gwYOcnQCTKQAPGJPZp7kAAAJgnlEl3pLCd1q9exmg+j4AD5NETEUCd4J4pLZiJ6nvjuWt8A',
    'APPG+INCbiPAyJgAAA==',
  ].join(''),
  oneSegment: [
    'UklGRmAAAABXRUJQVlA4IFQAAABQAgCdASoUABQABABoJaQCzr46FIeFdKa6WKAA/ui8L4jhBWzQZNqv8r/2B7YzGhqS6WPRGoWa',
    'GL3uWwlURttb7GyhrqgvE3Ux1TMJLJRYjtKgAAA=',
  ].join(''),
};

export interface Decoded {
  header: ImageHeader;
  frames: { width: number; height: number; delay: number; changed: unknown; rows: number; rgba: Uint8Array }[];
}

/** Every frame whole; rows that are not handed over stay 0. */
export async function decode(bytes: Uint8Array, enough?: { width: number; height: number }): Promise<Decoded> {
  const header = webpDecoder.readHeader(bytes);
  const frames: Decoded['frames'] = [];
  for await (const frame of webpDecoder.decode(bytes, header, enough ?? header)) {
    const { width, height, delay, changed } = frame;
    const rgba = new Uint8Array(4 * width * height);
    let rows = 0;
    await frame.rows((y, row, x, step, count) => {
      if (step !== 1 || x + count > width || y >= height) throw new Error(`row ${y} is not within the frame`);
      rgba.set(row.subarray(0, 4 * count), 4 * (width * y + x));
      rows++;
    });
    frames.push({ width, height, delay, changed, rows, rgba });
  }
  return { header, frames };
}

/** The same by libwebp: the frames' RGBA below each other. */
export async function reference(bytes: Uint8Array): Promise<Uint8Array> {
  return sharp(bytes, { animated: true }).ensureAlpha().raw().toBuffer();
}

/** Waves with noise on them: smooth and rough places, all colours. */
export function photo(width: number, height: number, alpha = false): Uint8Array {
  const rgba = new Uint8ClampedArray(4 * width * height);
  const random = lcg(1);
  for (let i = 0; i < width * height; i++) {
    const x = i % width;
    const y = (i / width) | 0;
    const noise = (y >> 4) & 1 ? random() * 60 - 30 : 0;
    for (let c = 0; c < 3; c++) {
      rgba[4 * i + c] = 128 + 140 * Math.sin((x + 30 * c) / 17) * Math.cos(y / (23 + 5 * c)) + noise;
    }
    rgba[4 * i + 3] = alpha ? 128 + 200 * Math.sin(x / 10) * Math.cos(y / 7) : 255;
  }
  return new Uint8Array(rgba.buffer);
}

/** A pattern of `colours` colours, some of them translucent if `alpha`. */
export function palette(width: number, height: number, colours: number, alpha = false): Uint8Array {
  const rgba = new Uint8Array(4 * width * height);
  const random = lcg(2);
  for (let i = 0; i < width * height; i++) {
    const x = i % width;
    const y = (i / width) | 0;
    const colour = (7 * (x >> 2) + 13 * (y >> 1) + (random() < 0.1 ? 1 : 0)) % colours;
    rgba.set([73 * colour, 151 * colour, 29 * colour, alpha && colour & 1 ? 31 * colour : 255], 4 * i);
  }
  return rgba;
}

/** Pseudo-random numbers from 0 to 1, the same for the same seed. */
export function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function encode(
  rgba: Uint8Array,
  width: number,
  height: number,
  options: Parameters<ReturnType<typeof sharp>['webp']>[0],
): Promise<Buffer> {
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .webp(options)
    .toBuffer();
}

/** A RIFF chunk, padded to an even length. */
export function chunk(fourCc: string, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(fourCc, 'latin1');
  head.writeUInt32LE(payload.length, 4);
  return Buffer.concat([head, payload, Buffer.alloc(payload.length & 1)]);
}

export function webp(...chunks: Uint8Array[]): Buffer {
  return chunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]));
}

/** @param flags 0x02 animation, 0x08 EXIF, 0x10 alpha, 0x20 ICC profile */
export function vp8x(flags: number, width: number, height: number): Buffer {
  const payload = Buffer.alloc(10);
  payload[0] = flags;
  payload.writeUIntLE(width - 1, 4, 3);
  payload.writeUIntLE(height - 1, 7, 3);
  return chunk('VP8X', payload);
}

export function anim(loopCount: number): Buffer {
  const payload = Buffer.alloc(6);
  payload.writeUInt32LE(0xff00ff00, 0); // a background colour that must not be seen
  payload.writeUInt16LE(loopCount, 4);
  return chunk('ANIM', payload);
}

/** @param flags 1 dispose to background, 2 do not blend */
export function anmf(
  rect: { left: number; top: number; width: number; height: number },
  delay: number,
  flags: number,
  image: Uint8Array,
): Buffer {
  const head = Buffer.alloc(16);
  head.writeUIntLE(rect.left / 2, 0, 3);
  head.writeUIntLE(rect.top / 2, 3, 3);
  head.writeUIntLE(rect.width - 1, 6, 3);
  head.writeUIntLE(rect.height - 1, 9, 3);
  head.writeUIntLE(delay, 12, 3);
  head[15] = flags;
  return chunk('ANMF', Buffer.concat([head, image]));
}

/** The chunks of a still of sharp's: ALPH, VP8, VP8L, whichever there are, with their headers. */
export function imageChunks(bytes: Buffer): Buffer {
  const found: Buffer[] = [];
  for (let at = 12; at < bytes.length; ) {
    const end = at + 8 + ((bytes.readUInt32LE(at + 4) + 1) & ~1);
    if (['ALPH', 'VP8 ', 'VP8L'].includes(bytes.toString('latin1', at, at + 4))) found.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(found);
}

/** Writes bits from the least significant end, as the lossless format packs them (RFC 9649 section 3.1). */
export class BitWriter {
  readonly #bits: number[] = [];

  /** @param count of bits, the lowest of `value` first */
  put(value: number, count: number): this {
    for (let i = 0; i < count; i++) this.#bits.push((value >>> i) & 1);
    return this;
  }

  finish(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    this.#bits.forEach((bit, i) => {
      bytes[i >> 3] |= bit << (i & 7);
    });
    return bytes;
  }
}

/**
 * Writes an entropy-coded image (sections 3.7.2 and 3.7.3) without colour cache and meta prefix codes: each channel of
 * each pixel is a code of 8 bits, which are its value.
 *
 * @param isTopLevel whether it is the picture, not the parameters of a transform
 */
export function writeEntropyImage(bits: BitWriter, argb: Uint32Array, isTopLevel: boolean): void {
  bits.put(0, isTopLevel ? 2 : 1);
  for (let channel = 0; channel < 4; channel++) {
    // A normal code whose first 256 symbols have length 8, which is the only length, so that none takes a bit.
    bits.put(0, 1).put(12 - 4, 4);
    for (const length of [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8]) bits.put(length === 8 ? 1 : 0, 3);
    bits.put(1, 1).put(3, 3).put(254, 8);
  }
  // Distances, which do not occur: a simple code of one symbol, 0.
  bits.put(1, 4);
  for (const pixel of argb) {
    // Green, red, blue, alpha; codes start with their highest bit.
    for (const shift of [8, 16, 0, 24]) for (let bit = 7; bit >= 0; bit--) bits.put(pixel >>> (shift + bit), 1);
  }
}
