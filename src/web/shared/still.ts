import { useEffect, useState } from 'preact/hooks';

/** Whether the person wants that nothing moves by itself. */
export const wantsStill = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** A transparent pixel: an image whose address is taken away says that it cannot be shown. */
const NOTHING = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

/** Pixels: enough for any preview. */
const MOST_SIDE = 400;

/**
 * The first frame of a picture, whatever its format.
 *
 * @param src null where none is wanted
 * @returns its address; before it is there, that of nothing; that of the picture where the browser cannot draw it
 */
export function useStill(src: string | null): string {
  const [still, setStill] = useState<{ of: string; url: string } | null>(null);
  useEffect(() => {
    if (src === null) return;
    let isWanted = true;
    let made: string | null = null;
    firstFrame(src).then(
      (frame) => {
        if (!isWanted) return;
        made = URL.createObjectURL(frame);
        setStill({ of: src, url: made });
      },
      () => isWanted && setStill({ of: src, url: src }),
    );
    return () => {
      isWanted = false;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [src]);
  return still?.of === src ? still.url : NOTHING;
}

async function firstFrame(src: string): Promise<Blob> {
  const image = new Image();
  image.src = src;
  await image.decode();
  const scale = Math.min(1, MOST_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  // Of an animation, this draws the first frame (HTML standard, 4.12.5.1.14).
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('the canvas is empty')) : resolve(blob)));
  });
}
