/** Where a block of a file starts and ends. */
export type Block = [start: number, end: number];

/**
 * The parts that a file is made of: chunks of PNG and WebP, segments of JPEG before the first scan, extensions and images
 * of GIF. None where the format is another, or it is too damaged to tell.
 */
export function blocksOf(bytes: Uint8Array): Block[] {
  const starts = (text: string, at: number) => Buffer.from(bytes.subarray(at, at + text.length)).equals(latin1(text));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (starts('\x89PNG', 0)) return walk(bytes, 8, (at) => 12 + view.getUint32(at));
  if (starts('RIFF', 0)) return walk(bytes, 12, (at) => 8 + ((view.getUint32(at + 4, true) + 1) & ~1));
  if (starts('\xff\xd8', 0)) return walk(bytes, 2, (at) => (bytes[at + 1] === SOS ? 0 : 2 + view.getUint16(at + 2)));
  if (starts('GIF8', 0)) return walk(bytes, 13 + tableBytes(bytes[10]), (at) => gifBlock(bytes, at));
  return [];
}

/** Start of scan: entropy-coded data follows. */
const SOS = 0xda;
const GIF_EXTENSION = 0x21;
const GIF_IMAGE = 0x2c;

const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** @param length of the block that starts there; 0 where there is none */
function walk(bytes: Uint8Array, start: number, length: (at: number) => number): Block[] {
  const blocks: Block[] = [];
  for (let at = start; at + 12 <= bytes.length; ) {
    const end = at + length(at);
    if (end <= at || end > bytes.length) break;
    blocks.push([at, end]);
    at = end;
  }
  return blocks;
}

/** Bytes of the colour table that a packed field announces. */
const tableBytes = (packed: number) => (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0);

function gifBlock(bytes: Uint8Array, start: number): number {
  let at = start;
  if (bytes[at] === GIF_EXTENSION) at += 2;
  else if (bytes[at] === GIF_IMAGE) at += 11 + tableBytes(bytes[at + 9]);
  else return 0;
  while (at < bytes.length && bytes[at] !== 0) at += bytes[at] + 1;
  return at + 1 - start;
}
