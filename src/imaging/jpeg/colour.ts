import type { ColourModel } from './header.ts';
import type { SampleRow } from './samples.ts';

/** YCbCr to RGB (JFIF, from ITU-R BT.601), in 16 fractional bits. */
const CR_TO_RED = Math.round(1.402 * 65536);
const CB_TO_GREEN = Math.round(0.344136 * 65536);
const CR_TO_GREEN = Math.round(0.714136 * 65536);
const CB_TO_BLUE = Math.round(1.772 * 65536);
const HALF = 1 << 15;

/**
 * Converts a row of pixels to RGB. Alpha is left alone.
 *
 * @param planes set to the row
 * @param rgba `count` pixels
 */
export function convertRow(
  colourModel: ColourModel,
  planes: SampleRow[],
  rgba: Uint8ClampedArray,
  count: number,
): void {
  if (colourModel === 'raw') {
    copySamples(planes, rgba, count);
    return;
  }
  const [first, second, third, fourth] = planes;
  if (colourModel === 'grey') fromGrey(first, rgba, count);
  else if (colourModel === 'ycc' || colourModel === 'ycck') fromYcc(first, second, third, rgba, count);
  else fromRgb(first, second, third, rgba, count);
  if (planes.length === 4) applyInk(fourth, colourModel === 'ycck', rgba, count);
}

function copySamples(planes: SampleRow[], samples: Uint8ClampedArray, count: number): void {
  for (const [channel, { data, offset }] of planes.entries()) {
    for (let i = 0, to = channel; i < count; i++, to += 4) samples[to] = data[offset + i];
  }
}

function fromGrey({ data, offset }: SampleRow, rgba: Uint8ClampedArray, count: number): void {
  for (let i = 0, to = 0; i < count; i++, to += 4) {
    const grey = data[offset + i];
    rgba[to] = grey;
    rgba[to + 1] = grey;
    rgba[to + 2] = grey;
  }
}

function fromRgb(first: SampleRow, second: SampleRow, third: SampleRow, rgba: Uint8ClampedArray, count: number): void {
  const { data: reds, offset: redAt } = first;
  const { data: greens, offset: greenAt } = second;
  const { data: blues, offset: blueAt } = third;
  for (let i = 0, to = 0; i < count; i++, to += 4) {
    rgba[to] = reds[redAt + i];
    rgba[to + 1] = greens[greenAt + i];
    rgba[to + 2] = blues[blueAt + i];
  }
}

function fromYcc(first: SampleRow, second: SampleRow, third: SampleRow, rgba: Uint8ClampedArray, count: number): void {
  const { data: lumas, offset: lumaAt } = first;
  const { data: blues, offset: blueAt } = second;
  const { data: reds, offset: redAt } = third;
  for (let i = 0, to = 0; i < count; i++, to += 4) {
    const luma = lumas[lumaAt + i];
    const cb = blues[blueAt + i] - 128;
    const cr = reds[redAt + i] - 128;
    rgba[to] = luma + ((cr * CR_TO_RED + HALF) >> 16);
    rgba[to + 1] = luma + ((HALF - cb * CB_TO_GREEN - cr * CR_TO_GREEN) >> 16);
    rgba[to + 2] = luma + ((cb * CB_TO_BLUE + HALF) >> 16);
  }
}

/**
 * Puts black ink over the colour of the other three: by the plain formula, (1 − ink) × (1 − black).
 *
 * All programs write the absence of ink, as Adobe does, and browsers read it so even without Adobe's marker. The first
 * three of YCCK make an RGB that is the complement of that.
 */
function applyInk({ data, offset }: SampleRow, complemented: boolean, rgba: Uint8ClampedArray, count: number): void {
  const flip = complemented ? 255 : 0;
  for (let i = 0, to = 0; i < count; i++, to += 4) {
    const light = data[offset + i];
    rgba[to] = ((rgba[to] ^ flip) * light) / 255;
    rgba[to + 1] = ((rgba[to + 1] ^ flip) * light) / 255;
    rgba[to + 2] = ((rgba[to + 2] ^ flip) * light) / 255;
  }
}
