import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { sniff } from '../../src/imaging/sniff.ts';

const picture = sharp({ create: { width: 4, height: 4, channels: 4, background: '#f00' } });
/** A BITMAPFILEHEADER, and the size of the header after it. */
const bmp = (letters: string, headerSize: number) => {
  const bytes = new Uint8Array(18);
  bytes.set(Buffer.from(letters));
  new DataView(bytes.buffer).setUint32(14, headerSize, true);
  return bytes;
};
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

function refusal(bytes: Uint8Array): ImagingError {
  try {
    sniff(bytes);
  } catch (error) {
    if (error instanceof ImagingError) return error;
    throw error;
  }
  throw new Error('not refused');
}

describe('sniff', () => {
  it.each(['png', 'jpeg', 'gif', 'webp'] as const)('knows a %s', async (format) => {
    expect(sniff(await picture.clone().toFormat(format).toBuffer())).toBe(format);
  });

  it('knows BMP, icons and cursors', () => {
    expect(sniff(bmp('BM', 40))).toBe('bmp');
    expect(sniff(bmp('BM', 12))).toBe('bmp');
    expect(sniff(bmp('BM', 124))).toBe('bmp');
    expect(sniff(Buffer.concat([latin1('BA'), new Uint8Array(12), bmp('BM', 12)]))).toBe('bmp');
    expect(sniff(latin1('\0\0\x01\0\x01\0'))).toBe('ico');
    expect(sniff(latin1('\0\0\x02\0\x01\0'))).toBe('ico');
  });

  it('does not take two letters for a bitmap', () => {
    expect(refusal(latin1('BM')).message).toContain('text');
    expect(refusal(latin1('BMW is the name of a make of cars')).message).toContain('text');
    for (const size of [0, 11, 13, 125, 0x10000]) expect(refusal(bmp('BM', size)).code).toBe('unsupported_format');
    expect(refusal(latin1('BA, a degree that is taken first')).message).toContain('text');
  });

  it('leaves a BigTIFF to the decoder', () => {
    for (const start of ['II+\0\x08\0\0\0', 'MM\0+\0\x08\0\0']) expect(sniff(latin1(start))).toBe('tiff');
  });

  it('goes by all brands of a file, not by the first alone', () => {
    const file = (...brands: string[]) =>
      latin1(
        `\0\0\0${String.fromCharCode(16 + 4 * (brands.length - 1))}ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`,
      );
    expect(sniff(file('avif', 'mif1', 'miaf'))).toBe('avif');
    expect(sniff(file('mif1', 'avif'))).toBe('avif');
    expect(sniff(file('avis', 'msf1'))).toBe('avif');
    expect(refusal(file('mif1', 'heic')).message).toContain('HEIC');
    expect(refusal(file('isom', 'mp42')).message).toContain('a video (MP4');
    // What is behind the box is no brand.
    expect(refusal(Buffer.concat([file('isom'), latin1('avif')])).message).toContain('a video (MP4');
  });

  it('needs both marks of a WebP', () => {
    expect(refusal(latin1('abcd\x01\0\0\0WEBPVP8 ')).message).not.toContain('WebP, which');
    expect(refusal(latin1('RIFF\x01\0\0\0AVI LIST')).message).toContain('a video (AVI)');
  });

  it('knows a JPEG behind junk', async () => {
    const jpeg = await picture.clone().flatten().jpeg().toBuffer();
    expect(sniff(Buffer.concat([Buffer.from([0, 1, 2, 3]), jpeg]))).toBe('jpeg');
  });

  it.each([
    ['HEIC', latin1('\0\0\0\x18ftypmif1\0\0\0\0mif1heic'), /JPEG/],
    ['HEIC', latin1('\0\0\0\x18ftypheic\0\0\0\0'), /JPEG/],
    ['PDF', latin1('%PDF-1.7\n'), /PNG/],
    ['ZIP', latin1('PK\x03\x04\x14\0'), /Unpack/],
    ['HTML', latin1('\n<!DOCTYPE html><html></html>'), /web page/],
    ['text', latin1('hello there'), /PNG/],
    ['Photoshop (PSD)', latin1('8BPS\0\x01'), /PNG/],
    ['a video (MP4 or QuickTime)', latin1('\0\0\0\x20ftypisom'), /GIF/],
    ['a video (WebM or Matroska)', latin1('\x1a\x45\xdf\xa3'), /GIF/],
    ['JPEG XL', latin1('\xff\x0a\xff\x07'), /PNG/],
    ['JPEG XL', latin1('\0\0\0\x0cJXL \x0d\x0a\x87\x0a'), /PNG/],
    ['JPEG 2000', latin1('\0\0\0\x0cjP  \x0d\x0a\x87\x0a'), /PNG/],
    ['JPEG 2000', latin1('\xff\x4f\xff\x51\0\x29'), /PNG/],
    ['JPEG XR', latin1('II\xbc\x01\x20\0\0\0'), /PNG/],
    ['QOI', latin1('qoif\0\0\0\x04'), /PNG/],
    ['OpenEXR', latin1('v/1\x01\x02\0\0\0'), /PNG/],
    ['Radiance (HDR)', latin1('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n'), /PNG/],
    ['DDS', latin1('DDS \x7c\0\0\0'), /PNG/],
    ['farbfeld', latin1('farbfeld\0\0\0\x04'), /PNG/],
    ['GIMP (XCF)', latin1('gimp xcf v011\0'), /PNG/],
    ['PNM', latin1('P6\n4 4\n255\n\0\0\0'), /PNG/],
    ['PNM', latin1('P3 4 4 255 0 0 0'), /PNG/],
    ['PostScript', latin1('%!PS-Adobe-3.0 EPSF-3.0\n'), /PNG/],
    ['an animated cursor (ANI)', latin1('RIFF\x10\0\0\0ACONanih'), /GIF/],
    ['a video (QuickTime)', latin1('\0\0\0\x08wide\0\0\0\0mdat'), /GIF/],
    ['a video (MPEG)', latin1('\0\0\x01\xba\x44'), /GIF/],
    ['gzip, as are animated stickers of Telegram (TGS)', latin1('\x1f\x8b\x08\0'), /sticker/],
    ['RAR', latin1('Rar!\x1a\x07\x01\0'), /Unpack/],
    ['7-Zip', latin1('7z\xbc\xaf\x27\x1c'), /Unpack/],
    ['a Lottie animation', latin1('{"v":"5.5.2","fr":60,"ip":0,"op":180,"w":512,"h":512,"layers":[]}'), /GIF/],
    ['JSON', latin1('{"error":"not found"}'), /PNG/],
    ['XML', latin1('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'), /PNG/],
  ])('names %s and says what to do', (name, bytes, remedy) => {
    const error = refusal(bytes);
    expect(error.code).toBe('unsupported_format');
    expect(error.message).toContain(name);
    expect(error.remedy).toMatch(remedy);
  });

  it('shows the first bytes of what it does not know', () => {
    expect(refusal(latin1('\x01\x02\x03\xfe\xff')).message).toContain('01 02 03 fe ff');
  });

  it('says that an empty file is empty', () => {
    expect(refusal(new Uint8Array())).toMatchObject({
      code: 'empty_file',
      message: expect.stringContaining('0 bytes'),
    });
  });
});
