import { checkLimits } from './check-limits.ts';
import type { Appearance } from './flatten.ts';
import { toSrgb } from './icc.ts';
import type { Decoder, ImageFormat, ImageHeader } from './image.ts';
import { LIMITS } from './limits.ts';
import { sniff } from './sniff.ts';
import { dropGrownInstance } from './wasm/instance-slot.ts';

/** A picture whose header has been read. */
export interface Source {
  bytes: Uint8Array;
  decoder: Decoder;
  header: ImageHeader;
  appearance: Appearance;
}

/** Each comes in when the first picture of its format does. */
const DECODERS: Record<ImageFormat, () => Promise<Decoder>> = {
  avif: async () => (await import('./avif/decoder.ts')).avifDecoder,
  bmp: async () => (await import('./bmp/decoder.ts')).bmpDecoder,
  gif: async () => (await import('./gif/decoder.ts')).gifDecoder,
  ico: async () => (await import('./ico/decoder.ts')).icoDecoder,
  jpeg: async () => (await import('./jpeg/decoder.ts')).jpegDecoder,
  png: async () => (await import('./png/decoder.ts')).pngDecoder,
  svg: async () => (await import('./svg/decoder.ts')).svgDecoder,
  tiff: async () => (await import('./tiff/decoder.ts')).tiffDecoder,
  webp: async () => (await import('./webp/decoder.ts')).webpDecoder,
};

/** Formats whose decoders may need one another's room, and see to it themselves. */
const IN_WEBASSEMBLY: ReadonlySet<ImageFormat> = new Set(['avif', 'svg']);

/** A picture whose highest alpha is below this is drawn again by that measure: by 255 little or nothing would be seen. */
const FAINT = 192;

/**
 * Finds out what a picture is, and refuses what is too much.
 *
 * @param colours `#rrggbb` each: see `RenderOptions`
 * @param size pixels a side of the largest canvas
 * @throws ImagingError
 */
export async function openSource(
  bytes: Uint8Array,
  colours: { matte?: string; background?: string },
  size: number,
): Promise<Source> {
  const matte = parseColour(colours.matte);
  const background = parseColour(colours.background);
  const detected = sniff(bytes);
  if (!IN_WEBASSEMBLY.has(detected)) dropGrownInstance();
  const decoder = await DECODERS[detected]();
  const header = decoder.readHeader(bytes);
  checkLimits(header, size);
  const appearance = { toSrgb: toSrgb(header.iccProfile, header.isGrey), matte, background, strongestAlpha: 255 };
  return { bytes, decoder, header, appearance };
}

/** Whether a picture is to be drawn again, by the highest alpha that it was seen to have. */
export function isFaint(strongestAlpha: number, { background }: Appearance): boolean {
  return strongestAlpha > 0 && strongestAlpha < FAINT && background === null;
}

export function checkSize(size: number): void {
  if (Number.isInteger(size) && size >= 1 && size <= LIMITS.canvasSide) return;
  throw new RangeError(`a size must be a whole number from 1 to ${LIMITS.canvasSide}, not ${size}.`);
}

/** `#rrggbb` as a pixel; `null` for none. */
function parseColour(colour: string | undefined): number | null {
  if (colour === undefined) return null;
  const digits = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  if (digits === undefined) throw new RangeError(`a colour is written #rrggbb, not ${colour}.`);
  const rgb = Number.parseInt(digits, 16);
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >>> 16)) >>> 0;
}
