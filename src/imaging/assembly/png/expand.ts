/**
 * Turns unfiltered scanlines into RGBA (PNG third edition, section 13).
 */

const GREY = 1;
const RGB = 3;

/** Where in 16 bytes of a scanline each byte of two pixels comes from. */
const sources: usize = memory.data(16, 16);
/** A lane that comes from nowhere is 0. */
const NOWHERE: u8 = 0xff;

/**
 * Prepares `expandSamples`.
 *
 * @param samples of a pixel: 1 to 3, or 4
 * @param bytes of a sample, of which the first is kept, as browsers do
 */
export function prepareExpansion(samples: i32, bytes: i32): void {
  memory.fill(sources, NOWHERE, 16);
  for (let pixel = 0; pixel < 2; pixel++) {
    const first = pixel * samples * bytes;
    for (let channel = 0; channel < 3; channel++) {
      const sample = samples < RGB ? 0 : channel;
      store<u8>(sources + (pixel << 2) + channel, first + sample * bytes);
    }
    if (hasAlpha(samples)) store<u8>(sources + (pixel << 2) + 3, first + (samples - 1) * bytes);
  }
}

function hasAlpha(samples: i32): bool {
  return samples !== GREY && samples !== RGB;
}

/**
 * Samples of 8 or 16 bits, two pixels at a time.
 *
 * @param step bytes of a pixel
 */
export function expandSamples(row: usize, count: i32, samples: i32, step: i32, rgba: usize): void {
  const lanes = v128.load(sources);
  const opaque = i32x4.splat(hasAlpha(samples) ? 0 : 0xff000000);
  for (const end = rgba + ((<usize>count) << 2); rgba < end; rgba += 8, row += step << 1) {
    v128.store64_lane(rgba, v128.or(i8x16.swizzle(v128.load(row), lanes), opaque), 0);
  }
}

/**
 * Makes pixels of one colour transparent.
 *
 * @param step bytes of a pixel, at most 6: all its samples
 * @param colour the same bytes
 */
export function clearColour(row: usize, count: i32, step: i32, colour: u64, rgba: usize): void {
  const mask = ((<u64>1) << (<u64>(step << 3))) - 1;
  for (let i = 0; i < count; i++, row += step, rgba += 4) {
    if ((load<u64>(row) & mask) === colour) store<u8>(rgba + 3, 0);
  }
}

/**
 * Grey or indexed pixels of up to 8 bits: there are few enough to look each of them up.
 *
 * @param bits of a pixel; packed from the high bits down (section 7.2)
 * @param table RGBA of every value
 */
export function lookUp(row: usize, count: i32, bits: i32, table: usize, rgba: usize): void {
  const mask = (1 << bits) - 1;
  for (const end = rgba + ((<usize>count) << 2); rgba < end; row++) {
    const byte = <usize>load<u8>(row);
    for (let shift = 8 - bits; shift >= 0 && rgba < end; shift -= bits, rgba += 4) {
      store<u32>(rgba, load<u32>(table + (((byte >> shift) & mask) << 2)));
    }
  }
}
