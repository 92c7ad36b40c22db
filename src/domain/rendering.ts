export const FITS = ['contain', 'cover', 'stretch'] as const;

/** How a picture is to be made into an emoji. */
export interface Rendering {
  /** `contain` shows the whole picture on transparent padding, `cover` fills the square, `stretch` distorts. */
  fit: (typeof FITS)[number];
  /** Pixels a side. */
  size: number;
  /** `#rrggbb`, put under the picture: nothing stays transparent. */
  background: string | null;
  /** `#rrggbb`, the colour that soft edges are blended with: that of the page they will be seen on. */
  matte: string | null;
}

export const DEFAULT_RENDERING: Rendering = { fit: 'contain', size: 100, background: null, matte: null };

/** The largest side of an emoji, in pixels. */
export const MAX_SIZE = 256;
