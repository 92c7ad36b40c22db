import { srgbEncoder, XYZ_TO_SRGB } from '../icc.ts';
import type { Directory } from './directory.ts';
import { PHOTOMETRIC, TAG, type TiffPage } from './page.ts';

/**
 * Makes samples of 8 bits into opaque RGBA pixels, red in the low byte.
 *
 * @param step samples from one pixel to the next
 */
export type ToRgba = (samples: Uint8Array, step: number, rgba: Uint32Array, count: number) => void;

const OPAQUE = 0xff000000;

export function colourConverter({ photometric, bits, directory }: TiffPage): ToRgba {
  switch (photometric) {
    case PHOTOMETRIC.rgb:
      return fromRgb;
    case PHOTOMETRIC.cmyk:
      return fromCmyk;
    case PHOTOMETRIC.yCbCr:
      return yCbCrConverter(directory);
    case PHOTOMETRIC.cieLab:
      return labConverter((sample) => (sample << 24) >> 24);
    case PHOTOMETRIC.iccLab:
      return labConverter((sample) => sample - 128);
    case PHOTOMETRIC.palette:
      return lookUp(readPalette(directory, bits));
    default:
      return lookUp(greys(photometric === PHOTOMETRIC.whiteIsZero));
  }
}

function lookUp(colours: Uint32Array): ToRgba {
  return (samples, step, rgba, count) => {
    for (let i = 0, at = 0; i < count; i++, at += step) rgba[i] = colours[samples[at]];
  };
}

function greys(whiteIsZero: boolean): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, level) => OPAQUE | ((whiteIsZero ? 255 - level : level) * 0x010101));
}

/** TIFF 6.0, section 5: all reds, all greens, all blues, of 16 bits. Some writers fill in 8 of them only. */
function readPalette(directory: Directory, bits: number): Uint32Array {
  const size = 1 << bits;
  const values = directory.values(TAG.colorMap);
  const map = Array.from({ length: 3 * size }, (_, i) => (i < values.length ? values.at(i) : 0));
  const shift = map.some((value) => value > 255) ? 8 : 0;
  const level = (i: number) => (map[i] >> shift) & 255;
  return Uint32Array.from({ length: 256 }, (_, index) =>
    index < size ? OPAQUE | level(index) | (level(size + index) << 8) | (level(2 * size + index) << 16) : OPAQUE,
  );
}

function fromRgb(samples: Uint8Array, step: number, rgba: Uint32Array, count: number): void {
  for (let i = 0, at = 0; i < count; i++, at += step) {
    rgba[i] = OPAQUE | samples[at] | (samples[at + 1] << 8) | (samples[at + 2] << 16);
  }
}

/** By the plain formula, (1 − ink) × (1 − black). */
function fromCmyk(samples: Uint8Array, step: number, rgba: Uint32Array, count: number): void {
  for (let i = 0, at = 0; i < count; i++, at += step) {
    const light = (255 - samples[at + 3]) / 255;
    const red = (255 - samples[at]) * light + 0.5;
    const green = (255 - samples[at + 1]) * light + 0.5;
    const blue = (255 - samples[at + 2]) * light + 0.5;
    rgba[i] = OPAQUE | red | (green << 8) | (blue << 16);
  }
}

/** TIFF 6.0, sections 20 and 21. */
function yCbCrConverter(directory: Directory): ToRgba {
  const [red, green, blue] = directory.fractions(TAG.yCbCrCoefficients, [0.299, 0.587, 0.114]);
  const reference = directory.fractions(TAG.referenceBlackWhite, [0, 255, 128, 255, 128, 255]);
  const scaled = (index: number, range: number) => {
    const [black, white] = reference.slice(2 * index);
    return Float32Array.from({ length: 256 }, (_, code) => ((code - black) * range) / (white - black));
  };
  const lumas = scaled(0, 255);
  const cbs = scaled(1, 127);
  const crs = scaled(2, 127);
  const crToRed = 2 - 2 * red;
  const cbToBlue = 2 - 2 * blue;
  const cbToGreen = (-blue * cbToBlue) / green;
  const crToGreen = (-red * crToRed) / green;
  return (samples, step, rgba, count) => {
    const channels = new Uint8ClampedArray(rgba.buffer, rgba.byteOffset, 4 * count);
    for (let i = 0, at = 0; i < channels.length; i += 4, at += step) {
      const luma = lumas[samples[at]];
      const cb = cbs[samples[at + 1]];
      const cr = crs[samples[at + 2]];
      channels[i] = luma + cr * crToRed;
      channels[i + 1] = luma + cb * cbToGreen + cr * crToGreen;
      channels[i + 2] = luma + cb * cbToBlue;
      channels[i + 3] = 255;
    }
  };
}

/** White under D50, which is 1 high. */
const WHITE_X = 0.9642;
const WHITE_Z = 0.8249;

/**
 * TIFF 6.0, section 23; CIE 15, of 1976.
 *
 * @param signed what a sample of a* or b* stands for
 */
function labConverter(signed: (sample: number) => number): ToRgba {
  const m = XYZ_TO_SRGB;
  const encode = srgbEncoder();
  return (samples, step, rgba, count) => {
    for (let i = 0, at = 0; i < count; i++, at += step) {
      const middle = ((samples[at] * 100) / 255 + 16) / 116;
      const x = WHITE_X * fromLab(middle + signed(samples[at + 1]) / 500);
      const y = fromLab(middle);
      const z = WHITE_Z * fromLab(middle - signed(samples[at + 2]) / 200);
      const red = encode(m[0] * x + m[1] * y + m[2] * z);
      const green = encode(m[3] * x + m[4] * y + m[5] * z);
      const blue = encode(m[6] * x + m[7] * y + m[8] * z);
      rgba[i] = OPAQUE | red | (green << 8) | (blue << 16);
    }
  };
}

function fromLab(value: number): number {
  return value > 6 / 29 ? value * value * value : 3 * (6 / 29) ** 2 * (value - 4 / 29);
}
