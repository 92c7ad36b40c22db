import type { Renderer } from '../application/ports.ts';
import { ImagingError } from '../imaging/errors.ts';
import { renderEmoji } from '../imaging/index.ts';

/** The image library as the application sees it: a picture it cannot read is an answer, not a fault. */
export const imagingRenderer: Renderer = {
  async render(picture, { fit, size, background, matte }, onFrame) {
    try {
      const { gif, frames, source } = await renderEmoji(picture, {
        fit,
        size,
        ...(background !== null && { background }),
        ...(matte !== null && { matte }),
        onFrame: (done, of) => onFrame({ done, of }),
      });
      const { format, width, height, durationMs } = source;
      return {
        gif,
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
