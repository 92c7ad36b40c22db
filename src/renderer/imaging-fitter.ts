import type { Fitter } from '../application/ports.ts';
import { ImagingError } from '../imaging/errors.ts';
import { fitEmoji } from '../imaging/index.ts';

/** The image library as the application sees it: a picture it cannot read is an answer, not a fault. */
export const imagingFitter: Fitter = {
  async fit(picture, budget, { fit, background, matte }) {
    try {
      return await fitEmoji(picture, budget, {
        fit,
        ...(background !== null && { background }),
        ...(matte !== null && { matte }),
      });
    } catch (error) {
      if (!(error instanceof ImagingError)) throw error;
      const { code, message, remedy } = error;
      return { failure: { code, message, remedy } };
    }
  },
};
