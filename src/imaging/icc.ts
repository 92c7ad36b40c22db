import type { ColourTransform } from './flatten.ts';

/**
 * ICC.1:2022 profiles of the kind that can be computed: three primaries and a tone curve each (Display P3, Adobe RGB,
 * ProPhoto), or one curve for grey.
 */

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** From XYZ under D50, in which profiles are written, to linear sRGB: IEC 61966-2-1, adapted by Bradford. */
export const XYZ_TO_SRGB: Matrix = [
  3.1338561, -1.6168667, -0.4906146, -0.9787684, 1.9161415, 0.033454, 0.0719453, -0.2289914, 1.4052427,
];
/** Steps of the table from linear light to sRGB: fine enough for the steepest part, where one level is 1/3295. */
const LINEAR_STEPS = 8192;
/** A profile that moves no colour further than this, in levels, is sRGB by another name. */
const UNSEEN = 1;

/**
 * @param profile as stored; `null` where there is none
 * @param isGrey whether the picture's colours are one sample; left out where that is not known
 * @returns how to turn its colours into sRGB; `null` where that is not needed, or not possible (LUT profiles, CMYK,
 * damaged ones, those for grey with a picture in colour or the reverse): the colours are then taken for sRGB
 */
export function toSrgb(profile: Uint8Array | null, isGrey?: boolean): ColourTransform | null {
  if (!profile || profile.length < 132) return null;
  try {
    const reader = new ProfileReader(profile);
    // 7.2.6: the data colour space.
    const isFit = isGrey === undefined || reader.colourSpace === (isGrey ? 'GRAY' : 'RGB ');
    if (!isFit) return null;
    const transform = reader.colourSpace === 'RGB ' ? rgbTransform(reader) : greyTransform(reader);
    return transform && isSeen(transform) ? transform : null;
  } catch (error) {
    // An offset or a count that leads out of the profile: metadata never fails a picture.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

class ProfileReader {
  readonly colourSpace: string;
  readonly #view: DataView;
  readonly #tags = new Map<string, number>();

  constructor(profile: Uint8Array) {
    this.#view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
    this.colourSpace = this.#signature(16);
    // 7.2: the connection space must be XYZ for primaries to mean anything. 7.3: the tag table.
    if (this.#signature(36) !== 'acsp' || this.#signature(20) !== 'XYZ ') return;
    const count = this.#view.getUint32(128);
    for (let i = 0; i < count; i++) {
      const entry = 132 + i * 12;
      this.#tags.set(this.#signature(entry), this.#view.getUint32(entry + 4));
    }
  }

  #signature(offset: number): string {
    let text = '';
    for (let i = 0; i < 4; i++) text += String.fromCharCode(this.#view.getUint8(offset + i));
    return text;
  }

  #fixed(offset: number): number {
    return this.#view.getInt32(offset) / 65536;
  }

  /** 10.31 XYZType. */
  xyz(tag: string): [number, number, number] | null {
    const at = this.#tags.get(tag);
    if (at === undefined || this.#signature(at) !== 'XYZ ') return null;
    return [this.#fixed(at + 8), this.#fixed(at + 12), this.#fixed(at + 16)];
  }

  /** The linear light of each of the 256 levels: 10.6 curveType or 10.18 parametricCurveType. */
  curve(tag: string): Float32Array | null {
    const at = this.#tags.get(tag);
    if (at === undefined) return null;
    const type = this.#signature(at);
    if (type === 'curv') return levels(this.#sampledCurve(at));
    if (type === 'para') return levels(this.#parametricCurve(at));
    return null;
  }

  #sampledCurve(at: number): (x: number) => number {
    const count = this.#view.getUint32(at + 8);
    if (count === 0) return (x) => x;
    if (count === 1) {
      const gamma = this.#view.getUint16(at + 12) / 256;
      return (x) => x ** gamma;
    }
    return (x) => {
      const position = x * (count - 1);
      const left = Math.min(Math.floor(position), count - 2);
      const low = this.#view.getUint16(at + 12 + left * 2);
      const high = this.#view.getUint16(at + 14 + left * 2);
      return (low + (high - low) * (position - left)) / 65535;
    };
  }

  #parametricCurve(at: number): (x: number) => number {
    const kind = this.#view.getUint16(at + 8);
    const parameter = (i: number) => this.#fixed(at + 12 + i * 4);
    const g = parameter(0);
    if (kind === 0) return (x) => x ** g;
    const a = parameter(1);
    const b = parameter(2);
    if (kind === 1) return (x) => (x >= -b / a ? (a * x + b) ** g : 0);
    const c = parameter(3);
    if (kind === 2) return (x) => (x >= -b / a ? (a * x + b) ** g + c : c);
    const d = parameter(4);
    if (kind === 3) return (x) => (x >= d ? (a * x + b) ** g : c * x);
    const e = parameter(5);
    const f = parameter(6);
    return (x) => (x >= d ? (a * x + b) ** g + e : c * x + f);
  }
}

function levels(curve: (x: number) => number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, level) => curve(level / 255));
}

function rgbTransform(reader: ProfileReader): ColourTransform | null {
  const [red, green, blue] = [reader.xyz('rXYZ'), reader.xyz('gXYZ'), reader.xyz('bXYZ')];
  const [redCurve, greenCurve, blueCurve] = [reader.curve('rTRC'), reader.curve('gTRC'), reader.curve('bTRC')];
  if (!(red && green && blue && redCurve && greenCurve && blueCurve)) return null;
  const m = XYZ_TO_SRGB;
  const columns = [red, green, blue].map(([x, y, z]) => [
    m[0] * x + m[1] * y + m[2] * z,
    m[3] * x + m[4] * y + m[5] * z,
    m[6] * x + m[7] * y + m[8] * z,
  ]);
  const [[rr, rg, rb], [gr, gg, gb], [br, bg, bb]] = columns;
  const encode = srgbEncoder();
  return (rgb) => {
    const r = redCurve[rgb[0]];
    const g = greenCurve[rgb[1]];
    const b = blueCurve[rgb[2]];
    rgb[0] = encode(rr * r + gr * g + br * b);
    rgb[1] = encode(rg * r + gg * g + bg * b);
    rgb[2] = encode(rb * r + gb * g + bb * b);
  };
}

function greyTransform(reader: ProfileReader): ColourTransform | null {
  const curve = reader.colourSpace === 'GRAY' ? reader.curve('kTRC') : null;
  if (!curve) return null;
  const encode = srgbEncoder();
  const grey = Uint8Array.from(curve, (linear) => encode(linear));
  return (rgb) => {
    for (let channel = 0; channel < 3; channel++) rgb[channel] = grey[rgb[channel]];
  };
}

/** IEC 61966-2-1: linear light to 8-bit sRGB, beyond the gamut to its edge. */
export function srgbEncoder(): (linear: number) => number {
  const table = new Uint8ClampedArray(LINEAR_STEPS + 1);
  for (let i = 0; i <= LINEAR_STEPS; i++) {
    const linear = i / LINEAR_STEPS;
    table[i] = 255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);
  }
  return (linear) => table[linear <= 0 ? 0 : linear >= 1 ? LINEAR_STEPS : Math.round(linear * LINEAR_STEPS)];
}

/** Tries the corners of the colour cube, and greys between. */
function isSeen(transform: ColourTransform): boolean {
  const rgb = new Uint8ClampedArray(3);
  for (const r of [0, 64, 128, 255]) {
    for (const g of [0, 64, 128, 255]) {
      for (const b of [0, 64, 128, 255]) {
        rgb.set([r, g, b]);
        transform(rgb);
        if (Math.max(Math.abs(rgb[0] - r), Math.abs(rgb[1] - g), Math.abs(rgb[2] - b)) > UNSEEN) return true;
      }
    }
  }
  return false;
}
