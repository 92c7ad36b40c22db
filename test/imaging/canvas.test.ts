import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gifDecoder } from '../../src/imaging/gif/decoder.ts';
import type { Decoder } from '../../src/imaging/image.ts';
import { pngDecoder } from '../../src/imaging/png/decoder.ts';
import { webpDecoder } from '../../src/imaging/webp/decoder.ts';

const DECODERS: [string, Decoder][] = [
  ['gif', gifDecoder],
  ['png', pngDecoder],
  ['webp', webpDecoder],
];

describe('the memory of an animation’s canvas', () => {
  it.each(
    DECODERS.flatMap(([format, decoder]) =>
      [1, Number.POSITIVE_INFINITY].map((frames) => ({ format, decoder, frames })),
    ),
  )('is given back at once, of a $format after $frames frames at most', async ({ format, decoder, frames }) => {
    const bytes = new Uint8Array(readFileSync(`test/fixtures/moving-square.${format}`));
    const header = decoder.readHeader(bytes);
    let canvas = new ArrayBuffer(0);
    let shown = 0;
    for await (const frame of decoder.decode(bytes, header, header)) {
      await frame.rows((_, rgba) => {
        canvas = rgba.buffer as ArrayBuffer;
      });
      expect(canvas.byteLength).toBe(header.width * header.height * 4);
      if (++shown === frames) break;
    }
    expect(shown).toBe(Math.min(frames, header.frameCount));
    expect(canvas.detached).toBe(true);
  });
});
