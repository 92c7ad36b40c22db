/** Codes of at most 12 bits (GIF89a, appendix F): a full table has 4096. */
const TABLE_SIZE = 4096;
/** Bits of a slot's number in the hash table: at most half of the slots are in use. */
const SLOT_BITS = 13;
const SLOTS = 1 << SLOT_BITS;
const EMPTY = -1;

/** Open addressing. A slot is the string (its prefix's code and its last index, 20 bits), then its code (12 bits). */
const slots: usize = memory.data(SLOTS * 4, 16);

/** Where the next whole byte goes, and the bits that do not fill one yet. */
let output: usize = 0;
let bits: u32 = 0;
let bitCount: i32 = 0;

/** @returns the minimum code size for indices: section 22 wants 2 at least */
export function codeSizeFor(indices: usize, count: i32): i32 {
  let all: u32 = 0;
  for (let i = 0; i < count; i++) all |= load<u8>(indices + i);
  return max(2, 32 - clz(all));
}

/**
 * Packs indices in the variable-length-code LZW of GIF (GIF89a, appendix F).
 *
 * @param indices `count` colour table indices; those that others are written for are replaced
 * @param minimumCodeSize 2 to 8; every index is below `2 ** minimumCodeSize`
 * @param starts 16 bits for each index and one more: where in `others` the list starts of those that may be written in
 * its place; 0 for no lists at all
 * @param packed takes the codes, at most 12 bits for each index, two more codes for each filled table, and the end
 * @returns the bytes written
 */
export function encodeLzw(
  indices: usize,
  count: i32,
  minimumCodeSize: i32,
  starts: usize,
  others: usize,
  packed: usize,
): i32 {
  const clearCode = 1 << minimumCodeSize;
  const endCode = clearCode + 1;
  let codeSize = minimumCodeSize + 1;
  let nextCode = endCode + 1;
  output = packed;
  bits = 0;
  bitCount = 0;
  memory.fill(slots, 0xff, SLOTS * 4);
  write(clearCode, codeSize);

  let prefix: i32 = count > 0 ? load<u8>(indices) : endCode;
  for (let i = 1; i < count; i++) {
    const index: i32 = load<u8>(indices + i);
    let slot = slotOf(prefix, index);
    if (load<i32>(slot) === EMPTY && starts !== 0) {
      for (
        let at: i32 = load<u16>(starts + (index << 1)), end: i32 = load<u16>(starts + (index << 1), 2);
        at < end;
        at++
      ) {
        const other: i32 = load<u8>(others + at);
        const place = slotOf(prefix, other);
        if (load<i32>(place) === EMPTY) continue;
        store<u8>(indices + i, other);
        slot = place;
        break;
      }
    }
    const entry = load<i32>(slot);
    if (entry !== EMPTY) {
      prefix = entry & (TABLE_SIZE - 1);
      continue;
    }
    write(prefix, codeSize);
    if (nextCode < TABLE_SIZE) {
      store<i32>(slot, (((prefix << 8) | index) << 12) | nextCode);
      // The decoder is one string behind: it widens its codes when this one is known to it.
      if (nextCode++ === 1 << codeSize) codeSize++;
    } else {
      write(clearCode, codeSize);
      codeSize = minimumCodeSize + 1;
      nextCode = endCode + 1;
      memory.fill(slots, 0xff, SLOTS * 4);
    }
    prefix = index;
  }
  write(prefix, codeSize);
  if (prefix !== endCode) {
    // Known to the decoder as well: the string that ends here may be the one that widens the codes.
    if (nextCode === 1 << codeSize && codeSize < 12) codeSize++;
    write(endCode, codeSize);
  }
  if (bitCount > 0) store<u8>(output++, bits);
  return <i32>(output - packed);
}

/** Up to three bytes beyond the whole ones are written, too. */
function write(code: i32, codeSize: i32): void {
  bits |= code << bitCount;
  bitCount += codeSize;
  store<u32>(output, bits);
  output += bitCount >> 3;
  bits >>= bitCount & ~7;
  bitCount &= 7;
}

/** @returns where a string is in the table, or would be */
function slotOf(prefix: i32, index: i32): usize {
  const string = (prefix << 8) | index;
  let slot = <u32>(string * 0x9e3779b1) >> (32 - SLOT_BITS);
  let at = slots + (slot << 2);
  while (load<i32>(at) !== EMPTY && <i32>(load<u32>(at) >> 12) !== string) {
    slot = (slot + 1) & (SLOTS - 1);
    at = slots + (slot << 2);
  }
  return at;
}

/**
 * Lists for each colour of a palette the others that are not seen to be different, the nearest first.
 *
 * @param pixels the palette's `count` colours
 * @param passedOver an index that has no colour; −1 for none
 * @param most squared distance, over three channels
 * @param starts takes 16 bits for each index and one more: where its list starts
 * @param others takes the lists, at most `count` × (`count` − 1) bytes
 */
export function listAlike(pixels: usize, count: i32, passedOver: i32, most: i32, starts: usize, others: usize): void {
  let end = 0;
  for (let index = 0; index < count; index++) {
    store<u16>(starts + (index << 1), end);
    const start = end;
    for (let other = 0; other < count; other++) {
      if (index === passedOver || other === passedOver || other === index) continue;
      const far = distance(pixels, index, other);
      if (far > most) continue;
      let at = end++;
      for (; at > start && distance(pixels, index, load<u8>(others + at - 1)) > far; at--) {
        store<u8>(others + at, load<u8>(others + at - 1));
      }
      store<u8>(others + at, other);
    }
  }
  store<u16>(starts + (count << 1), end);
}

function distance(pixels: usize, one: i32, other: i32): i32 {
  return squaredDistance(load<u32>(pixels + (one << 2)), load<u32>(pixels + (other << 2)));
}

/** Squared, over three channels of two pixels. */
export function squaredDistance(one: u32, other: u32): i32 {
  const red = <i32>(one & 255) - <i32>(other & 255);
  const green = <i32>((one >> 8) & 255) - <i32>((other >> 8) & 255);
  const blue = <i32>((one >> 16) & 255) - <i32>((other >> 16) & 255);
  return red * red + green * green + blue * blue;
}
