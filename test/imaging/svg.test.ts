import { describe, expect, it } from 'vitest';
import { ImagingError, renderEmoji } from '../../src/imaging/index.ts';
import { sniff } from '../../src/imaging/sniff.ts';
import { decodeGif, pixelAt } from '../support/gif.ts';

const RED = [255, 0, 0, 255];

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const svg = (content: string, attributes = 'viewBox="0 0 10 10"'): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${content}</svg>`;

async function draw(text: string) {
  return decodeGif((await renderEmoji(utf8(text))).gif);
}

describe('an SVG drawing', () => {
  it.each([
    ['a view box only', 'viewBox="0 0 10 10"'],
    ['tiny', 'viewBox="0 0 10 10" width="1" height="1"'],
    ['huge', 'viewBox="0 0 10 10" width="100000" height="100000"'],
    ['in inches', 'viewBox="0 0 10 10" width="2in" height="2in"'],
  ])('is drawn at the size of the emoji: %s', async (_, attributes) => {
    const gif = await draw(svg('<rect x="2" y="2" width="6" height="6" fill="red"/>', attributes));
    expect([pixelAt(gif, 0, 50, 50), pixelAt(gif, 0, 22, 22), pixelAt(gif, 0, 77, 77)]).toEqual([RED, RED, RED]);
    expect([pixelAt(gif, 0, 10, 50), pixelAt(gif, 0, 90, 90), pixelAt(gif, 0, 82, 50)]).toEqual(Array(3).fill('clear'));
  });

  it('keeps its shape', async () => {
    const gif = await draw(svg('<rect width="20" height="10" fill="red"/>', 'width="20" height="10"'));
    expect([pixelAt(gif, 0, 50, 50), pixelAt(gif, 0, 2, 27)]).toEqual([RED, RED]);
    expect(pixelAt(gif, 0, 50, 20)).toBe('clear');
  });

  it.each([
    ['a picture from elsewhere', '<image href="http://127.0.0.1:1/x.png" width="10" height="10"/>'],
    ['a file', '<image xlink:href="file:///etc/hostname" width="10" height="10"/>'],
    ['a script', '<script>throw 1</script>'],
    [
      'foreign content',
      '<foreignObject width="10" height="10"><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
    ],
  ])('draws the rest, and nothing of %s', async (_, content) => {
    const gif = await draw(svg(`${content}<rect width="5" height="10" fill="red"/>`));
    expect([pixelAt(gif, 0, 25, 50), pixelAt(gif, 0, 75, 50)]).toEqual([RED, 'clear']);
  });

  it.each([
    ['an external entity', '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '<text>&x;</text>'],
    [
      'entities of entities',
      `<!DOCTYPE svg [<!ENTITY a "${'x'.repeat(50)}">${'bcdefghij'.replace(/./g, (name) => {
        const before = String.fromCharCode(name.charCodeAt(0) - 1);
        return `<!ENTITY ${name} "${`&${before};`.repeat(10)}">`;
      })}]>`,
      '<text>&j;</text>',
    ],
    [
      'uses of uses',
      '',
      `<g id="u0"><rect width="1" height="1"/></g>${Array.from({ length: 30 }, (_, i) => `<g id="u${i + 1}"><use href="#u${i}"/><use href="#u${i}"/></g>`).join('')}`,
    ],
    ['a use of itself', '', '<g id="a"><use href="#a"/></g>'],
    [
      'a blur beyond reason',
      '',
      '<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter><rect width="9" height="9" filter="url(#f)"/>',
    ],
    [
      'turbulence without end',
      '',
      '<filter id="f"><feTurbulence numOctaves="1000000" baseFrequency="1"/></filter><rect width="9" height="9" filter="url(#f)"/>',
    ],
    ['nesting without end', '', `${'<g>'.repeat(100_000)}${'</g>'.repeat(100_000)}`],
  ])('comes to an end: %s', async (_, doctype, content) => {
    const outcome = await renderEmoji(utf8(doctype + svg(content))).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ImagingError);
  });

  it.each([
    ['cut off', svg('<rect width="5"').slice(0, -8)],
    ['no size', svg('', 'width="0" height="0"')],
    ['not closed', '<svg xmlns="http://www.w3.org/2000/svg"><g>'],
  ])('fails with a reason: %s', async (_, text) => {
    await expect(renderEmoji(utf8(text))).rejects.toMatchObject({ name: 'ImagingError', message: /\w/ });
  });

  it('of more than 1 MB is refused with both numbers', async () => {
    const text = svg(`<!--${'x'.repeat(1_000_000)}-->`);
    await expect(renderEmoji(utf8(text))).rejects.toThrow(/1001 kB; the limit is 1000/);
  });
});

describe('what counts as SVG', () => {
  it.each([
    svg(''),
    `\ufeff<?xml version="1.0"?>\n<!-- a licence -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">\n${svg('')}`,
    '<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>',
  ])('%s', (text) => {
    expect(sniff(utf8(text))).toBe('svg');
  });

  it.each(['<html><svg></svg></html>', '<p>svg</p>', 'svg'])('not %s', (text) => {
    expect(() => sniff(utf8(text))).toThrow(ImagingError);
  });
});
