/**
 * The shapes that the parts of the image library hand to each other.
 *
 * bytes ─ sniff ─▶ Decoder.readHeader ─▶ Decoder.decode ─▶ SourceFrame.rows ─▶ scaler ─▶ palette ─▶ GIF writer
 */

export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'bmp' | 'ico' | 'avif' | 'svg' | 'tiff';

/** What a picture's header says, before any pixel is decoded. */
export interface ImageHeader {
  format: ImageFormat;
  /** Pixels, as stored: before the EXIF orientation is applied. */
  width: number;
  height: number;
  /** Of a drawing, which can be drawn in any number of pixels: the size in CSS pixels that the file gives it. */
  statedSize?: { width: number; height: number };
  /** EXIF orientation 1–8 (TIFF 6.0 tag 274): 1 is upright; 5–8 swap width and height. */
  orientation: number;
  /** Frames, where the header or a quick walk over the blocks tells; 1 for a still. */
  frameCount: number;
  /** How often the animation plays; 0 is for ever. 1 for a still. */
  plays: number;
  /** The embedded ICC profile, as stored; `null` where there is none. Rows are handed over unconverted. */
  iccProfile: Uint8Array | null;
  /** Whether a pixel's colour is one sample, as stored: a profile has to be of that kind. Absent where it is not known. */
  isGrey?: boolean;
}

/** A rectangle in pixels. */
export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A whole picture in memory: straight (not premultiplied) 8-bit RGBA, rows from the top. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8Array;
}

/**
 * Takes pixels as a decoder finds them. `rgba` holds `count` straight 8-bit RGBA pixels, which belong at row `y`,
 * columns `x`, `x + step`, `x + 2 × step` … The array is the decoder's and is reused after the call.
 * Rows may come in any order and a pixel comes once (an interlaced PNG hands over each pass as it is inflated).
 */
export type RowSink = (y: number, rgba: Uint8Array, x: number, step: number, count: number) => void;

/** One frame as it is to be seen: composited with what was before it. */
export interface SourceFrame {
  /** Pixels of this frame's rows: the header's size, or that divided by a power of two (rounded up) where a decoder reduces. */
  width: number;
  height: number;
  /** Milliseconds, as the file says; 0 for a still. */
  delay: number;
  /** What differs from the frame before at most; `null` when it is not known, or this is the first frame. */
  changed: Rect | null;
  /** Hands over every pixel of the frame. Call it once, before the next frame is asked for. */
  rows(sink: RowSink): void | Promise<void>;
}

/** One picture format. Decoders never hold a decoded still: they hand over its rows. */
export interface Decoder {
  /**
   * @param bytes the whole file
   * @throws ImagingError when the header cannot be read
   */
  readHeader(bytes: Uint8Array): ImageHeader;
  /**
   * @param bytes the whole file
   * @param header what `readHeader` said of it
   * @param enough a decoder that can decode at a reduced scale may do so while both sides stay at or above this
   * (pixels, as stored). Others pay no attention.
   * @throws ImagingError when nothing can be shown. A truncated picture is handed over as far as it goes: missing
   * pixels are left out (they stay transparent) or filled as browsers do.
   */
  decode(
    bytes: Uint8Array,
    header: ImageHeader,
    enough: { width: number; height: number },
  ): AsyncIterable<SourceFrame> | Iterable<SourceFrame>;
}
