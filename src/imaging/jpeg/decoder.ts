import { corrupt, ImagingError } from '../errors.ts';
import type { Decoder, ImageHeader, SourceFrame } from '../image.ts';
import { LIMITS } from '../limits.ts';
import { coefficientBytes, type Geometry, layOut } from './geometry.ts';
import { type FileHeader, readFileHeader } from './header.ts';
import { decodeRows } from './rows.ts';
import { readScans } from './scans.ts';

/**
 * JPEG (ITU-T T.81): baseline, extended sequential and progressive of 8 or 12 bits a sample, and lossless; Huffman-coded. Decodes
 * at 1/2, 1/4 or 1/8 from the coefficients of low frequency alone, progressive ones at less than asked for where they would
 * take more memory than allowed, and what is lossless at full size. Of a damaged or truncated file, what can be read is handed over, and the rest is grey.
 */
export const jpegDecoder: Decoder = {
  readHeader(bytes: Uint8Array): ImageHeader {
    const { width, height, orientation, iccProfile, components } = readFileHeader(bytes);
    return {
      format: 'jpeg',
      width,
      height,
      orientation,
      frameCount: 1,
      plays: 1,
      // A profile speaks of inks, or does not belong to them: they are made RGB by the plain formula.
      iccProfile: components.length === 4 ? null : iccProfile,
      isGrey: components.length === 1,
    };
  },

  decode(bytes: Uint8Array, _header: ImageHeader, enough: { width: number; height: number }): SourceFrame[] {
    const { width, height, rows } = decodeJpeg(bytes, readFileHeader(bytes), enough);
    return [
      {
        width,
        height,
        delay: 0,
        changed: null,
        rows(sink) {
          let y = 0;
          for (const rgba of rows) sink(y++, rgba, 0, 1, width);
        },
      },
    ];
  },
};

/** A decoded picture: its rows come once, from above. */
export interface JpegRows {
  width: number;
  height: number;
  /** Each is RGBA, or as the colour model has it, and good until the next. */
  rows: Generator<Uint8Array, void>;
}

/**
 * Decodes a JPEG whose header has been read.
 *
 * @param bytes the whole file
 * @param enough pixels: see `Decoder.decode`
 * @throws ImagingError when there is nothing to be seen
 */
export function decodeJpeg(bytes: Uint8Array, header: FileHeader, enough: { width: number; height: number }): JpegRows {
  const list = readScans(bytes, header);
  if (list.scans.length === 0) {
    throw corrupt('JPEG', `the file ends after ${bytes.length} bytes, before any picture data.`);
  }
  const geometry = layOutFrame(header, enough);
  return { width: geometry.width, height: geometry.height, rows: decodeRows(bytes, header, list, geometry) };
}

function layOutFrame(header: FileHeader, enough: { width: number; height: number }): Geometry {
  if (header.progressive) return layOutInMemory(header, enough);
  if (!header.lossless) return layOut(header, enough);
  checkLossless(header);
  const { width, height } = header;
  return { width, height, mcusWide: width, mcusHigh: height, planes: [] };
}

/** @throws ImagingError `too_many_pixels` */
function checkLossless({ width, height, components }: FileHeader): void {
  const samples = width * height * components.length;
  if (samples <= LIMITS.jpegLosslessSamples) return;
  throw new ImagingError(
    'too_many_pixels',
    `JPEG: lossless ${width}×${height} has ${samples} samples to decode; the limit is ${LIMITS.jpegLosslessSamples}.`,
    'Scale the picture down first, or save it as an ordinary JPEG.',
  );
}

function layOutInMemory(header: FileHeader, enough: { width: number; height: number }): Geometry {
  let width = Math.min(enough.width, header.width);
  let height = Math.min(enough.height, header.height);
  for (;;) {
    const geometry = layOut(header, { width, height });
    if (coefficientBytes(geometry) <= LIMITS.coefficientBytes) return geometry;
    if (width <= 1 && height <= 1) {
      throw new ImagingError(
        'too_many_pixels',
        `JPEG: ${header.width}×${header.height} progressive takes ${coefficientBytes(geometry)} bytes to decode at an eighth; ` +
          `the limit is ${LIMITS.coefficientBytes}.`,
        'Scale the picture down first.',
      );
    }
    width /= 2;
    height /= 2;
  }
}
