import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImagingError, renderEmoji } from '../../src/imaging/index.ts';
import { sniff } from '../../src/imaging/sniff.ts';
import { svgDecoder } from '../../src/imaging/svg/decoder.ts';
import { corpusFiles } from './corpus.ts';
import { difference, mutants } from './pixels-of.ts';

const RED = [255, 0, 0, 255];
const CLEAR = [0, 0, 0, 0];

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
      'entities in entities',
      Buffer.from(
        `<!DOCTYPE svg [<!ENTITY black "#000"><!ENTITY ink "fill:&black;">]>${svg('<rect width="100" height="100" style="&ink;"/>')}`,
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

  it.each([
    ['width="30" height="10"', { width: 30, height: 10 }],
    ['width="1in" height="48px" viewBox="0 0 9 9"', { width: 96, height: 48 }],
    ['width="100%" height="100%" viewBox="0 0 20 10"', { width: 20, height: 10 }],
    ['width="50" viewBox="0 0 20 10"', { width: 50, height: 25 }],
    ['', { width: 300, height: 150 }],
  ])('of %s is reported at the size that the file says', async (attributes, size) => {
    const { source } = await renderEmoji(utf8(svg('<rect width="9" height="9"/>', attributes)));
    expect(source).toMatchObject({ format: 'svg', ...size });
  });

  it.each(['png', 'jpeg', 'gif'] as const)('shows embedded pictures: %s', async (type) => {
    const data = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
      .toFormat(type)
      .toBuffer();
    const [red, ...others] = (await draw(utf8(image(type, data)))).at(0.5, 0.5);
    expect(red).toBeGreaterThan(250);
    expect(others).toEqual([expect.closeTo(0, -1), expect.closeTo(0, -1), 255]);
  });

  it.each(['webp', 'svg+xml'])('is refused for an embedded picture that would be left out: %s', async (type) => {
    expect(() => svgDecoder.readHeader(utf8(image(type, utf8('x'))))).toThrow(`of the type image/${type} in it`);
  });

  it.each([
    ['a picture from elsewhere', '<image href="http://127.0.0.1:1/x.png" width="100" height="100"/>'],
    ['a file', '<image xlink:href="file:///etc/hostname" width="100" height="100"/>'],
    ['a script', '<script>throw 1</script>'],
    [
      'foreign content',
      '<foreignObject width="100" height="100"><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
    ],
  ])('draws the rest, and nothing of %s', async (_, content) => {
    const { at } = await draw(utf8(svg(`${content}<rect width="50" height="100" fill="red"/>`)));
    expect([at(0.25, 0.5), at(0.75, 0.5)]).toEqual([RED, CLEAR]);
  });

  // CSS Variables 1; CSS Color 4, 4; CSS Transforms 1; SVG 2, 3.5; SMIL 3.0. Checked in Chromium.
  it.each([
    ['a variable', '<style>:root{--ink:red}.a{fill:var(--ink)}</style><rect class="a" width="100" height="100"/>'],
    ["a variable's fallback", '<rect style="fill:var(--none, rgb(255, 0, 0))" width="100" height="100"/>'],
    ['a colour without commas', '<rect fill="rgb(255 0 0 / 100%)" width="100" height="100"/>'],
    ['units in a transformation', '<rect style="fill:red;transform:translate(-99px,-99px)" width="199" height="199"/>'],
    ['the colour of text around', '<g color="red"><rect fill="currentColor" width="100" height="100"/></g>'],
    ['percentages', '<rect fill="red" width="100%" height="100%"/>'],
    [
      'the first moment of an animation',
      '<rect fill="red" width="100" height="100" opacity="0"><animate attributeName="opacity" values="1;0" dur="1s"/></rect>',
    ],
    ['what an animation sets', '<rect width="100" height="100"><set attributeName="fill" to="red"/></rect>'],
    [
      'what is turned at first',
      '<rect fill="red" x="-100" width="100" height="100"><animateTransform attributeName="transform" type="translate" from="100 0" to="0 0"/></rect>',
    ],
    [
      'nothing of what an animation does later',
      '<rect fill="red" width="100" height="100"><animate attributeName="fill" values="blue" begin="1s"/></rect>',
    ],
  ])('draws %s', async (_, content) => {
    expect((await draw(utf8(svg(content)))).at(0.5, 0.5)).toEqual(RED);
  });

  it('has the background of its style', async () => {
    const attributes = 'viewBox="-50 -50 100 100" style="margin:auto;background:rgb(255, 0, 0);display:block"';
    const { at } = await draw(utf8(svg('<rect width="9" height="9"/>', attributes)));
    expect([at(0, 0), at(0.99, 0.99), at(0.52, 0.52)]).toEqual([RED, RED, [0, 0, 0, 255]]);
  });
});

const image = (type: string, data: Uint8Array): string =>
  svg(`<image width="100" height="100" href="data:image/${type};base64,${Buffer.from(data).toString('base64')}"/>`);

describe('text', () => {
  const letter = (attributes: string, text = 'H') =>
    svg(`<text x="50" y="86" font-size="100" text-anchor="middle" fill="red" ${attributes}>${text}</text>`);
  const inked = (rgba: Uint8Array) => rgba.filter((value, i) => i % 4 === 3 && value > 127).length / (rgba.length / 4);

  it.each([
    '',
    'font-family="Helvetica, Arial"',
    'font-family="serif"',
    'style="font-family:monospace"',
    'font-family="No Such"',
  ])('is drawn, in whatever family: %s', async (attributes) => {
    const { at } = await draw(utf8(letter(attributes)));
    // An H: the stroke across it, clear above and below, and its two stems.
    expect([at(0.5, 0.48), at(0.5, 0.25), at(0.5, 0.75)]).toEqual([RED, CLEAR, CLEAR]);
    expect([at(0.26, 0.2), at(0.74, 0.8)]).toEqual([RED, RED]);
  });

  it('is heavier where it is bold', async () => {
    const regular = inked((await draw(utf8(letter('')))).rgba);
    const bold = inked((await draw(utf8(letter('font-weight="bold"')))).rgba);
    expect(regular).toBeGreaterThan(0.1);
    expect(bold / regular).toBeGreaterThan(1.3);
  });

  it.each(['é', 'Ω', 'Ж', 'ש', '€', '→', '♥'])('is drawn for %s', async (character) => {
    expect(inked((await draw(utf8(letter('', character)))).rgba)).toBeGreaterThan(0.03);
  });

  it.each([
    ['💩', 'U+1F4A9'],
    ['A漢\u200d', 'U+6F22'],
    ['<tspan>ក</tspan>', 'U+1780'],
  ])('is refused, named, where there is no glyph: %s', async (text, named) => {
    await expect(draw(utf8(letter('', text)))).rejects.toMatchObject({
      code: 'unsupported_format',
      message: expect.stringContaining(named),
      remedy: expect.stringContaining('paths'),
    });
  });

  it.each([
    ['a title', '<title>漢</title>'],
    ['hidden text', '<text display="none">漢</text><g style="display: none"><text>漢</text></g>'],
    ['text for other readers', '<switch><text systemLanguage="zh">漢</text><g/></switch>'],
  ])('that is not seen needs no font: %s', async (_, content) => {
    expect((await draw(utf8(svg(`${content}<rect width="100" height="100" fill="red"/>`)))).at(0.5, 0.5)).toEqual(RED);
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
    ['an entity of itself', `<!DOCTYPE svg [<!ENTITY a "&b;"><!ENTITY b "&a;">]>${svg('<title>&b;</title>')}`],
    [
      'entities of entities',
      `<!DOCTYPE svg [<!ENTITY a "${'x'.repeat(50)}">${'bcdefghij'.replace(/./g, (name) => {
        const before = String.fromCharCode(name.charCodeAt(0) - 1);
        return `<!ENTITY ${name} "${`&${before};`.repeat(10)}">`;
      })}]>${svg('<text>&j;</text>')}`,
    ],
    [
      'long variables',
      svg(`<style>svg{--a:${'x'.repeat(9999)}}</style>${many(999, '<rect width="9" height="9" fill="var(--a)"/>')}`),
    ],
    [
      'variables of variables',
      svg(
        '<g style="fill:var(--a)"/>',
        `style="--a:${'var(--b)'.repeat(99)};--b:${'var(--c)'.repeat(99)};--c:${'var(--d)'.repeat(999)}"`,
      ),
    ],
    ['text', svg(`<text font-size="90">${'@'.repeat(50_000)}</text>`)],
    ['texts', svg(many(9999, '<text y="90" font-size="90" stroke="red">@</text>'))],
    ['half transparent areas', svg(many(12_000, '<rect width="100" height="100" opacity="1" fill="#f008"/>'))],
    ['embedded pictures', svg(many(50, '<image width="9" height="9" href="data:image/png;base64,AA"/>'))],
    [
      'wide strokes',
      svg(`<g transform="scale(9999)">${many(9, '<circle r="999" stroke="red" stroke-width="9"/>')}</g>`),
    ],
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
    ['dashes', svg(`<g stroke="red" stroke-dasharray="0.0001">${many(99, '<path d="M0 0H100"/>')}</g>`)],
  ])('is refused, and the next one is drawn: %s', async (_, text) => {
    await expect(draw(utf8(text))).rejects.toMatchObject({ code: 'too_complex', message: /too complicated/ });
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
    // At the size of the emoji at least, and at twice that where it is cheap.
    expect((await draw(utf8(text))).width).toBeGreaterThanOrEqual(100);
  });
});

it.each([
  ['cut off', svg('<rect width="5"').slice(0, -8)],
  ['no size', svg('', 'width="0" height="0"')],
  ['not closed', '<svg xmlns="http://www.w3.org/2000/svg"><g>'],
  ['an external entity', `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${svg('<text>&x;</text>')}`],
])('fails with a reason: %s', async (_, text) => {
  await expect(draw(utf8(text))).rejects.toMatchObject({ code: 'corrupt_picture', message: /\w/ });
});

it('of more than 1 MB is refused with both numbers', () => {
  const text = svg(`<!--${'x'.repeat(1_000_000)}-->`);
  expect(() => svgDecoder.readHeader(utf8(text))).toThrow(/1001 kB; the limit is 1000/);
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

/** Librsvg draws text in the fonts of the machine. */
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
