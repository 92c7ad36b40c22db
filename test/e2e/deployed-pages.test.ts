import { rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, NO_BROWSER, openPage, violations, type WatchedPage } from './browser.ts';
import { fixture } from './client.ts';
import { emptyState, startPrepared } from './prepared.ts';
import type { Server } from './server.ts';

const ADMIN_TOKEN = 'an-admin-token-of-32-characters!';

/** What a browser logs of answers that these tests mean to get. */
const REFUSED = /status of (401|403|503)/;

describe.skipIf(NO_BROWSER)('the pages of a service', () => {
  let state: string;
  let server: Server;
  let browser: Browser;
  let opened: WatchedPage[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterEach(async () => {
    const faults = opened.flatMap((watched) => watched.faults).filter((fault) => !REFUSED.test(fault));
    for (const { page } of opened) await page.context().close();
    opened = [];
    await server.stop();
    await rm(state, { recursive: true, force: true });
    expect(faults).toEqual([]);
  });

  afterAll(() => browser?.close());

  async function start(options: Parameters<typeof startPrepared>[1]): Promise<void> {
    state = await emptyState();
    server = await startPrepared(state, options);
  }

  async function open(address: string): Promise<Page> {
    const watched = await openPage(browser, server.url, address);
    opened.push(watched);
    return watched.page;
  }

  it('that is not set up show emoji, and say how it is set up', async () => {
    await start({ vars: {} });
    const page = await open('/');
    await page.getByRole('heading', { name: 'No emoji yet' }).waitFor();
    for (const address of ['/tasks', '/access']) {
      await page.goto(`${server.url}${address}`);
      await page.getByRole('heading', { name: 'This service is not set up yet' }).waitFor();
      await page.locator('code', { hasText: 'npx wrangler secret put ADMIN_TOKEN' }).waitFor();
      expect(await page.getByRole('button', { name: 'Sign in' }).count()).toBe(0);
      expect(await violations(page)).toEqual([]);
    }
  });

  it('that is open to this machine ask for nothing, and say how it is otherwise', async () => {
    await start({});
    const page = await open('/access');
    await page.getByText('ADMIN_TOKEN=$(openssl rand -base64 32)').waitFor();
    await page.getByText('Nobody has changed anything yet.').waitFor();
    expect(await page.getByRole('button', { name: /Sign in|Sign out|New token/ }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Emoji', exact: true }).click();
    await page.getByRole('button', { name: 'Add emoji' }).waitFor();
  });

  it('that is private show nothing before one has signed in', async () => {
    await start({ vars: { ADMIN_TOKEN, READ_ACCESS: 'private' } });
    const upload = await fetch(`${server.url}/custom-emoji/emojis?name=secret`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'image/png' },
      body: await fixture('halves.png'),
    });
    expect(upload.status).toBe(202);
    const page = await open('/?emoji=secret');
    await page.getByRole('heading', { name: 'Sign in to see the emoji' }).waitFor();
    expect(await page.getByRole('searchbox').count()).toBe(0);
    expect(await page.getByText('cannot be reached').count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Token').fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    // It goes on to what the address is of.
    await page.getByRole('dialog', { name: ':secret:' }).getByRole('button', { name: 'Delete' }).waitFor();
  });

  it('behind Cloudflare Access take a person as that does, by the role of the address', async () => {
    await start({
      vars: { ADMIN_TOKEN, ACCESS_MEMBERS: '*@example.org' },
      more: '\n[access]\ndev = { aud = "test", identity = { email = "ada@example.org" } }\n',
    });
    const page = await open('/tasks');
    await page.getByRole('heading', { name: 'No tasks yet' }).waitFor();
    expect(await page.getByRole('button', { name: 'all that match' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Access' }).count()).toBe(0);
    const account = page.getByRole('button', { name: 'ada@example.org' });
    await account.click();
    await page.getByText('Signed in by Cloudflare Access').waitFor();
    expect(await page.getByRole('button', { name: /Sign (in|out)/ }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);

    await page.goto(server.url);
    await page.getByRole('button', { name: 'Add emoji' }).click();
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page
        .getByRole('button', { name: /choose/i })
        .first()
        .click(),
    ]);
    await chooser.setFiles('test/fixtures/halves.png');
    await page.getByText(':halves: is free').waitFor();
    await page.getByRole('button', { name: 'Add 1 emoji' }).click();
    await page.getByText('Added.').waitFor();
    await page.getByRole('link', { name: ':halves:', exact: true }).click();
    await page.getByText('by ada@example.org').first().waitFor();
    await page.getByRole('button', { name: 'Delete' }).waitFor();
  });

  it('behind Cloudflare Access tell a person without a role who gives one', async () => {
    await start({
      vars: { ADMIN_TOKEN },
      more: '\n[access]\ndev = { aud = "test", identity = { email = "eve@example.org" } }\n',
    });
    const page = await open('/tasks');
    await page.getByRole('heading', { name: 'You may not see the tasks' }).waitFor();
    await page.getByText('ACCESS_READERS').waitFor();
    expect(await page.getByRole('button', { name: /Sign (in|out)/ }).count()).toBe(0);
  });
});
