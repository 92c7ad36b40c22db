import { afterEach, describe, expect, it, vi } from 'vitest';
import { pictureFetcher } from '../../src/adapters/picture-fetcher.ts';
import { fixture } from '../support/service.ts';

const SERVICE = new URL('https://emoji.example.net/custom-emoji/emojis?name=a');
const LOCAL = new URL('http://localhost:8787/custom-emoji/emojis?name=a');

/** What is fetched from a server of `test/support/internet.ts`. */
async function fetched(path: string, maxMs?: number, service = SERVICE): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const fetcher = pictureFetcher(service === LOCAL, maxMs);
  for await (const chunk of fetcher.fetch(new URL(path, 'https://www.example.com'), service)) {
    chunks.push(chunk.slice());
  }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** How many answers are under way. */
const open = async () => Number(new TextDecoder().decode(await fetched('/open')));

// Whatever came of it, nothing is fetched any longer.
afterEach(() => vi.waitFor(async () => expect(await open()).toBe(0)));

const redirect = (to: string, status = 302) => `/redirect?status=${status}&to=${encodeURIComponent(to)}`;

describe('fetching a picture', () => {
  it.each(['/picture', '/chunked', '/gzip', '/untyped'])('has the bytes of %s', async (path) => {
    expect(await fetched(path)).toEqual(fixture('halves.png'));
  });

  it('tells the other server what is wanted and by which service, and nothing else', async () => {
    const echo = JSON.parse(new TextDecoder().decode(await fetched('/echo?a=b#c')));
    expect(echo).toMatchObject({ method: 'GET', href: 'https://www.example.com/echo?a=b' });
    const headers = Object.fromEntries(
      Array.from({ length: echo.rawHeaders.length / 2 }, (_, i) => [
        echo.rawHeaders[2 * i].toLowerCase(),
        echo.rawHeaders[2 * i + 1],
      ]),
    );
    expect(headers).toMatchObject({ accept: 'image/*', 'user-agent': 'custom-emoji (+https://emoji.example.net)' });
    for (const name of ['cookie', 'authorization', 'referer', 'origin', 'x-actor'])
      expect(headers).not.toHaveProperty(name);
  });
});

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('are followed: %i', async (status) => {
    expect(await fetched(redirect('https://pictures.example.org/picture', status))).toEqual(fixture('halves.png'));
  });

  it.each(['/picture', 'picture', '//pictures.example.org/picture', '?to=/picture'])(
    'are followed to %s',
    async (to) => {
      expect(await fetched(redirect(to))).toEqual(fixture('halves.png'));
    },
  );

  it('are followed five times', async () => {
    expect(await fetched('/hops/5')).toEqual(fixture('halves.png'));
    await expect(fetched('/hops/6')).rejects.toMatchObject({
      code: 'url_failed',
      message: expect.stringContaining('more than 5 redirects'),
    });
  });

  it('carry no cookie along', async () => {
    const echo = JSON.parse(new TextDecoder().decode(await fetched(redirect('/echo'))));
    expect(echo.rawHeaders.map((text: string) => text.toLowerCase())).not.toContain('cookie');
  });

  it.each([
    ['http://www.example.com/picture', '"http:"'],
    ['https://127.0.0.1/picture', '127.0.0.1'],
    ['https://0x7f000001/picture', '127.0.0.1'],
    ['//[::ffff:169.254.169.254]/latest/meta-data', '[::ffff:a9fe:a9fe]'],
    ['https://localhost/picture', '"localhost"'],
    ['https://metadata.google.internal/', '"metadata.google.internal"'],
    ['https://www.example.com:8443/picture', '8443'],
    ['https://me:secret@www.example.com/picture', 'a user or a password'],
    ['https://emoji.example.net/healthz', 'this service itself'],
    ['file:///etc/passwd', '"file:"'],
    ['data:image/gif;base64,R0lGODlhAQABAAAAACw=', '"data:"'],
    [`/${'a'.repeat(2_048)}`, '2,048'],
    ['https://[', 'cannot be read'],
  ])('are not followed to %s', async (to, reason) => {
    const refused = await fetched(redirect(to)).catch((error) => error);
    expect(refused).toMatchObject({ code: 'url_not_allowed' });
    expect(refused.message).toContain('"www.example.com" redirects');
    expect(refused.message).toContain(reason);
    expect(refused.message).not.toContain('secret');
  });

  it('on the machine of a service that is open to it are followed there, but not to the service, nor from elsewhere', async () => {
    const near = (to: string, from = 'http://127.0.0.1:9000') => fetched(from + redirect(to), undefined, LOCAL);
    for (const to of ['/picture', 'http://localhost:9001/picture', 'https://pictures.example.org/picture']) {
      expect(await near(to), to).toEqual(fixture('halves.png'));
    }
    for (const [to, from, reason] of [
      ['http://127.0.0.1:8787/picture', undefined, '"127.0.0.1:8787" is this service itself'],
      ['http://169.254.169.254/latest/meta-data', undefined, '"http:"'],
      ['http://127.0.0.1:9000/picture', 'https://www.example.com', '"http:"'],
    ] as const) {
      await expect(near(to, from), to).rejects.toMatchObject({
        code: 'url_not_allowed',
        message: expect.stringContaining(reason),
      });
    }
  });

  it('without a target are no picture', async () => {
    await expect(fetched('/redirect')).rejects.toThrow('"www.example.com" answered 302');
  });
});

describe('a server that gives no picture', () => {
  it.each([
    ['/status/404', '"www.example.com" answered 404.'],
    ['/status/500', '"www.example.com" answered 500.'],
    ['/status/304', '"www.example.com" answered 304.'],
    ['/status/206', '"www.example.com" answered 206.'],
    ['/nothing', '"www.example.com" answered 204.'],
    ['/status/526', 'answered 526: it has no certificate that is trusted.'],
    ['/status/530', 'answered 530: it cannot be reached.'],
    ['/html', '"www.example.com" answered with a page (text/html)'],
    ['/reset', '"www.example.com" cannot be reached'],
    ['/short', '"www.example.com" broke off after 1,000 bytes'],
    ['/broken', '"www.example.com" broke off after 1,000 bytes'],
    [redirect('https://gone.example.org/reset'), '"gone.example.org" cannot be reached'],
  ])('is told of: %s', async (path, message) => {
    const refused = await fetched(path).catch((error) => error);
    expect(refused).toMatchObject({ code: 'url_failed' });
    expect(refused.message).toContain(message);
    expect(refused.message).not.toContain('secret');
  });

  it.each([
    ['/silent', 'in 0.4 seconds, no answer came from "www.example.com"'],
    ['/stall', 'in 0.4 seconds, 1,000 bytes and no end came'],
    ['/drip', /in 0\.4 seconds, \d+ bytes and no end came/],
  ])('in time is not waited for longer: %s', async (path, message) => {
    const start = Date.now();
    const refused = await fetched(path, 400).catch((error) => error);
    expect(refused).toMatchObject({ code: 'url_failed' });
    expect(refused.message).toMatch(message);
    expect(Date.now() - start).toBeLessThan(2_000);
  });

  it('is left by those who have enough', async () => {
    for await (const _ of pictureFetcher(false).fetch(new URL('https://www.example.com/endless'), SERVICE)) break;
    await vi.waitFor(async () => expect(await open()).toBe(0));
  });
});

describe('a picture that is too large', () => {
  it.each(['/large', '/endless', '/bomb'])('is read no further: %s', async (path) => {
    const refused = await fetched(path).catch((error) => error);
    expect(refused).toMatchObject({ code: 'file_too_large' });
    const [, bytes = ''] = /has ([\d,]+) bytes or more/.exec(refused.message) ?? [];
    expect(Number(bytes.replaceAll(',', ''))).toBeGreaterThan(50 * 1024 * 1024);
    expect(Number(bytes.replaceAll(',', ''))).toBeLessThan(51 * 1024 * 1024);
  });
});
