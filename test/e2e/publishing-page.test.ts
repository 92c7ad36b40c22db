import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PlaceSetup, PlaceView, Trouble } from '../support/platforms/place.ts';
import { platforms } from '../support/platforms/server.ts';
import { launchBrowser, NO_BROWSER, openPage, violations, type WatchedPage } from './browser.ts';
import { finished, fixture, upload } from './client.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';

const DARK: BrowserContextOptions = { colorScheme: 'dark' };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const TOKEN = 'token-of-the-emoji-bot';

/** On a server of this machine, which follows what Mattermost documents. */
describe.skipIf(NO_BROWSER)('publishing in a browser', () => {
  let state: string;
  let server: Server;
  let chat: HttpServer;
  let address: string;
  let browser: Browser;
  let opened: WatchedPage[] = [];

  beforeAll(async () => {
    state = await emptyState();
    server = await startPrepared(state);
    browser = await launchBrowser();
    chat = createServer((request, response) => {
      const { url = '/', headers } = request;
      const control = /^\/control(\/.*)/.exec(url)?.[1];
      const asked = control ? `http://platforms.example.com${control}` : `http://${headers.host}${url}`;
      void platforms(new URL(asked), request, response);
    }).listen(0, '127.0.0.1');
    await once(chat, 'listening');
    address = `http://127.0.0.1:${(chat.address() as AddressInfo).port}`;
    const json = { name: 'our-chat', platform: 'mattermost', url: address, secret: TOKEN };
    expect((await target('POST', '', json)).status).toBe(201);
    for (const name of ['fiesta', 'tada', 'party日', 'slow']) {
      expect(await finished(server.url, await upload(server.url, name, await fixture('halves.png')))).toMatchObject({
        status: 'SUCCESS',
      });
    }
  });

  watchServer(() => server);

  afterEach(async () => {
    // Of what is refused, browsers say so; the test that means it looks at what the page says.
    const faults = opened.flatMap((watched) => watched.faults).filter((fault) => !fault.includes('status of 422'));
    for (const { page } of opened) await page.context().close();
    opened = [];
    expect(faults).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    chat?.close();
    await rm(state, { recursive: true, force: true });
  });

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const watched = await openPage(browser, server.url, path, options);
    opened.push(watched);
    return watched.page;
  }

  const target = (method: string, path: string, json?: object) =>
    fetch(`${server.url}/custom-emoji/targets${path}`, {
      method,
      ...(json && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(json) }),
    });

  async function control(method: string, body?: PlaceSetup | Trouble[]): Promise<PlaceView> {
    const response = await fetch(`${address}/control/${new URL(address).host}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as PlaceView;
  }

  async function addTarget(page: Page, name: string, token: string): Promise<void> {
    await page.getByRole('button', { name: 'New target' }).click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByRole('radio', { name: 'Mattermost' }).check();
    await page.getByLabel('Address').fill(address);
    await page.getByLabel('Personal access token').fill(token);
    await page.getByRole('button', { name: 'Add the target' }).click();
  }

  const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name }).first();

  it('is to targets, which are added with a secret that is not shown, checked, and deleted', async () => {
    await control('PUT', { platform: 'mattermost', token: TOKEN });
    const page = await open('/access');
    await page.getByRole('button', { name: 'New target' }).click();
    for (const [platform, fields] of [
      ['Discord', ['ID of the server', 'Token of a bot']],
      ['Zulip', ['Address', 'E-mail address', 'API key']],
      ['Slack', ['User token']],
    ] as const) {
      await page.getByRole('radio', { name: platform }).check();
      for (const field of fields) await page.getByLabel(field, { exact: true }).waitFor();
    }
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'New target' }).click();
    await page.locator('input:focus').waitFor();
    await page.keyboard.type('Not a name');
    await page.getByLabel('ID of the server').fill('123');
    await page.getByLabel('Token of a bot').fill('x');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('write 1 to 64 of a-z').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');

    await addTarget(page, 'by-hand', TOKEN);
    await rowOf(page, 'by-hand').getByText('Mattermost knows the token: it is that of emoji-bot.').waitFor();
    await rowOf(page, 'by-hand').getByText(address).waitFor();
    expect(await page.content()).not.toContain(TOKEN);

    await addTarget(page, 'wrong', 'another-token');
    await rowOf(page, 'wrong').getByText('Mattermost does not accept the token').waitFor();
    await page.getByRole('button', { name: 'New secret for wrong' }).click();
    await page.getByLabel('Personal access token').fill(TOKEN);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Use it' }).click();
    await rowOf(page, 'wrong').getByText('Mattermost knows the token').waitFor();
    await page.getByRole('button', { name: 'Delete wrong' }).click();
    await page.getByRole('dialog').getByText('Emoji that were published stay at Mattermost').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('“wrong” is deleted.').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Check wrong' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Check by-hand' }).waitFor();
    expect((await target('DELETE', '/by-hand')).status).toBe(204);
  });

  it('shows the name as it will be, and where the emoji is then', async () => {
    await control('PUT', { platform: 'mattermost', token: TOKEN });
    const page = await open('/?emoji=party日');
    await page.getByText('Publish to …').click();
    await page.getByText('It will be called party_u65e5 there.').waitFor();
    await page.getByRole('button', { name: 'Publish to our-chat' }).click();
    await page.getByText('There as party_u65e5, since just now.').waitFor();
    expect((await control('GET')).emojis).toMatchObject([{ name: 'party_u65e5' }]);
    await page.reload();
    await page.getByText('Publish to …').click();
    await page.getByText('There as party_u65e5').waitFor();
    await page.getByRole('button', { name: 'Publish again to our-chat' }).click();
    await page.getByRole('button', { name: 'Publish again to our-chat', disabled: false }).waitFor();
    expect((await control('GET')).emojis).toHaveLength(1);
  });

  it('shows another name where the platform has an emoji of that name itself', async () => {
    const page = await open('/?emoji=tada');
    await page.getByText('Publish to …').click();
    await page.getByText('It will be called tada_2 there.').waitFor();
    await page.getByText('Where else will it work?').click();
    await page.getByText('Mattermost has an emoji of its own that is called "tada"').waitFor();
  });

  it('replaces what is there under that name only when it is asked to', async () => {
    const base64 = (await fixture('moving-square.gif')).toString('base64');
    await control('PUT', { platform: 'mattermost', token: TOKEN, emojis: [{ name: 'fiesta', base64 }] });
    const [before] = (await control('GET')).emojis;
    for (const options of [{}, DARK, PHONE]) {
      const page = await open('/?emoji=fiesta', options);
      await page.getByText('Publish to …').click();
      await page.getByRole('button', { name: 'Publish to our-chat' }).click();
      await page.getByRole('alert').getByText('Mattermost has another emoji called "fiesta"').waitFor();
      expect(await violations(page)).toEqual([]);
      const body = page.locator('dialog .body');
      expect(await body.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    }
    expect((await control('GET')).emojis).toEqual([before]);
    const page = opened.at(-1)?.page as Page;
    await page.getByLabel('Another name in our-chat').fill('fi-esta');
    await page.getByRole('button', { name: 'Publish under this name' }).click();
    await page.getByText('There as fi-esta, since just now.').waitFor();
    expect((await control('GET')).emojis.map(({ name }) => name)).toEqual(['fiesta', 'fi-esta']);
    await page.getByRole('button', { name: 'Publish to our-chat' }).click();
    await page.getByRole('button', { name: 'Replace it there: our-chat' }).click();
    await page.getByText('There as fiesta, since just now.').waitFor();
    const { emojis } = await control('GET');
    expect(emojis.map(({ name }) => name).sort()).toEqual(['fi-esta', 'fiesta']);
    expect(emojis.map(({ sha256 }) => sha256)).not.toContain(before?.sha256);
  });

  it('goes on when nobody looks, and tells why it waits', async () => {
    await control('PUT', { platform: 'mattermost', token: TOKEN });
    await control('POST', [{ method: 'POST', times: 1, trouble: { rate: 4 } }]);
    const page = await open('/');
    await page.getByRole('button', { name: 'Open :slow:' }).click();
    await page.getByText('Publish to …').click();
    await page.getByRole('button', { name: 'Publish to our-chat' }).click();
    await page.getByText(/Will be tried again in \d seconds: .*Mattermost/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText(':slow: is published to our-chat').waitFor();
    expect((await control('GET')).emojis).toMatchObject([{ name: 'slow' }]);
  });

  it('says where one adds a target, where there is none', async () => {
    expect((await target('DELETE', '/our-chat')).status).toBe(204);
    const page = await open('/?emoji=fiesta');
    await page.getByText('Publish to …').click();
    await page.getByRole('link', { name: 'Add a target' }).click();
    await page.getByRole('heading', { name: 'Targets' }).waitFor();
  });
});
