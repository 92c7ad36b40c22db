import { rm } from 'node:fs/promises';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, NO_BROWSER, openPage, violations, type WatchedPage } from './browser.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import { fine, type Receiver, startReceiver } from './receiver.ts';
import type { Server } from './server.ts';

describe.skipIf(NO_BROWSER)('the page of notices in a browser', () => {
  let state: string;
  let server: Server;
  let browser: Browser;
  let receiver: Receiver;
  let opened: WatchedPage[] = [];

  beforeAll(async () => {
    state = await emptyState();
    server = await startPrepared(state);
    browser = await launchBrowser();
    receiver = await startReceiver();
  });

  watchServer(() => server);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await receiver?.close();
    await rm(state, { recursive: true, force: true });
  });

  afterEach(async () => {
    const all = opened;
    opened = [];
    for (const { page } of all) await page.context().close();
    // What is refused on purpose, the browser has in its console.
    expect(all.flatMap(({ faults }) => faults).filter((fault) => !/status of (422|409)/.test(fault))).toEqual([]);
  });

  /** What comes after the server may be a secret. */
  const shown = () => `${new URL(receiver.url).origin}/…`;

  async function open(options: BrowserContextOptions = {}) {
    const watched = await openPage(browser, server.url, '/notices', options);
    opened.push(watched);
    const { page } = watched;
    await page.getByRole('heading', { name: 'Who is told' }).waitFor();
    return {
      page,
      subscriptions: page.getByRole('table', { name: 'Who is told' }),
      deliveries: page.getByRole('table', { name: 'What was told' }),
    };
  }

  it('has a webhook told, shows its secret once, tests it, and tells what came of it', async () => {
    const { page, subscriptions, deliveries } = await open();
    await page.getByText('Nobody is told of anything yet.').waitFor();
    await page.getByRole('button', { name: 'New subscription' }).click();
    await page.getByRole('combobox', { name: 'Who is told' }).selectOption('Webhook');
    await page.getByRole('textbox', { name: 'URL' }).fill('https://10.0.0.1/');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    await page.getByText('The URL is that of the IP address 10.0.0.1.').waitFor();
    await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Subscribe' }).click();
    await page.getByRole('button', { name: 'Copy' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^whsec_/);
    await page.getByRole('button', { name: 'Done' }).click();
    await subscriptions.getByText(shown()).waitFor();

    await page.getByRole('button', { name: `Send a test to ${shown()}` }).click();
    await expect.poll(() => receiver.accepted.map(({ type }) => type)).toEqual(['notice.test']);
    await page.getByRole('button', { name: 'Look again' }).click();
    await deliveries.getByText('delivered').waitFor();
    expect(await deliveries.textContent()).toMatch(/notice\.test.*204 in \d+(\.\d+)? m?s/);

    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Send again: notice.test' }).click();
    await expect.poll(() => receiver.accepted.length).toBe(2);
    const ids = receiver.accepted.map(({ headers }) => headers['webhook-id']);
    expect(ids[1]).toBe(ids[0]);
  });

  it('says what fails, pauses it and has it go on, and deletes it', async () => {
    const { page, subscriptions, deliveries } = await open();
    const answering = Promise.withResolvers<void>();
    receiver.answer = async (response) => {
      await answering.promise;
      response.writeHead(503).end('out to lunch');
    };
    await page.getByRole('button', { name: `Send a test to ${shown()}` }).click();
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Look again' }).click();
        return deliveries.textContent();
      })
      .toMatch(/waiting[^:]*: under way(?!.*The next attempt)/);
    answering.resolve();
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Look again' }).click();
        return deliveries.textContent();
      })
      .toMatch(/waiting.*it answered 503 in .*out to lunch.*The next attempt is due at/);
    await page.getByRole('button', { name: `Pause ${shown()}` }).click();
    await subscriptions.getByText('It was paused by a person.').waitFor();
    await deliveries.getByText('paused').waitFor();
    await page.getByRole('button', { name: 'Send again: notice.test' }).first().click();
    await page.getByText('It was paused by a person. Resume it first').waitFor();
    receiver.answer = fine;
    await page.getByRole('button', { name: `Resume ${shown()}` }).click();
    await expect.poll(() => receiver.accepted.length).toBe(3);
    await page.getByRole('button', { name: `Delete ${shown()}` }).click();
    await page.getByText('what was told there is forgotten').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nobody is told of anything yet.').waitFor();
    await page.getByText('Nothing was told to anybody yet.').waitFor();
  });

  it('can be used by everybody, in both themes', async () => {
    await fetch(`${server.url}/notices/subscriptions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ kind: 'webhook', target: receiver.url }),
    });
    for (const options of [{}, { colorScheme: 'dark' }, { viewport: { width: 390, height: 844 } }] as const) {
      const { page, subscriptions } = await open(options);
      await subscriptions.getByText(shown()).waitFor();
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  });
});
