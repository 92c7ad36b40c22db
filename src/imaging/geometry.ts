/** How a picture that is not square is brought onto the square canvas. */
export type Fit = 'contain' | 'cover' | 'stretch';

/** A window on the source, in its pixels; its edges need not fall on whole pixels. */
export interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Where a picture comes to lie on the canvas. */
export interface Placement {
  /** The part of the upright picture that is shown. */
  window: Window;
  /** The pixels of the canvas that the window is scaled to. */
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Whether an EXIF orientation swaps width and height. */
export function isTransposed(orientation: number): boolean {
  return orientation >= 5;
}

/**
 * @param width of the upright picture, pixels
 * @param height of the upright picture, pixels
 * @param size of the canvas, pixels a side
 */
export function place(width: number, height: number, size: number, fit: Fit): Placement {
  const whole = { left: 0, top: 0, width, height };
  if (fit === 'stretch') return { window: whole, left: 0, top: 0, width: size, height: size };
  if (fit === 'cover') {
    const side = Math.min(width, height);
    const window = { left: (width - side) / 2, top: (height - side) / 2, width: side, height: side };
    return { window, left: 0, top: 0, width: size, height: size };
  }
  // Divided last, so that half a pixel is one, and none that a rounding before it made more or less. A line of one pixel
  // is still seen, however long it is.
  const longer = Math.max(width, height);
  const scaledWidth = Math.max(1, Math.round((width * size) / longer));
  const scaledHeight = Math.max(1, Math.round((height * size) / longer));
  return {
    window: whole,
    left: (size - scaledWidth) >> 1,
    top: (size - scaledHeight) >> 1,
    width: scaledWidth,
    height: scaledHeight,
  };
}

/** The same window (centred, as all of them are) on the pixels as stored. */
export function storedWindow(window: Window, orientation: number): Window {
  if (!isTransposed(orientation)) return window;
  return { left: window.top, top: window.left, width: window.height, height: window.width };
}

/**
 * The steps through an upright picture that follow the stored pixels in their order: stored pixel (x, y) belongs at
 * `start + x × right + y × down` (TIFF 6.0, tag 274; the names say where stored row 0 and column 0 are seen).
 *
 * @param width of the upright picture, pixels
 * @param height of the upright picture, pixels
 * @param stride from one row of the upright picture to the next, pixels
 */
export function uprightSteps(
  orientation: number,
  width: number,
  height: number,
  stride: number,
): { start: number; right: number; down: number } {
  const lastColumn = width - 1;
  const lastRow = (height - 1) * stride;
  switch (orientation) {
    case 2: // top, right: mirrored
      return { start: lastColumn, right: -1, down: stride };
    case 3: // bottom, right: turned by 180°
      return { start: lastRow + lastColumn, right: -1, down: -stride };
    case 4: // bottom, left: flipped
      return { start: lastRow, right: 1, down: -stride };
    case 5: // left, top: transposed
      return { start: 0, right: stride, down: 1 };
    case 6: // right, top: to be turned by 90° clockwise
      return { start: lastColumn, right: stride, down: -1 };
    case 7: // right, bottom: transposed about the other diagonal
      return { start: lastRow + lastColumn, right: -stride, down: -1 };
    case 8: // left, bottom: to be turned by 90° counter-clockwise
      return { start: lastRow, right: -stride, down: 1 };
    default: // top, left: upright
      return { start: 0, right: 1, down: stride };
  }
}
