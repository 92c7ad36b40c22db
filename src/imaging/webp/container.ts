import { corrupt, ImagingError } from '../errors.ts';
import type { Rect } from '../image.ts';
import { LIMITS } from '../limits.ts';
import { readVp8Size } from './vp8-header.ts';
import { readVp8lHeader } from './vp8l-header.ts';

/** The coded image of a still or of one frame, as payloads of its chunks; the last may be cut short. */
export interface Bitstream {
  lossless: boolean;
  /** Payload of the VP8 or VP8L chunk. */
  data: Uint8Array;
  /** Payload of the ALPH chunk; `null` where there is none, and for VP8L, which has alpha of its own. */
  alpha: Uint8Array | null;
}

/** One frame of an animation (RFC 9649 section 2.7.1.1). */
export interface AnimationFrame {
  /** On the canvas. */
  rect: Rect;
  /** Milliseconds. */
  delay: number;
  /** Alpha-blended over the canvas; otherwise it replaces what is there. */
  blend: boolean;
  /** Its rectangle is cleared before the next frame. */
  dispose: boolean;
  /** Chunks of the frame. */
  data: Uint8Array;
}

/** What a walk over the chunks of a WebP file finds. */
export interface Container {
  /** The canvas of an extended file, otherwise the image's size. */
  width: number;
  height: number;
  /** The still image; `null` in an animation. */
  image: Bitstream | null;
  frames: AnimationFrame[];
  /** 0 is for ever. */
  loopCount: number;
  iccProfile: Uint8Array | null;
  /** Payload of the EXIF chunk. */
  exif: Uint8Array | null;
}

interface Chunk {
  fourCc: string;
  /** May be shorter than the chunk says, where the file ends. */
  payload: Uint8Array;
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const VP8X_BYTES = 10;
const ANMF_BYTES = 16;

/**
 * Reads the container (RFC 9649 section 2). Unknown chunks are skipped. No pixel is decoded.
 * @throws ImagingError when there is no image, the sizes contradict each other, or there are too many frames or chunks
 */
export function readContainer(bytes: Uint8Array): Container {
  if (bytes.length < RIFF_HEADER_BYTES || fourCc(bytes, 0) !== 'RIFF' || fourCc(bytes, 8) !== 'WEBP') {
    throw corrupt('WebP', `a RIFF header of form WEBP was expected in ${bytes.length} bytes; there is none`);
  }
  // What follows the RIFF chunk is not part of the picture.
  const riffEnd = Math.min(bytes.length, CHUNK_HEADER_BYTES + uint32(bytes, 4));
  const container: Container = {
    width: 0,
    height: 0,
    image: null,
    frames: [],
    loopCount: 1,
    iccProfile: null,
    exif: null,
  };
  const data = bytes.subarray(RIFF_HEADER_BYTES, riffEnd);
  for (const { fourCc: type, payload } of chunks(data)) {
    if (type === 'VP8X' && container.width === 0 && payload.length >= VP8X_BYTES) {
      container.width = uint24(payload, 4) + 1;
      container.height = uint24(payload, 7) + 1;
    } else if (type === 'ANIM' && payload.length >= 6) container.loopCount = payload[4] | (payload[5] << 8);
    else if (type === 'ANMF' && payload.length >= ANMF_BYTES) {
      container.frames.push(readFrame(payload));
      if (container.frames.length > LIMITS.frames) throw tooManyFrames();
    } else if (type === 'ICCP') container.iccProfile ??= payload;
    else if (type === 'EXIF') container.exif ??= payload;
  }
  if (container.frames.length > 0) checkFrames(container);
  else addStill(container, data);
  return container;
}

/** Finds a coded image among `data`'s chunks. `null` where there is none, or not even its header has arrived. */
export function readBitstream(data: Uint8Array): Bitstream | null {
  let alpha: Uint8Array | null = null;
  for (const { fourCc: type, payload } of chunks(data)) {
    if (type === 'ALPH') alpha ??= payload;
    else if (type === 'VP8 ') return { lossless: false, data: payload, alpha };
    else if (type === 'VP8L') return { lossless: true, data: payload, alpha: null };
  }
  return null;
}

/** Size of the coded image, from its own header. */
export function bitstreamSize({ lossless, data }: Bitstream): { width: number; height: number } {
  return lossless ? readVp8lHeader(data) : readVp8Size(data);
}

function addStill(container: Container, data: Uint8Array): void {
  const image = readBitstream(data);
  if (!image) throw corrupt('WebP', 'a VP8 or VP8L chunk, or frames, were expected; there are none');
  const { width, height } = bitstreamSize(image);
  if (container.width === 0) {
    container.width = width;
    container.height = height;
  } else if (container.width !== width || container.height !== height) {
    throw corrupt('WebP', `the header says ${container.width}×${container.height}, the image is ${width}×${height}`);
  }
  container.image = image;
}

/** Frames outside of the canvas would let a small picture take the time of a large one. */
function checkFrames({ width, height, frames }: Container): void {
  frames.forEach(({ rect }, i) => {
    if (rect.left + rect.width > width || rect.top + rect.height > height) {
      const found = `${rect.width}×${rect.height} at ${rect.left},${rect.top}`;
      throw corrupt('WebP', `frame ${i + 1} of ${frames.length} is ${found}, outside of the ${width}×${height} canvas`);
    }
  });
}

function readFrame(payload: Uint8Array): AnimationFrame {
  const flags = payload[15];
  return {
    rect: {
      left: 2 * uint24(payload, 0),
      top: 2 * uint24(payload, 3),
      width: uint24(payload, 6) + 1,
      height: uint24(payload, 9) + 1,
    },
    delay: uint24(payload, 12),
    blend: (flags & 2) === 0,
    dispose: (flags & 1) === 1,
    data: payload.subarray(ANMF_BYTES),
  };
}

function tooManyFrames(): ImagingError {
  return new ImagingError(
    'too_many_frames',
    `The animation has more than ${LIMITS.frames} frames, which is the limit.`,
    'Shorten it, or leave out every other frame.',
  );
}

function* chunks(data: Uint8Array): Generator<Chunk> {
  for (let at = 0, count = 1; at + CHUNK_HEADER_BYTES <= data.length; count++) {
    if (count > LIMITS.webpChunks) throw corrupt('WebP', `it has more than ${LIMITS.webpChunks} chunks`);
    const size = uint32(data, at + 4);
    const start = at + CHUNK_HEADER_BYTES;
    yield { fourCc: fourCc(data, at), payload: data.subarray(start, Math.min(start + size, data.length)) };
    // Section 2.3: odd payloads are padded.
    at = start + size + (size & 1);
  }
}

function fourCc(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

function uint24(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
}

function uint32(bytes: Uint8Array, at: number): number {
  return (uint24(bytes, at) | (bytes[at + 3] << 24)) >>> 0;
}
