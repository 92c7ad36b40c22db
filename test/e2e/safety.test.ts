import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, NO_BROWSER } from './browser.ts';
import { fetchEmoji, finished, upload } from './client.ts';
import { gifWithPage, gifWithScript, svgWithScript } from './hostile-pictures.ts';
import { type Server, startServer } from './server.ts';

let state: string;
let server: Server;

beforeAll(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-'));
  server = await startServer('npm', 'start', '--', '--persist-to', state);
});

afterAll(async () => {
  await server?.stop();
  await rm(state, { recursive: true, force: true });
});

describe('a page', () => {
  it.each(['/', '/tasks', '/notices', '/access', '/docs', '/docs/', '/theme.js', '/icon.svg', '/docs/swagger-ui.css'])(
    'loads nothing from elsewhere, and is in no frame: %s',
    async (address) => {
      const { headers } = await fetch(`${server.url}${address}`, { redirect: 'manual' });
      // One policy: with several in a header, each would count.
      expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'self'; [^,]*frame-ancestors 'none'$/);
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'permissions-policy': expect.stringContaining('geolocation=()'),
      });
    },
  );
});

describe.skipIf(NO_BROWSER)('a picture with a script in it', () => {
  const PICTURES = [
    { name: 'svg_script', make: svgWithScript, type: 'image/svg+xml', extension: 'svg' },
    { name: 'gif_page', make: gifWithPage, type: 'text/html', extension: 'gif' },
    { name: 'gif_script', make: gifWithScript, type: 'text/javascript', extension: 'gif' },
  ];

  /** Another origin. It serves the pictures as what they should never be, and writes down which of them ran. */
  let elsewhere: HttpServer;
  let origin: string;
  let browser: Browser;
  let page: Page;
  const ran = new Set<string>();

  beforeAll(async () => {
    elsewhere = createServer((request, response) => {
      const [, what = '', name = '', where = ''] = (request.url ?? '').split('/');
      if (what === 'ran') ran.add(where === '' ? name : `${name} ${where}`);
      const picture = PICTURES.find((one) => one.name === name);
      if (what === 'as-it-should-not' && picture) {
        response.setHeader('Content-Type', picture.type).end(picture.make(`${origin}/ran/${name}/elsewhere`));
      } else {
        response.setHeader('Content-Type', 'text/html').end('<title>elsewhere</title>');
      }
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    origin = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    browser = await launchBrowser();
    page = await (await browser.newContext()).newPage();
    for (const { name, make } of PICTURES) {
      const taskId = await upload(server.url, name, make(`${origin}/ran/${name}`));
      expect(await finished(server.url, taskId), name).toMatchObject({ status: 'SUCCESS' });
    }
  });

  afterAll(async () => {
    await browser?.close();
    elsewhere?.close();
  });

  const pictureUrl = (name: string) => `${server.url}/custom-emoji/emojis/${name}`;
  const originalUrl = (name: string) => `${pictureUrl(name)}/original`;

  /** Has the page that is open load something in each of the ways that may run it. @returns what became of them */
  function embed(url: string): Promise<string[]> {
    return page.locator('body').evaluate(async (body, src) => {
      const ways = { script: 'src', iframe: 'src', embed: 'src', object: 'data' };
      const loads = Object.entries(ways).map(([tag, attribute]) => {
        const element = body.ownerDocument.createElement(tag);
        element.setAttribute(attribute, src);
        const loaded = new Promise<string>((resolve) => {
          element.onload = () => resolve(`${tag} loaded`);
          element.onerror = () => resolve(`${tag} refused`);
          setTimeout(resolve, 1_500, `${tag} silent`);
        });
        body.append(element);
        return loaded;
      });
      return Promise.all(loads);
    }, url);
  }

  /** That it has not run, when there was time for that to be told. */
  async function expectNotRun(name: string) {
    await sleep(500);
    expect(ran).not.toContain(name);
  }

  it.each(PICTURES)('is dangerous, served as what it is not: $name', async ({ name, type }) => {
    await page.goto(`${origin}/page`);
    if (type === 'text/javascript') await embed(`${origin}/as-it-should-not/${name}`);
    else await page.goto(`${origin}/as-it-should-not/${name}`);
    await expect.poll(() => ran.has(`${name} elsewhere`)).toBe(true);
  });

  it.each(PICTURES)(
    'is saved as it came when it is asked for, and not shown: $name',
    async ({ name, make, extension }) => {
      await page.goto(`${server.url}/`);
      const downloading = page.waitForEvent('download');
      await page.goto(originalUrl(name)).catch((error) => expect(String(error)).toContain('Download is starting'));
      const download = await downloading;
      expect(download.suggestedFilename()).toBe(`${name}.${extension}`);
      expect(new Uint8Array(await readFile(await download.path()))).toEqual(make(`${origin}/ran/${name}`));
      expect(new URL(page.url()).pathname).toBe('/');
      await expectNotRun(name);
    },
  );

  it.each(PICTURES)(
    'does not run in a page of ours or of others, as an original or as an emoji: $name',
    async ({ name }) => {
      for (const site of [`${server.url}/docs`, `${origin}/page`]) {
        await page.goto(site);
        for (const url of [originalUrl(name), pictureUrl(name)]) {
          const taken = await embed(url);
          expect(taken, `${url} in ${site}`).toContain('script refused');
        }
      }
      await expectNotRun(name);
    },
  );

  it.each(PICTURES)('is but a picture, as an emoji that is opened: $name', async ({ name }) => {
    await page.goto(pictureUrl(name));
    expect(await page.locator('img').evaluate((image) => image.naturalWidth)).toBe(100);
    await expectNotRun(name);
    expect(Buffer.from(await fetchEmoji(server.url, name)).includes('/ran/')).toBe(false);
  });

  it('is for other pages to show and read as an emoji, and not as an original', async () => {
    await page.goto(`${origin}/page`);
    const seen = await page.locator('body').evaluate(
      async (body, [emoji = '', original = '']) => {
        const shown = (src: string) =>
          new Promise<boolean>((resolve) => {
            const image = body.ownerDocument.createElement('img');
            image.onload = () => resolve(true);
            image.onerror = () => resolve(false);
            image.src = src;
          });
        const read = (url: string) =>
          fetch(url).then(
            ({ ok }) => ok,
            () => false,
          );
        return Promise.all([shown(emoji), shown(original), read(emoji), read(original)]);
      },
      [pictureUrl('svg_script'), originalUrl('svg_script')],
    );
    expect(seen).toEqual([true, false, true, false]);
  });
});
