import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { toSrgb } from '../../src/imaging/icc.ts';
import { renderEmoji } from '../../src/imaging/render.ts';
import { chunk, concat, png } from './png-writer.ts';

/** The profile that libvips embeds, and its (Little CMS's) conversion of sRGB colours to it. */
async function converted(profile: string, colours: number[][]): Promise<{ icc: Uint8Array; stored: number[][] }> {
  const png = await sharp(Buffer.from(colours.flat()), { raw: { width: colours.length, height: 1, channels: 3 } })
    .withIccProfile(profile)
    .png()
    .toBuffer();
  const { icc } = await sharp(png).metadata();
  // Without the profile the colours are read as stored.
  const { data } = await sharp(png, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
  return { icc: new Uint8Array(icc ?? []), stored: colours.map((_, i) => [...data.subarray(i * 3, i * 3 + 3)]) };
}

/** A grey profile (ICC.1, 8.4.3) with a curve of one number: a gamma, or 0 for none. */
function greyProfile(gamma: number): Uint8Array {
  const bytes = new Uint8Array(128 + 16 + 14);
  const view = new DataView(bytes.buffer);
  const ascii = (offset: number, text: string) => bytes.set(new TextEncoder().encode(text), offset);
  ascii(16, 'GRAY');
  ascii(20, 'XYZ ');
  ascii(36, 'acsp');
  view.setUint32(128, 1);
  ascii(132, 'kTRC');
  view.setUint32(136, 144);
  view.setUint32(140, 14);
  ascii(144, 'curv');
  view.setUint32(152, gamma === 0 ? 0 : 1);
  view.setUint16(156, gamma * 256);
  return bytes;
}

const COLOURS = [
  [200, 60, 40],
  [40, 180, 90],
  [30, 60, 200],
  [128, 128, 128],
  [255, 255, 255],
  [0, 0, 0],
  [240, 200, 20],
  [12, 30, 25],
];

describe('toSrgb', () => {
  it('takes Display P3 back to sRGB, as Little CMS does', async () => {
    const { icc, stored } = await converted('p3', COLOURS);
    expect(stored[0]).not.toEqual(COLOURS[0]);
    const transform = toSrgb(icc);
    expect(transform).not.toBeNull();
    for (const [i, colour] of COLOURS.entries()) {
      const rgb = Uint8ClampedArray.from(stored[i]);
      transform?.(rgb);
      for (let channel = 0; channel < 3; channel++) {
        expect(Math.abs(rgb[channel] - colour[channel]), `${colour} came back as ${rgb}`).toBeLessThanOrEqual(2);
      }
    }
  });

  it('does nothing for sRGB, and for profiles that cannot be computed', async () => {
    expect(toSrgb((await converted('srgb', COLOURS)).icc)).toBeNull();
    const cmyk = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } })
      .withIccProfile('cmyk')
      .jpeg()
      .toBuffer();
    const { icc } = await sharp(cmyk).metadata();
    expect(icc?.toString('latin1', 16, 20)).toBe('CMYK');
    expect(toSrgb(new Uint8Array(icc ?? []))).toBeNull();
    expect(toSrgb(null)).toBeNull();
  });

  it('reads the curve of grey profiles', () => {
    const rgb = Uint8ClampedArray.of(128, 128, 128);
    toSrgb(greyProfile(0))?.(rgb);
    // IEC 61966-2-1: linear 128/255 is sRGB 1.055 × 0.502^(1/2.4) − 0.055, of 255.
    expect([...rgb]).toEqual([188, 188, 188]);
    // Gamma 2.2 stays within a few levels of sRGB; it is darker in the shadows.
    rgb.set([20, 20, 20]);
    toSrgb(greyProfile(2.2))?.(rgb);
    expect(rgb[0]).toBeLessThan(20);
  });

  it('pays no attention to a profile for grey with a picture in colour, nor to the reverse', async () => {
    const { icc } = await converted('p3', COLOURS);
    expect(toSrgb(icc, false)).not.toBeNull();
    expect(toSrgb(icc, true)).toBeNull();
    expect(toSrgb(greyProfile(0), true)).not.toBeNull();
    expect(toSrgb(greyProfile(0), false)).toBeNull();
  });

  it.each([
    ['grey', 0, greyProfile(0)],
    ['colour', 2, greyProfile(0)],
    ['grey', 0, 'p3'],
    ['colour', 2, 'p3'],
    ['colour of a palette', 3, greyProfile(0)],
  ] as const)('shows a PNG in %s (type %i) in the colours that sharp shows', async (_, colourType, profile) => {
    const icc = typeof profile === 'string' ? (await converted(profile, COLOURS)).icc : profile;
    const extra = [chunk('iCCP', concat(Buffer.from('profile\0\0'), deflateSync(icc)))];
    if (colourType === 3) extra.push(chunk('PLTE', Uint8Array.of(200, 60, 40)));
    const pixel = { 0: [90], 2: [200, 60, 40], 3: [0] }[colourType];
    const side = 4;
    const header = { width: side, height: side, colourType, bitDepth: 8 };
    const bytes = png(header, new Array(side * side).fill(pixel).flat(), { extra });
    const { gif } = await renderEmoji(bytes, { size: side });
    const [ours, theirs] = await Promise.all(
      [gif, bytes].map(async (file) => [...(await sharp(file).toColourspace('srgb').removeAlpha().raw().toBuffer())]),
    );
    for (const [i, value] of ours.slice(0, 3).entries()) {
      expect(Math.abs(value - theirs[i]), `${ours.slice(0, 3)} and ${theirs.slice(0, 3)}`).toBeLessThanOrEqual(1);
    }
  });

  it.each([
    ['grey', 1],
    ['colour', 3],
  ])('shows a JPEG in %s with a profile for the other in the colours that sharp shows', async (_, channels) => {
    const { icc } = await converted('p3', COLOURS);
    const other = channels === 1 ? icc : greyProfile(0);
    const plain = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 200, g: 60, b: 40 } } });
    const jpeg = await (channels === 1 ? plain.toColourspace('b-w') : plain).jpeg({ quality: 100 }).toBuffer();
    const head = Buffer.from('\xff\xe2\0\0ICC_PROFILE\0\x01\x01', 'latin1');
    head.writeUInt16BE(head.length - 2 + other.length, 2);
    const bytes = Buffer.concat([jpeg.subarray(0, 2), head, other, jpeg.subarray(2)]);
    const { gif } = await renderEmoji(bytes, { size: 8 });
    const [ours, theirs] = await Promise.all(
      [gif, bytes].map(async (file) => [...(await sharp(file).toColourspace('srgb').removeAlpha().raw().toBuffer())]),
    );
    for (const [i, value] of ours.slice(0, 3).entries()) expect(Math.abs(value - theirs[i])).toBeLessThanOrEqual(2);
  });

  it('takes damaged profiles for sRGB', async () => {
    const { icc } = await converted('p3', COLOURS);
    for (let length = 0; length < icc.length; length += 3) expect(() => toSrgb(icc.subarray(0, length))).not.toThrow();
    for (let i = 0; i < icc.length; i++) {
      const damaged = icc.slice();
      damaged[i] ^= 0xff;
      expect(() => toSrgb(damaged)).not.toThrow();
    }
  });
});
