import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { gifDecoder } from '../../src/imaging/gif/decoder.ts';
import { decodeFrames } from './gif-frames.ts';

/**
 * The GIF conformance suite of https://github.com/robert-ancell/pygif, whole: canvas, pixels of each frame, delays and
 * loop count. Where browsers show something else, this decoder does as they do (Chromium's own decoder was asked, by
 * its `ImageDecoder`); these files are listed here, and all others must agree.
 */
const SUITE = '../shared/corpus/pygif';

/**
 * pygif draws images without a delay together with the one that follows. For browsers, each is a frame (of 100 ms).
 * The numbers are of the frames that are pygif's.
 */
const IMAGES_WITHOUT_DELAY: Readonly<Record<string, number[]>> = {
  'animation-multi-image': [0, 2, 4, 6],
  'animation-multi-image-explicit-zero-delay': [0, 2, 4, 6],
  'dispose-restore-previous': [1, 2, 3, 4],
  'high-color': [3],
  'images-combine': [3],
  'images-overlap': [1],
};

/** pygif expects one transparent frame; the file ends before the data of any image, and browsers show nothing. */
const NO_IMAGE_DATA = ['image-zero-height', 'image-zero-size', 'image-zero-width', 'no-data'];

/** pygif refuses an index beyond the colour table. In browsers it is black. */
const BLACK_INDEX = 'invalid-colors';

/** pygif plays it for ever, although it has no loop extension. Browsers play it once. */
const NO_LOOP_EXTENSION = 'gif87a-animation';

/** The sections and keys of a `.conf` file; keys before any section are in `config`. */
function readConf(file: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let keys = new Map<string, string>();
  for (const line of readFileSync(file, 'latin1').split('\n')) {
    const section = /^\[(.+)\]$/.exec(line)?.[1];
    if (section !== undefined) {
      keys = new Map();
      sections.set(section, keys);
    }
    const pair = /^([\w-]+) = (.*)$/.exec(line);
    if (pair) keys.set(pair[1], pair[2]);
  }
  return sections;
}

describe.skipIf(!existsSync(SUITE))('pygif suite', () => {
  const names = existsSync(SUITE) ? readdirSync(SUITE).filter((file) => file.endsWith('.conf')) : [];

  it.each(names.map((name) => name.replace('.conf', '')))('%s', (name) => {
    const conf = readConf(`${SUITE}/${name}.conf`);
    const config = conf.get('config') ?? new Map<string, string>();
    const bytes = readFileSync(`${SUITE}/${config.get('input')}`);
    const expected = (config.get('frames') ?? '')
      .split(',')
      .filter((frame) => frame !== '')
      .map((frame) => ({
        pixels: readFileSync(`${SUITE}/${conf.get(frame)?.get('pixels')}`),
        delay: Number(conf.get(frame)?.get('delay') ?? 0) * 10,
      }));

    if (NO_IMAGE_DATA.includes(name) || (expected.length === 0 && name !== BLACK_INDEX)) {
      expect(() => decodeFrames(bytes)).toThrow(ImagingError);
      return;
    }
    const header = gifDecoder.readHeader(bytes);
    expect([header.width, header.height]).toEqual([Number(config.get('width')), Number(config.get('height'))]);

    const loopCount = config.get('loop-count');
    if (name !== NO_LOOP_EXTENSION) {
      expect(header.plays).toBe(loopCount === 'infinite' ? 0 : Number(loopCount) + 1);
    } else expect(header.plays).toBe(1);

    const frames = decodeFrames(bytes);
    expect(frames).toHaveLength(header.frameCount);
    if (name === BLACK_INDEX) {
      expect(frames.map(({ pixels }) => [...pixels])).toEqual([[0, 0, 0, 255]]);
      return;
    }
    const ours = IMAGES_WITHOUT_DELAY[name]?.map((index) => frames[index]) ?? frames;
    expect(ours).toHaveLength(expected.length);
    for (const [index, { pixels, delay }] of expected.entries()) {
      expect(Buffer.compare(ours[index].pixels, pixels), `pixels of frame ${index}`).toBe(0);
      expect(ours[index].delay).toBe(delay);
    }
  });
});
