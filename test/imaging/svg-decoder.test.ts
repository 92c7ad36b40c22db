import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImagingError } from '../../src/imaging/errors.ts';
import { svgDecoder } from '../../src/imaging/svg/decoder.ts';
import { corpusFiles } from './corpus.ts';
import { difference, mutants } from './pixels-of.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const svg = (content: string, attributes = 'viewBox="0 0 100 100"'): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${content}</svg>`;
const many = (count: number, element: string | ((i: number) => string)): string =>
  Array.from({ length: count }, (_, i) => (typeof element === 'string' ? element : element(i))).join('');

async function draw(bytes: Uint8Array, size = 200) {
  const header = svgDecoder.readHeader(bytes);
  const ratio = header.width / header.height;
  const enough = { width: Math.round(size * Math.min(1, ratio)), height: Math.round(size / Math.max(1, ratio)) };
  for await (const { width, height, rows } of svgDecoder.decode(bytes, header, enough)) {
    const rgba = new Uint8Array(width * height * 4);
    await rows((y, row, x, _, count) => rgba.set(row.subarray(0, count * 4), (y * width + x) * 4));
    const at = (x: number, y: number) => {
      const start = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
      return [...rgba.subarray(start, start + 4)];
    };
    return { header, width, height, rgba, at };
  }
  throw new Error('no frame');
}

/** As it is seen: colours under transparent pixels do not count. */
function onGrey(rgba: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .flatten({ background: '#888' })
    .raw()
    .toBuffer();
}

const SCENE = svg(`
  <defs>
    <linearGradient id="sky" x2="0" y2="1"><stop stop-color="#48f"/><stop offset="1" stop-color="#fff"/></linearGradient>
    <radialGradient id="sun"><stop stop-color="#ff0"/><stop offset="1" stop-color="#f80" stop-opacity=".5"/></radialGradient>
    <clipPath id="round"><circle cx="50" cy="50" r="48"/></clipPath>
    <mask id="fade"><rect width="100" height="100" fill="url(#sky)"/></mask>
    <symbol id="tree" viewBox="0 0 10 20"><path d="M5 0L10 14H0z" fill="#284"/><rect x="4" y="14" width="2" height="6"/></symbol>
  </defs>
  <style>.hill{fill:#6a4;stroke:#352;stroke-width:2;stroke-dasharray:4 2}</style>
  <g clip-path="url(#round)">
    <rect width="100" height="100" fill="url(#sky)"/>
    <circle cx="70" cy="30" r="18" fill="url(#sun)" opacity=".9"/>
    <path class="hill" d="M0 70Q25 45 50 68T100 60V100H0z"/>
    <use href="#tree" x="20" y="40" width="20" height="40"/>
    <g mask="url(#fade)"><use xlink:href="#tree" x="60" y="50" width="15" height="30"/></g>
  </g>`);

describe('an SVG drawing', () => {
  it('looks as librsvg draws it', async () => {
    const { width, height, rgba } = await draw(utf8(SCENE));
    const expected = await sharp(Buffer.from(SCENE.replace('<svg ', `<svg width="${width}" height="${height}" `)))
      .ensureAlpha()
      .raw()
      .toBuffer();
    const [found, wanted] = [await onGrey(rgba, width, height), await onGrey(expected, width, height)];
    expect(difference(found, wanted).mean).toBeLessThan(1);
  });

  it.each([
    ['UTF-8 with a byte-order mark', Buffer.from(`\ufeff${svg('<title>é</title><rect width="100" height="100"/>')}`)],
    [
      'UTF-16',
      Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${svg('<rect width="100" height="100"/>')}`, 'utf16le'),
    ],
    [
      'Latin-1, as declared',
      Buffer.from(
        `<?xml version="1.0" encoding="ISO-8859-1"?>${svg('<title>é</title><rect width="100" height="100"/>')}`,
        'latin1',
      ),
    ],
    [
      'entities, as Illustrator writes them',
      Buffer.from(
        `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://127.0.0.1:1/svg11.dtd" [ <!ENTITY ns "http://ns.adobe.com/"> <!ENTITY ink '#000'> ]>${svg('<rect width="100" height="100" fill="&ink;"/>', 'viewBox="0 0 100 100" xmlns:x="&ns;"')}`,
      ),
    ],
    [
      'a prefix',
      Buffer.from(
        '<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><s:rect width="9" height="9"/></s:svg>',
      ),
    ],
    ['no namespace', Buffer.from('<svg viewBox="0 0 9 9"><rect width="9" height="9"/></svg>')],
    [
      'foreign elements',
      Buffer.from(svg('<i:pgf xmlns:i="x"><rect/></i:pgf><rect width="100" height="100"/><i:y xmlns:i="x"/>')),
    ],
    [
      'CDATA',
      Buffer.from(
        svg('<style><![CDATA[ rect > rect, rect { fill: #000 } ]]></style><rect width="100" height="100" fill="red"/>'),
      ),
    ],
  ])('is read: %s', async (_, bytes) => {
    expect((await draw(bytes)).at(0.5, 0.5)).toEqual([0, 0, 0, 255]);
  });

  it('has straight colours under its alpha', async () => {
    const { at } = await draw(utf8(svg('<rect width="100" height="100" fill="#f80" opacity=".5"/>')));
    // Resvg draws premultiplied: of #88 at half alpha the last bit is lost.
    expect(at(0.5, 0.5)).toEqual([255, expect.closeTo(136, -0.5), 0, 128]);
  });

  it.each([
    ['width="30" height="10"', 3],
    ['viewBox="0 0 10 40"', 1 / 4],
    ['width="1in" height="48px"', 2],
    ['width="100%" height="100%" viewBox="0 0 20 10"', 2],
    ['width="50" viewBox="0 0 20 10"', 2],
    ['', 2],
  ])('of %s has the ratio that browsers show', async (attributes, ratio) => {
    const { header, width, height } = await draw(utf8(svg('<rect/>', attributes)));
    expect(header.width / header.height).toBeCloseTo(ratio, 2);
    // The scaler needs twice the size of the emoji, however small the drawing says it is.
    expect(Math.max(width, height)).toBeGreaterThanOrEqual(200);
  });

  it('shows embedded pictures, but none that are SVG again', async () => {
    const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const image = (type: string, data: Uint8Array) =>
      svg(`<image width="100" height="100" href="data:image/${type};base64,${Buffer.from(data).toString('base64')}"/>`);
    expect((await draw(utf8(image('png', png)))).at(0.5, 0.5)).toEqual([255, 0, 0, 255]);
    const inner = image('svg+xml', utf8(svg('<rect width="100" height="100"/>')));
    expect((await draw(utf8(inner))).at(0.5, 0.5)).toEqual([0, 0, 0, 0]);
  });
});

describe('a drawing that could take long', () => {
  const filtered = (primitive: string, count: number) =>
    svg(`<filter id="f">${primitive}</filter>${many(count, '<rect width="99" height="99" filter="url(#f)"/>')}`);

  it.each([
    ['turbulence', filtered('<feTurbulence numOctaves="10000"/>', 1)],
    ['morphology', filtered('<feMorphology radius="500"/>', 9)],
    ['a convolution', filtered(`<feConvolveMatrix order="100" kernelMatrix="${'1 '.repeat(10_000)}"/>`, 9)],
    ['blurs', filtered('<feGaussianBlur stdDeviation="9"/>', 999)],
    ['blurs by CSS', svg(`<style>.a{filter:blur(9px)}</style>${many(999, '<rect class="a" width="9" height="9"/>')}`)],
    ['a filter of a thousand steps', filtered(many(1000, '<feOffset dx="1"/>'), 1)],
    [
      'uses of uses',
      svg(
        many(
          20,
          (i) => `<g id="u${i}">${many(10, i ? `<use href="#u${i - 1}"/>` : '<rect width="9" height="9"/>')}</g>`,
        ),
      ),
    ],
    [
      'patterns in patterns',
      svg(
        `${many(9, (i) => `<pattern id="p${i}" width="1" height="1">${many(9, `<rect width="9" height="9" fill="url(#p${i + 1})"/>`)}</pattern>`)}<rect width="9" height="9" fill="url(#p0)"/>`,
      ),
    ],
    [
      'markers',
      svg(
        `<marker id="m">${many(999, '<rect width="9" height="9"/>')}</marker><path marker-mid="url(#m)" d="${'M0 0L1 1'.repeat(999)}"/>`,
      ),
    ],
    ['a chain of references', svg(many(2000, (i) => `<g id="c${i}"><use href="#c${i + 1}"/></g>`))],
    ['a style sheet', svg(`<style>${'*{fill:red}'.repeat(9999)}</style>${many(40_000, '<g/>')}`)],
    ['path data', svg(`<path d="M0 0${many(190_000, 'L9 9')}"/>`)],
    ['layers', svg(many(9999, '<g opacity=".5"><rect width="9" height="9"/></g>'))],
    ['elements', svg(many(50_001, '<g/>'))],
    ['depth', svg(`${'<g>'.repeat(300)}${'</g>'.repeat(300)}`)],
    ['entities in entities', `<!DOCTYPE svg [<!ENTITY a "xxx"><!ENTITY b "&a;&a;&a;">]>${svg('<title>&b;</title>')}`],
    ['markup in entities', `<!DOCTYPE svg [<!ENTITY a "<g/>">]>${svg('&a;')}`],
    [
      'long entities',
      `<!DOCTYPE svg [<!ENTITY a "${'x'.repeat(9999)}">]>${svg(`<title>${'&a;'.repeat(999)}</title>`)}`,
    ],
    [
      'a tile of a pattern',
      svg(
        '<pattern id="p" width="10000" height="10000" patternUnits="userSpaceOnUse"><path d="M0 0h9v9"/></pattern><rect width="99" height="99" fill="url(#p)"/>',
      ),
    ],
    ['a stroke', svg('<circle r="1e7" stroke-width="1e7" stroke="red"/>')],
    ['dashes', svg('<path d="M0 0H100" stroke="red" stroke-dasharray="0.0001"/>')],
  ])('is refused, and the next one is drawn: %s', async (_, text) => {
    await expect(draw(utf8(text))).rejects.toMatchObject({ code: 'unsupported_format', message: /too complicated/ });
    expect((await draw(utf8(svg('<rect width="100" height="100"/>')))).at(0.5, 0.5)).toEqual([0, 0, 0, 255]);
  });

  it.each([
    [
      'five thousand paths',
      svg(many(5000, (i) => `<path fill="#${(i % 4096) + 4096}" d="M${i % 99} ${i % 77}c2 1 4-3 9-2l3 1-4 5z"/>`)),
    ],
    [
      'soft shadows',
      filtered(
        '<feGaussianBlur in="SourceAlpha" stdDeviation="2"/><feOffset dy="1"/><feMerge><feMergeNode/><feMergeNode in="SourceGraphic"/></feMerge>',
        20,
      ),
    ],
    [
      'a thousand gradients by CSS',
      svg(
        `<style>.a{fill:url(#g)}</style><linearGradient id="g"><stop stop-color="red"/></linearGradient>${many(1000, '<circle class="a" r="3"/>')}`,
      ),
    ],
    ['a use of itself', svg('<g id="a"><use href="#a"/><rect width="9" height="9"/></g>')],
    ['a blur that is wide', filtered('<feGaussianBlur stdDeviation="1e9"/>', 1)],
    [
      'a tile that is small',
      svg(
        '<pattern id="p" width=".001" height=".001" patternUnits="userSpaceOnUse"><path d="M0 0h9v9"/></pattern><rect width="99" height="99" fill="url(#p)"/>',
      ),
    ],
  ])('is drawn when it is within reason: %s', async (_, text) => {
    expect((await draw(utf8(text))).width).toBeGreaterThanOrEqual(200);
  });
});

it('fails with a reason only, whatever the bytes', async () => {
  let failed = 0;
  for (const mutant of mutants(utf8(SCENE), 2000)) {
    await draw(mutant, 50).catch((error: unknown) => {
      expect(error).toBeInstanceOf(ImagingError);
      failed++;
    });
  }
  expect(failed).toBeGreaterThan(50);
});

const corpus = corpusFiles('.svg', 'sharp').filter((path) => !readFileSync(path, 'utf8').includes('<text'));

describe.skipIf(corpus.length === 0)('the corpus', () => {
  it.each(corpus)('%s looks as librsvg draws it', async (path) => {
    const { width, height, rgba } = await draw(readFileSync(path));
    const expected = await sharp(path, { density: 600 })
      .resize(width, height, { fit: 'fill' })
      .ensureAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer();
    expect(difference(await onGrey(rgba, width, height), await onGrey(expected, width, height)).mean).toBeLessThan(2);
  });
});
