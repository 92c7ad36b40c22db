import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { exifOrientation } from '../../src/imaging/exif.ts';

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8];

/** A TIFF structure with a tag before the orientation, in either byte order. */
function tiff(orientation: number, littleEndian: boolean, type = 3): Uint8Array {
  const bytes = new Uint8Array(38);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, littleEndian ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, littleEndian);
  view.setUint32(4, 8, littleEndian);
  view.setUint16(8, 2, littleEndian);
  for (const [entry, tag, value] of [
    [10, 256, 640],
    [22, 274, orientation],
  ] as const) {
    view.setUint16(entry, tag, littleEndian);
    view.setUint16(entry + 2, type, littleEndian);
    view.setUint32(entry + 4, 1, littleEndian);
    view.setUint16(entry + 8, value, littleEndian);
  }
  return bytes;
}

describe('exifOrientation', () => {
  it.each(ORIENTATIONS)('reads orientation %i as libvips writes it', async (orientation) => {
    const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } })
      .withMetadata({ orientation })
      .jpeg()
      .toBuffer();
    const { exif } = await sharp(jpeg).metadata();
    expect(exif?.toString('latin1', 0, 6)).toBe('Exif\0\0');
    expect(exifOrientation(new Uint8Array(exif ?? []).subarray(6))).toBe(orientation);
  });

  it.each(ORIENTATIONS)('reads orientation %i in both byte orders', (orientation) => {
    expect(exifOrientation(tiff(orientation, true))).toBe(orientation);
    expect(exifOrientation(tiff(orientation, false))).toBe(orientation);
  });

  it('takes values that TIFF does not define, and other types, for upright', () => {
    expect(exifOrientation(tiff(0, true))).toBe(1);
    expect(exifOrientation(tiff(9, false))).toBe(1);
    expect(exifOrientation(tiff(6, true, 4))).toBe(1);
  });

  it('takes what is cut off for upright', () => {
    for (let length = 0; length < 34; length++) expect(exifOrientation(tiff(6, true).subarray(0, length))).toBe(1);
  });

  it('never fails on any bytes', () => {
    const header = fc.constantFrom([0x49, 0x49, 42, 0], [0x4d, 0x4d, 0, 42]);
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 64 }), (start, rest) => {
        expect(ORIENTATIONS).toContain(exifOrientation(new Uint8Array([...start, ...rest])));
      }),
    );
  });
});
