import type { Renderer } from '../application/ports.ts';
import { RENDITIONS } from '../domain/emoji.ts';
import { ImagingError } from '../imaging/errors.ts';
import { renderEmoji } from '../imaging/index.ts';

/** The renditions that are the same picture in another size. */
const GIFS = Object.entries(RENDITIONS).flatMap(([name, { size }]) => (size === null ? [] : [{ name, size }]));

/** The image library as the application sees it: a picture it cannot read is an answer, not a fault. */
export const imagingRenderer: Renderer = {
  async render(picture, { fit, size, background, matte }, onFrame) {
    try {
      const { gif, further, png, frames, source } = await renderEmoji(picture, {
        fit,
        size,
        furtherSizes: GIFS.map(({ size }) => size),
        still: true,
        ...(background !== null && { background }),
        ...(matte !== null && { matte }),
        onFrame: (done, of) => onFrame({ done, of }),
      });
      const { format, width, height, durationMs } = source;
      const made = GIFS.map(({ name, size }) => [name, further.get(size)]).filter(([, file]) => file !== undefined);
      return {
        gif,
        renditions: { ...Object.fromEntries(made), ...(png && { png }) },
        frames,
        source: { format, bytes: picture.byteLength, width, height, frames: source.frames, durationMs },
      };
    } catch (error) {
      if (!(error instanceof ImagingError)) throw error;
      const { code, message, remedy } = error;
      return { failure: { code, message, remedy } };
    }
  },
};
