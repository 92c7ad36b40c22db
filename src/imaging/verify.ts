import type { ExpectedGif } from './animation.ts';
import { fingerprint } from './frame-drawing.ts';
import { gifDecoder } from './gif/decoder.ts';

/**
 * Decodes a finished GIF and holds it against what was meant, frame by frame: what is stored has been seen to be right.
 *
 * @throws Error when anything differs: a fault of this library, not of the picture
 */
export async function verify(gif: Uint8Array, { size, plays, frames }: ExpectedGif): Promise<void> {
  const header = gifDecoder.readHeader(gif);
  check('width', size, header.width);
  check('height', size, header.height);
  check('plays', plays, header.plays);
  check('frames', frames.length, header.frameCount);
  const pixels = new Uint32Array(size * size);
  const bytes = new Uint8Array(pixels.buffer);
  let n = 0;
  for await (const frame of gifDecoder.decode(gif, header)) {
    check(`delay of frame ${n}`, frames[n].delay, frame.delay);
    await frame.rows((y, rgba, x, step) => {
      if (step !== 1) throw new Error('verification failed: a GIF has whole rows.');
      bytes.set(rgba, (y * size + x) * 4);
    });
    check(`fingerprint of frame ${n}`, frames[n].fingerprint, fingerprint(pixels));
    n++;
  }
  check('frames decoded', frames.length, n);
}

function check(what: string, expected: number, found: number): void {
  if (expected !== found) throw new Error(`verification failed: ${what} should be ${expected}, not ${found}.`);
}
