import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { sniff } from '../../src/imaging/sniff.ts';

const picture = sharp({ create: { width: 4, height: 4, channels: 4, background: '#f00' } });
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
    expect(sniff(latin1('BM\x46\0\0\0'))).toBe('bmp');
    expect(sniff(latin1('\0\0\x01\0\x01\0'))).toBe('ico');
    expect(sniff(latin1('\0\0\x02\0\x01\0'))).toBe('ico');
  });

  it('knows a JPEG behind junk', async () => {
    const jpeg = await picture.clone().flatten().jpeg().toBuffer();
    expect(sniff(Buffer.concat([Buffer.from([0, 1, 2, 3]), jpeg]))).toBe('jpeg');
  });

  it.each([
    ['HEIC', latin1('\0\0\0\x18ftypheic\0\0\0\0'), /JPEG/],
    ['PDF', latin1('%PDF-1.7\n'), /PNG/],
    ['ZIP', latin1('PK\x03\x04\x14\0'), /Unpack/],
    ['HTML', latin1('\n<!DOCTYPE html><html></html>'), /web page/],
    ['text', latin1('hello there'), /PNG/],
    ['Photoshop (PSD)', latin1('8BPS\0\x01'), /PNG/],
    ['a video (MP4 or QuickTime)', latin1('\0\0\0\x20ftypisom'), /GIF/],
    ['a video (WebM or Matroska)', latin1('\x1a\x45\xdf\xa3'), /GIF/],
    ['JPEG XL', latin1('\xff\x0a\xff\x07'), /PNG/],
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
