import { isPack } from '../importing/pack-files.ts';
import { bytes } from '../shared/format.ts';
import type { Failure } from './order.ts';

const MOST_BYTES = 50 * 1_024 * 1_024;

/** How files end that may be pictures, whatever the system says of them; also of kinds that are refused with a reason. */
const ENDINGS =
  /\.(a?png|jpe?g|jpe|jfif|gif|webp|avif|svg|tiff?|bmp|dib|ico|cur|hei[cf]|jxl|jp2|psd|xcf|qoi|tga|dds)$/i;

const FORMATS = 'PNG, JPEG, GIF, WebP, AVIF, SVG, TIFF, BMP or ICO';

/** Why a file need not be sent, where that is sure; null where the service decides. */
export function refusedAtOnce({ name, type, size }: File): Failure | null {
  if (size === 0) {
    return { code: 'empty_file', message: 'The file is empty (0 bytes).', remedy: 'Choose a file with a picture.' };
  }
  const isNoPicture = type === '' ? /\.[^.]+$/.test(name) : !type.startsWith('image/');
  if (isPack([{ name }])) {
    const message = 'The file is no picture but a pack, or a list of one.';
    return { code: 'unsupported_format', message, remedy: 'Drop it on the page to import it.' };
  }
  if (isNoPicture && !ENDINGS.test(name)) {
    const message = type === '' ? 'The file is no picture, by its name.' : `The file is no picture but ${type}.`;
    return { code: 'unsupported_format', message, remedy: `Choose a ${FORMATS} picture.` };
  }
  if (size > MOST_BYTES) {
    return {
      code: 'file_too_large',
      message: `The file has ${bytes(size)}; the limit is 50 MB.`,
      remedy: 'Scale the picture down or shorten the animation first.',
    };
  }
  return null;
}
