/** Every limit of the image library, in one place. Refused from the header, before any work. */
export const LIMITS = {
  /** Pixels of one frame. */
  pixels: 100_000_000,
  /** Pixels of a picture that photon decodes: it needs 12 to 15 bytes a pixel, and its memory never shrinks. */
  photonPixels: 4_000_000,
  /** Frames of an animation. */
  frames: 2_000,
  /** Pixels of all frames together: bounds the CPU time that an animation takes. */
  totalPixels: 1_000_000_000,
  /** Pixels a side of the canvas. */
  canvasSide: 256,
  /** Pixels of all frames on the canvas together: bounds the memory that an animation takes. */
  canvasPixels: 40_000_000,
} as const;
