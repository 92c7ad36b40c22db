import { beginKernel } from './wasm/kernels.ts';

/** PNG third edition, section 5.2. */
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Section 11.2.1: how pixels are stored. */
interface Format {
  colourType: 2 | 3 | 6;
  bitDepth: 1 | 2 | 4 | 8;
  /** PLTE and tRNS, where there are some. */
  palette: Uint8Array[];
}

/**
 * Writes a PNG: in indexed colours where it has no more than 256, otherwise in all of them. Opaque pixels stay as they
 * are, to the bit.
 *
 * @param pixels 32-bit words, red in the low byte; alpha is 255, or the word is 0: transparent
 * @param width pixels a row
 */
export async function writePng(pixels: Uint32Array, width: number): Promise<Uint8Array> {
  const colours = coloursOf(pixels);
  const { format, scanlines } = colours ? indexed(pixels, width, colours) : trueColour(pixels, width);
  const { colourType, bitDepth, palette } = format;
  const header = [...uint32(width), ...uint32(pixels.length / width), bitDepth, colourType, 0, 0, 0];
  return concat([
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    ...palette,
    chunk('IDAT', await deflate(scanlines)),
    chunk('IEND', []),
  ]);
}

/** The colours in use, the transparent one first; null where there are more than 256. */
function coloursOf(pixels: Uint32Array): number[] | null {
  const found = new Set<number>();
  for (const pixel of pixels) {
    found.add(pixel);
    if (found.size > 256) return null;
  }
  return [...found].sort((a, b) => a - b);
}

/** Section 7.2: several pixels a byte where the palette is small. */
function indexed(pixels: Uint32Array, width: number, colours: number[]): { format: Format; scanlines: Uint8Array } {
  const bitDepth = colours.length <= 2 ? 1 : colours.length <= 4 ? 2 : colours.length <= 16 ? 4 : 8;
  const indexOf = new Map(colours.map((colour, index) => [colour, index]));
  const stride = 1 + Math.ceil((width * bitDepth) / 8);
  const scanlines = new Uint8Array((stride * pixels.length) / width);
  for (let i = 0; i < pixels.length; i++) {
    const bit = (i % width) * bitDepth;
    // Filter 0, which suits indices (section 12.7), and the leftmost pixel in the high bits.
    const at = Math.floor(i / width) * stride + 1 + (bit >> 3);
    scanlines[at] |= (indexOf.get(pixels[i]) ?? 0) << (8 - bitDepth - (bit & 7));
  }
  const palette = [
    chunk(
      'PLTE',
      colours.flatMap((colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255]),
    ),
  ];
  // All after the first entry are opaque.
  if (colours[0] === 0) palette.push(chunk('tRNS', [0]));
  return { format: { colourType: 3, bitDepth, palette }, scanlines };
}

/** Rows of RGB, or RGBA where some pixels are transparent, each with the filter that leaves the least (section 12.7). */
function trueColour(pixels: Uint32Array, width: number): { format: Format; scanlines: Uint8Array } {
  const channels = pixels.includes(0) ? 4 : 3;
  const height = pixels.length / width;
  const length = (1 + width * channels) * height;
  const kernels = beginKernel();
  const scanlines = kernels.reserve(length);
  const room = kernels.reserve(2 * width * channels + 64);
  kernels.run.filterScanlines(kernels.put(pixels), width, height, channels, room, scanlines);
  const format: Format = { colourType: channels === 4 ? 6 : 2, bitDepth: 8, palette: [] };
  return { format, scanlines: kernels.bytes(scanlines, length).slice() };
}

/** A zlib stream (RFC 1950). */
async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new CompressionStream('deflate');
  const packed = new Response(stream.readable).arrayBuffer();
  const writer = stream.writable.getWriter();
  await writer.write(bytes as Uint8Array<ArrayBuffer>);
  await writer.close();
  return new Uint8Array(await packed);
}

/** Section 5.3: length, type, data, and CRC of type and data. */
function chunk(type: string, data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  bytes.set(uint32(data.length));
  bytes.set(
    Array.from(type, (letter) => letter.charCodeAt(0)),
    4,
  );
  bytes.set(data, 8);
  bytes.set(uint32(crc32(bytes.subarray(4, 8 + data.length))), 8 + data.length);
  return bytes;
}

/** Annex D: of each byte, what the CRC is changed by. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const uint32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

function concat(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
