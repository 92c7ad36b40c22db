/** WebAssembly Core Specification, 5.5.2: sections, in their order. */
const MEMORY_SECTION = 5;
const HEADER_BYTES = 8;
/** 5.3.6: limits with a maximum. */
const HAS_MAXIMUM = 1;
const PAGE_BYTES = 65_536;

/**
 * Sets the most memory that a WebAssembly module may grow to.
 *
 * A few bytes of a picture can ask a decoder for gigabytes. It then fails to get them, which is one failed picture,
 * instead of taking down the isolate with all that runs in it. From outside, a module that brings its own memory cannot
 * be limited.
 *
 * @param wasm a module with a memory of its own
 * @param bytes of memory at most; whole pages of 64 KiB count
 * @throws RangeError when the module has no memory, or starts with more
 */
export function limitMemory(wasm: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  for (let at = HEADER_BYTES; at < wasm.length; ) {
    const [size, content] = readLeb128(wasm, at + 1);
    const end = content + size;
    if (wasm[at] !== MEMORY_SECTION) {
      at = end;
      continue;
    }
    // One memory: its count, its flags, its first size.
    const [minimum] = readLeb128(wasm, content + 2);
    const maximum = Math.floor(bytes / PAGE_BYTES);
    if (wasm[content] !== 1 || minimum > maximum) {
      throw new RangeError(`The module starts with ${minimum} pages of memory; at most ${maximum} are allowed.`);
    }
    const limits = [1, wasm[content + 1] | HAS_MAXIMUM, ...leb128(minimum), ...leb128(maximum)];
    const section = [MEMORY_SECTION, ...leb128(limits.length), ...limits];
    const limited = new Uint8Array(at + section.length + wasm.length - end);
    limited.set(wasm.subarray(0, at));
    limited.set(section, at);
    limited.set(wasm.subarray(end), at + section.length);
    return limited;
  }
  throw new RangeError('The module has no memory of its own.');
}

/** 5.2.2: integers in LEB128, seven bits a byte. */
function leb128(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** @returns the value, and where the next byte is */
function readLeb128(bytes: Uint8Array, start: number): [value: number, next: number] {
  let value = 0;
  for (let at = start, shift = 0; ; at++, shift += 7) {
    value |= (bytes[at] & 0x7f) << shift;
    if (bytes[at] < 0x80) return [value >>> 0, at + 1];
  }
}
