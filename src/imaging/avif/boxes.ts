/** A box's body within the file: ISO/IEC 14496-12, 4.2. */
export interface Box {
  type: string;
  /** Offset in the file of the first byte after the box's header. */
  start: number;
  /** Offset in the file of the first byte after the box. */
  end: number;
}

/** Reads big-endian numbers one after another. Reading past `end` throws a RangeError, which `readContainer` names. */
export class ByteReader {
  position: number;
  readonly end: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, end);
    this.position = start;
    this.end = end;
  }

  u8(): number {
    return this.#view.getUint8(this.position++);
  }

  u16(): number {
    this.position += 2;
    return this.#view.getUint16(this.position - 2);
  }

  u32(): number {
    this.position += 4;
    return this.#view.getUint32(this.position - 4);
  }

  /** A number of 0, 2, 4 or 8 bytes; none reads as 0. Beyond 2⁵³ it is no longer exact, and beyond any file anyway. */
  uint(bytes: number): number {
    if (bytes === 0) return 0;
    if (bytes === 2) return this.u16();
    if (bytes === 4) return this.u32();
    if (bytes === 8) return this.u32() * 2 ** 32 + this.u32();
    throw new RangeError(`a field has ${bytes} bytes; 0, 2, 4 or 8 are possible`);
  }

  /** A four-character code. */
  fourCc(): string {
    return String.fromCharCode(this.u8(), this.u8(), this.u8(), this.u8());
  }

  /** The version and the flags that a full box starts with: 4.2.2. */
  fullBox(): { version: number; flags: number } {
    const word = this.u32();
    return { version: word >>> 24, flags: word & 0xffffff };
  }
}

/** The boxes between two offsets, in their order. One that says it is longer than what is left is cut there. */
export function* boxes(bytes: Uint8Array, start: number, end: number): Generator<Box> {
  for (let at = start; at + 8 <= end; ) {
    const reader = new ByteReader(bytes, at, end);
    let size = reader.u32();
    const type = reader.fourCc();
    if (size === 1) size = reader.uint(8);
    else if (size === 0) size = end - at;
    if (size < reader.position - at) throw new RangeError(`the box ${type} is ${size} bytes long`);
    const next = Math.min(end, at + size);
    yield { type, start: reader.position, end: next };
    at = next;
  }
}

/** The first box of a type. */
export function findBox(bytes: Uint8Array, type: string, start: number, end: number): Box | undefined {
  for (const box of boxes(bytes, start, end)) if (box.type === type) return box;
  return undefined;
}
