/** What is put into the pictures: tells a server of it, should it ever run. */
export const payload = (witness: string) => `new Image().src=${JSON.stringify(witness)}`;

/** A picture that is a page with a script too. */
export function svgWithScript(witness: string): Uint8Array<ArrayBuffer> {
  const told = payload(witness).replaceAll('"', "'");
  return utf8(
    `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" onload="${told}">` +
      `<script>${told}</script><circle cx="32" cy="32" r="30" fill="red"/></svg>`,
  );
}

/** GIF89a, section 24: a comment, which is a page. */
export function gifWithPage(witness: string): Uint8Array<ArrayBuffer> {
  const page = utf8(`<html><body onload='${payload(witness)}'><script>${payload(witness)}</script></body></html>`);
  return bytes(gifHeader(8, 8), [0x21, 0xfe, page.length], page, [0], ONE_PIXEL, [0x3b]);
}

/** A GIF of 10,799×1 pixels, whose width is the start of a comment in a script, and whose trailer is before its end. */
export function gifWithScript(witness: string): Uint8Array<ArrayBuffer> {
  return bytes(gifHeader(0x2a2f, 1), ONE_PIXEL, [0x3b], utf8(`*/=1;${payload(witness)}`));
}

/** With a global colour table of black and white. */
const gifHeader = (width: number, height: number) =>
  bytes(utf8('GIF89a'), [width & 255, width >> 8, height & 255, height >> 8, 0x80, 0, 0], [0, 0, 0, 255, 255, 255]);

/** An image of 1×1 pixels: clear code, index 1, end of information, in 3 bits each. */
const ONE_PIXEL = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 0x01, 0];

const utf8 = (text: string) => bytes(new TextEncoder().encode(text));

function bytes(...parts: (Uint8Array | number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
