import { GifReader } from 'omggif';

export interface DecodedGif {
  width: number;
  height: number;
  /** How often it plays; 0 is for ever. */
  plays: number;
  /** Each as it is seen: straight RGBA of the whole canvas; milliseconds. */
  frames: { rgba: Uint8Array; delay: number }[];
}

/** Decodes a GIF with omggif, a decoder that is not ours. It leaves the disposal of frames to its user. */
export function decodeGif(bytes: Uint8Array): DecodedGif {
  const reader = new GifReader(bytes);
  const { width, height } = reader;
  const canvas = new Uint8Array(width * height * 4);
  const frames = Array.from({ length: reader.numFrames() }, (_, index) => {
    const info = reader.frameInfo(index);
    const before = canvas.slice();
    reader.decodeAndBlitFrameRGBA(index, canvas);
    const rgba = canvas.slice();
    if (info.disposal === 3) canvas.set(before);
    if (info.disposal === 2) {
      for (let y = info.y; y < info.y + info.height; y++) {
        canvas.fill(0, (y * width + info.x) * 4, (y * width + info.x + info.width) * 4);
      }
    }
    return { rgba, delay: info.delay * 10 };
  });
  // omggif: null without a loop extension, else its count, where 0 is for ever and n is n times again.
  const loop: number | null = reader.loopCount();
  return { width, height, frames, plays: loop === null ? 1 : loop === 0 ? 0 : loop + 1 };
}

/** The pixel at (x, y) of a frame: `[red, green, blue, alpha]`, or `clear` where nothing is seen. */
export function pixelAt(gif: DecodedGif, frame: number, x: number, y: number): number[] | 'clear' {
  const rgba = gif.frames[frame]?.rgba.subarray((y * gif.width + x) * 4, (y * gif.width + x) * 4 + 4) ?? [];
  return rgba[3] === 0 ? 'clear' : Array.from(rgba);
}
