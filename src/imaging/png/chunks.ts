/** One chunk (PNG third edition, section 5.3). */
export interface Chunk {
  /** Four letters. */
  type: string;
  /** Less than the chunk says it holds, where the file ends before. */
  data: Uint8Array;
  /** Where the chunk starts in the file. */
  offset: number;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Section 5.2. */
export function hasSignature(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Walks the chunks of a file, up to IEND, to the end of the file, or to what cannot be a chunk.
 * Checksums are not looked at: a picture with a flipped bit is better than none.
 * @param offset where to start; the first chunk is after the signature
 */
export function* readChunks(bytes: Uint8Array, offset = SIGNATURE.length): Generator<Chunk, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  while (offset + 8 <= bytes.length) {
    const length = view.getUint32(offset);
    const type = String.fromCharCode(bytes[offset + 4], bytes[offset + 5], bytes[offset + 6], bytes[offset + 7]);
    if (type === 'IEND' || !/^[A-Za-z]{4}$/.test(type)) return;
    const start = offset + 8;
    yield { type, data: bytes.subarray(start, start + length), offset };
    offset = start + length + 4;
  }
}

/**
 * The compressed bytes of one image: what its IDAT or fdAT chunks hold.
 * @param offset where the first of them starts
 */
export function imageData(bytes: Uint8Array, offset: number): Iterable<Uint8Array> {
  return {
    *[Symbol.iterator]() {
      let first = '';
      for (const { type, data } of readChunks(bytes, offset)) {
        first ||= type;
        if (type === 'fcTL') return;
        // An fdAT chunk starts with its sequence number (section 11.3.5.3).
        if (type === first) yield type === 'fdAT' ? data.subarray(4) : data;
      }
    },
  };
}
