import type { Decoder, ImageHeader } from '../../src/imaging/image.ts';

/** Decodes the first frame at full size: its header and its RGBA. */
export async function pixelsOf(
  decoder: Decoder,
  bytes: Uint8Array,
): Promise<{ header: ImageHeader; rgba: Uint8Array }> {
  const header = decoder.readHeader(bytes);
  const { width, height } = header;
  const rgba = new Uint8Array(width * height * 4);
  for await (const frame of decoder.decode(bytes, header, { width, height })) {
    await frame.rows((y, row, x, step, count) => {
      for (let i = 0; i < count; i++) rgba.set(row.subarray(i * 4, i * 4 + 4), (y * width + x + i * step) * 4);
    });
    break;
  }
  return { header, rgba };
}

/** Mean and largest difference of two pictures, in levels of a channel. */
export function difference(one: Uint8Array, other: Uint8Array): { mean: number; most: number } {
  if (one.length !== other.length) throw new Error(`${one.length} bytes are not ${other.length}`);
  let sum = 0;
  let most = 0;
  for (let i = 0; i < one.length; i++) {
    const difference = Math.abs(one[i] - other[i]);
    sum += difference;
    most = Math.max(most, difference);
  }
  return { mean: sum / one.length, most };
}

/** Seeded mutations of a file: one to four bytes changed, or the end cut off. */
export function* mutants(bytes: Uint8Array, count: number): Generator<Uint8Array> {
  let seed = 0x2545f491;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let n = 0; n < count; n++) {
    const mutant = Uint8Array.from(bytes.subarray(0, random(4) === 0 ? random(bytes.length) : bytes.length));
    for (let change = random(4) + 1; change > 0 && mutant.length > 0; change--)
      mutant[random(mutant.length)] = random(256);
    yield mutant;
  }
}
