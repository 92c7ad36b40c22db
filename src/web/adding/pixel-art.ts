import { useCallback, useMemo, useState } from 'preact/hooks';
import { MAX_SIZE } from '../../domain/rendering.ts';
import { PixelArtDetector } from '../../imaging/pixel-art.ts';
import type { Look } from './look.ts';

interface Pixels {
  width: number;
  height: number;
  /** 32-bit words, alpha in the high byte. */
  words: Uint32Array;
}

/**
 * Whether the service will keep the pixels of a picture squares, by its first frame. The picture is to be shown so as
 * well, wherever it is enlarged.
 *
 * @returns what is to be told when the picture was loaded; and a function that says of a square of so many pixels a
 * side whether the picture is to be shown with square pixels in it
 */
export function usePixelArt(look: Look | null) {
  const [pixels, setPixels] = useState<Pixels | null>(null);
  const isPixelArt = useMemo(() => {
    if (pixels === null || look === null) return () => false;
    const { width, height, words } = pixels;
    const side = look.fit === 'cover' ? Math.min(width, height) : Math.max(width, height);
    const isArtOf = (size: number) => new PixelArtDetector(size / side).look(words);
    const isArt = isArtOf(look.size);
    return (size: number) => isArt && isArtOf(size);
  }, [pixels, look]);
  const onLoad = useCallback(({ currentTarget }: { currentTarget: HTMLImageElement }) => {
    setPixels(pixelsOf(currentTarget));
  }, []);
  return { isPixelArt, onLoad };
}

/** @returns null of a picture that is too large to be enlarged, or has no size of its own */
function pixelsOf(image: HTMLImageElement): Pixels | null {
  const { naturalWidth: width, naturalHeight: height } = image;
  const area = width * height;
  if (area === 0 || area > MAX_SIZE ** 2) return null;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  // Of an animation, this draws the first frame (HTML standard, 4.12.5.1.14).
  context?.drawImage(image, 0, 0);
  const data = context?.getImageData(0, 0, width, height).data;
  return data ? { width, height, words: new Uint32Array(data.buffer) } : null;
}
