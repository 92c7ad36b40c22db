import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, NO_BROWSER, openPage, violations, type WatchedPage } from './browser.ts';
import { fixture } from './client.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';

const ADMIN_TOKEN = 'an-admin-token-of-32-characters!';

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const DARK: BrowserContextOptions = { colorScheme: 'dark' };

/** What a browser logs of answers that these tests mean to get; 404 of what has just been deleted. */
const REFUSED = [/status of 4(01|03|04|22|29)/, /EventSource's response has/];

describe.skipIf(NO_BROWSER)('the pages of a service with tokens', () => {
  let state: string;
  let server: Server;
  let browser: Browser;
  let opened: WatchedPage[] = [];
  let names = 0;

  beforeAll(async () => {
    state = await emptyState();
    server = await startPrepared(state, { vars: { OPEN_TO_LOOPBACK: 'true', ADMIN_TOKEN } });
    browser = await launchBrowser();
    await add('halves', ADMIN_TOKEN);
    await call('PATCH', '/custom-emoji/emojis/halves', { tags: ['shapes'], description: 'Two of them' });
  });

  watchServer(() => server);

  afterEach(async () => {
    const faults = opened
      .flatMap((watched) => watched.faults)
      .filter((fault) => !REFUSED.some((means) => means.test(fault)));
    for (const { page } of opened) await page.context().close();
    opened = [];
    expect(faults).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await rm(state, { recursive: true, force: true });
  });

  async function call(method: string, address: string, body?: unknown, token = ADMIN_TOKEN): Promise<Response> {
    return fetch(`${server.url}${address}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'If-Match': '*' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** @param name of which no other valid token is */
  async function newToken(scopes: string[], name = `bot-${++names}`) {
    const response = await call('POST', '/access/tokens', { name, scopes });
    expect(response.status).toBe(201);
    const { id, token } = (await response.json()) as { id: string; token: string };
    return { name, token, revoke: () => call('DELETE', `/access/tokens/${id}`) };
  }

  /** Uploads a picture, and waits for the end of its task. */
  async function add(name: string, token: string, picture?: Uint8Array<ArrayBuffer>): Promise<void> {
    const response = await fetch(`${server.url}/custom-emoji/emojis?name=${name}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'image/png' },
      body: picture ?? (await fixture('halves.png')),
    });
    expect(response.status).toBe(202);
    const { task_id } = (await response.json()) as { task_id: string };
    for (let status = ''; !/SUCCESS|FAILURE/.test(status); ) {
      const answer = await call('GET', `/task-queue/status?task_id=${task_id}`);
      ({ status } = (await answer.json()) as { status: string });
      await sleep(100);
    }
  }

  async function open(address: string, options: BrowserContextOptions = {}): Promise<Page> {
    const watched = await openPage(browser, server.url, address, options);
    opened.push(watched);
    return watched.page;
  }

  /** Opens a page of somebody who has signed in before. */
  async function openAs(token: string, address: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await open('/', options);
    const answer = await page.context().request.post(`${server.url}/access/session`, { data: { token } });
    expect(answer.status()).toBe(200);
    await page.goto(`${server.url}${address}`);
    return page;
  }

  const buttonIn = (page: Page | Locator, name: string | RegExp) => page.getByRole('button', { name, exact: true });

  /** @param at where it is offered */
  async function signIn(page: Page, token: string, at: Page | Locator = page): Promise<void> {
    await buttonIn(at, 'Sign in').click();
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
    await page.getByLabel('Token').waitFor({ state: 'detached' });
  }

  async function openEmoji(page: Page, name: string): Promise<void> {
    await page.getByRole('button', { name: `Open :${name}:` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Copy link' }).waitFor();
  }

  describe('to who is not signed in', () => {
    it('show all emoji, and offer nothing that would be refused', async () => {
      const page = await open('/');
      await buttonIn(page, 'Sign in').waitFor();
      await openEmoji(page, 'halves');
      await page.getByText('Two of them').waitFor();
      await page.getByText('shapes').last().waitFor();
      const offered = await page.getByRole('button').or(page.getByRole('link')).allInnerTexts();
      for (const refused of [
        'Add emoji',
        'Bin',
        'Import a pack',
        'Download a pack',
        'Publish to …',
        'Delete',
        'Replace picture',
        'Render anew',
        'Original',
        'Its tasks',
      ]) {
        expect(offered.map((text) => text.trim())).not.toContain(refused);
      }
      expect(await page.getByRole('textbox', { name: 'Name' }).count()).toBe(0);
      expect(await page.getByRole('region', { name: 'History' }).count()).toBe(0);
    });

    it.each([
      ['/tasks', 'Sign in to see the tasks', 'task:read'],
      ['/access', 'Sign in to make tokens', 'token:admin'],
      ['/?view=bin', 'Sign in to restore what was deleted', 'emoji:write'],
      ['/?view=import', 'Sign in to import emoji', 'emoji:write'],
    ])('say what to do at %s', async (address, words, scope) => {
      for (const options of [{}, DARK]) {
        const page = await open(address, options);
        await page.getByRole('heading', { name: words }).waitFor();
        await page.getByText(scope).waitFor();
        expect(await violations(page)).toEqual([]);
      }
    });
  });

  describe('signing in', () => {
    it('says in the words of the API why a token will not do, and goes on with one that does', async () => {
      const { name, token } = await newToken(['emoji:write']);
      const page = await open('/');
      await buttonIn(page, 'Sign in').click();
      const field = page.getByLabel('Token');
      expect(await field.getAttribute('type')).toBe('password');
      expect(await field.getAttribute('autocomplete')).toBe('current-password');
      await field.fill('cemoji_nothing');
      await page.keyboard.press('Enter');
      await page.getByText('The token is not valid. It is not one that this service made').waitFor();
      expect(await violations(page)).toEqual([]);
      await field.fill(token);
      await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
      await buttonIn(page, name).waitFor();
      await buttonIn(page, 'Add emoji').waitFor();
      // No script can read what it is remembered by.
      expect(await page.evaluate('document.cookie')).toBe('');
      await page.reload();
      await buttonIn(page, name).waitFor();
    });

    it('is for all tabs, as signing out is', async () => {
      const { name, token } = await newToken(['emoji:write']);
      const page = await open('/');
      const other = await page.context().newPage();
      await other.goto(server.url);
      await signIn(page, token);
      await buttonIn(other, name).waitFor();
      await buttonIn(page, name).click();
      // As many as wrangler.toml gives to each.
      await page.getByText('0 of 2,000').waitFor();
      await buttonIn(page, 'Sign out').click();
      await buttonIn(page, 'Sign in').waitFor();
      expect(await buttonIn(page, 'Add emoji').count()).toBe(0);
      await other.getByText('You are signed out').waitFor();
    });

    it('is done with the keyboard alone', async () => {
      const { name, token } = await newToken(['emoji:write']);
      const page = await open('/');
      await buttonIn(page, 'Sign in').waitFor();
      await tabTo(page, 'Sign in');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.type(token);
      await page.keyboard.press('Enter');
      await buttonIn(page, name).waitFor();
      await expect.poll(() => focused(page)).toBe(name);
      await page.keyboard.press('Enter');
      await tabTo(page, 'Sign out');
      await page.keyboard.press('Enter');
      await buttonIn(page, 'Sign in').waitFor();
    });

    it('works on a phone, in both themes', async () => {
      for (const options of [PHONE, { ...PHONE, ...DARK }]) {
        const page = await open('/', options);
        await signIn(page, ADMIN_TOKEN);
        await buttonIn(page, 'admin').click();
        expect(await violations(page)).toEqual([]);
        await page.getByRole('link', { name: 'Access' }).click();
        await page.getByRole('heading', { name: 'Tokens' }).waitFor();
        for (const address of ['/', '/tasks', '/access']) {
          await page.goto(`${server.url}${address}`);
          await buttonIn(page, 'admin').waitFor();
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
        }
      }
    });
  });

  it('say why it is not known who one is, and go on when it is', async () => {
    const page = await openAs(ADMIN_TOKEN, '/');
    const problem = { title: 'Forbidden', status: 403, code: 'odd', detail: 'Somebody is in the way.' };
    await page.route('**/access/session', (route) => route.fulfill({ status: 403, json: problem }));
    await page.goto(`${server.url}/tasks`);
    await page.getByText('Somebody is in the way.').waitFor();
    await page.unroute('**/access/session');
    await page.getByText('Live', { exact: true }).waitFor();
  });

  it('say that the service asks for a pause, and go on after it', async () => {
    const page = await openAs(ADMIN_TOKEN, '/');
    const problem = {
      title: 'Too Many Requests',
      status: 429,
      code: 'rate_limited',
      detail: 'You have sent too many.',
    };
    const refused = new Set<string>();
    for (const [address, asked, role, name] of [
      ['/', '**/custom-emoji/emojis?*', 'button', 'Open :halves:'],
      ['/access', '**/access/audit*', 'table', 'Changes'],
      ['/access?again', '**/access/session', 'table', 'Changes'],
    ] as const) {
      await page.route(asked, (route) => {
        const url = route.request().url();
        if (refused.has(address + url)) return route.fallback();
        refused.add(address + url);
        return route.fulfill({ status: 429, headers: { 'Retry-After': '2' }, json: problem });
      });
      await page.goto(server.url + address);
      await page.getByText('You have sent too many. This page goes on by itself.').first().waitFor();
      await page.getByRole(role, { name }).waitFor();
      await expect.poll(() => page.getByText('You have sent too many.').count()).toBe(0);
      await page.unroute(asked);
    }
  });

  describe('to who is signed in', () => {
    it('offer changes of what is his own, and of all to those who may', async () => {
      const { name, token } = await newToken(['emoji:write']);
      await add('own', token);
      const page = await openAs(token, '/');
      await openEmoji(page, 'halves');
      await page.getByRole('region', { name: 'History' }).getByText('by admin').first().waitFor();
      await buttonIn(page, 'Original').waitFor();
      expect(await buttonIn(page, /^(Delete|Replace picture|Render anew)$/).count()).toBe(0);
      expect(await page.getByRole('textbox').count()).toBe(0);
      await page.keyboard.press('Escape');

      await openEmoji(page, 'own');
      await buttonIn(page, 'Replace picture').waitFor();
      await page.getByLabel('Category').fill('mine');
      await buttonIn(page, 'Save').click();
      await page.getByText('Saved.').waitFor();
      await buttonIn(page, 'Delete').click();
      await page.getByText(':own: is deleted').waitFor();
      await page.getByRole('link', { name: 'Bin' }).click();
      await buttonIn(page, 'Restore :own:').click();
      await page.getByText(`by ${name}`).first().waitFor();

      const chief = await openAs(ADMIN_TOKEN, '/?emoji=own');
      await buttonIn(chief, 'Delete').waitFor();
      await buttonIn(chief, 'Render anew').waitFor();
    });

    it('offer no changes to who may only read', async () => {
      const { token } = await newToken(['emoji:read']);
      const page = await openAs(token, '/?emoji=halves');
      await page.getByRole('region', { name: 'History' }).waitFor();
      expect(await buttonIn(page, /^(Add emoji|Delete|Save)$/).count()).toBe(0);
      await page.goto(`${server.url}/tasks`);
      await page.getByRole('heading', { name: 'You may not see the tasks' }).waitFor();
      await page.getByText('this needs the scope task:read').waitFor();
      await buttonIn(page, 'Sign in with another token').waitFor();
    });

    it('offer moves of tasks that are his own, and of all to those who may', async () => {
      const { token } = await newToken(['emoji:write', 'task:read']);
      const broken = (await fixture('halves.png')).subarray(0, 30);
      await add('broken_own', token, broken);
      await add('broken_other', ADMIN_TOKEN, broken);
      const page = await openAs(token, '/tasks?state=FAILURE');
      await buttonIn(page, 'Retry :broken_own:').waitFor();
      expect(await page.getByRole('button', { name: 'Retry' }).count()).toBe(1);
      await page.getByRole('link', { name: 'details of :broken_other:' }).click();
      await page.getByRole('dialog').getByText('corrupt_picture', { exact: true }).waitFor();
      expect(await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).count()).toBe(0);

      const chief = await openAs(ADMIN_TOKEN, '/tasks?state=FAILURE');
      await buttonIn(chief, 'Retry :broken_other:').waitFor();
      await buttonIn(chief, 'Retry all that match').waitFor();
    });
  });

  describe('when a session ends', () => {
    it('keep what was being changed, and go on where it was', async () => {
      const bot = await newToken(['emoji:write']);
      await add('edited', bot.token);
      const page = await openAs(bot.token, '/?emoji=edited');
      await page.getByLabel('Description').fill('Written before');
      await bot.revoke();
      await buttonIn(page, 'Save').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('You are signed out: your session has ended.').waitFor();
      expect(await violations(page)).toEqual([]);
      const { token } = await newToken(['emoji:write'], bot.name);
      await signIn(page, token, dialog);
      expect(await page.getByLabel('Description').inputValue()).toBe('Written before');
      await buttonIn(page, 'Save').click();
      await page.getByText('Saved.').waitFor();
      expect(await page.getByText('You are signed out').count()).toBe(0);
      const { description } = (await (await call('GET', '/custom-emoji/emojis/edited/info')).json()) as {
        description: string;
      };
      expect(description).toBe('Written before');
    });

    it('keep the files that were being added', async () => {
      const bot = await newToken(['emoji:write']);
      const page = await openAs(bot.token, '/');
      await buttonIn(page, 'Add emoji').click();
      const [chooser] = await Promise.all([
        page.waitForEvent('filechooser'),
        page
          .getByRole('button', { name: /choose/i })
          .first()
          .click(),
      ]);
      await chooser.setFiles('test/fixtures/quadrants.webp');
      await page.getByText(':quadrants: is free').waitFor();
      await bot.revoke();
      await buttonIn(page, 'Add 1 emoji').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('You are signed out').waitFor();
      const { token } = await newToken(['emoji:write'], bot.name);
      await signIn(page, token, dialog);
      await buttonIn(page, 'Try again').click();
      await page.getByText('Added.').waitFor();
    });

    it('show the dashboard as it was, and live again', async () => {
      const bot = await newToken(['task:read']);
      const page = await openAs(bot.token, '/tasks');
      await page.getByRole('link', { name: 'details of :halves:' }).waitFor();
      await bot.revoke();
      await page.getByText('You are signed out').waitFor({ timeout: 20_000 });
      expect(await page.getByRole('link', { name: 'details of :halves:' }).count()).toBe(1);
      const { token } = await newToken(['task:read']);
      await signIn(page, token);
      await add('later', ADMIN_TOKEN);
      await page.getByRole('link', { name: 'Succeeded: details of :later:' }).waitFor({ timeout: 15_000 });
      expect(await page.getByText('You are signed out').count()).toBe(0);
    });
  });

  describe('for who lets others in', () => {
    it('make a token that is shown once, and revoke it', async () => {
      const page = await openAs(ADMIN_TOKEN, '/');
      await page.getByRole('link', { name: 'Access' }).click();
      await buttonIn(page, 'New token').click();
      await page.getByLabel('Name').fill('Not a name');
      await buttonIn(page, 'Make the token').click();
      await page.getByText('write 1 to 64 of a-z').waitFor();
      await page.getByLabel('Name').fill('made-here');
      await page.getByLabel('task:read').check();
      await page.getByRole('radio', { name: '30 days' }).check();
      await page.getByLabel('Emoji', { exact: true }).fill('7');
      await page.getByLabel('Megabytes of uploads').fill('2');
      expect(await violations(page)).toEqual([]);
      await buttonIn(page, 'Make the token').click();

      // It does not go by mistake.
      await page.getByText('It is shown this once').waitFor();
      await page.keyboard.press('Escape');
      await page.getByText('You have not copied it.').waitFor();
      expect(await violations(page)).toEqual([]);
      await buttonIn(page, 'Copy').click();
      await buttonIn(page, 'Copied').waitFor();
      const token = await page.evaluate<string>('navigator.clipboard.readText()');
      expect(token).toMatch(/^cemoji_[0-9A-Za-z]{36}$/);
      await buttonIn(page, 'Done').click();
      expect(await page.content()).not.toContain(token);

      const row = page.getByRole('row').filter({ hasText: 'made-here' }).first();
      expect(await row.textContent()).toMatch(
        /valid[\s\S]*emoji:write[\s\S]*task:read[\s\S]*At most 7 emoji, 2 MB of uploads[\s\S]*by admin/,
      );
      const inThirtyDays = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
      expect(await row.locator('time').nth(1).getAttribute('datetime')).toContain(inThirtyDays);
      expect((await call('GET', '/task-queue/tasks', undefined, token)).status).toBe(200);
      const who = await (await call('GET', '/access/session', undefined, token)).json();
      expect(who).toMatchObject({ quotas: { limit: { emojis: 7, bytes: 2_097_152 } } });

      const holder = await openAs(token, '/tasks');
      await holder.getByText('Live', { exact: true }).waitFor();
      await buttonIn(page, 'Revoke made-here').click();
      await page.getByText('whoever has signed in with it is signed out').waitFor();
      expect(await violations(page)).toEqual([]);
      await buttonIn(page, 'Revoke').click();
      await row.getByText('revoked').waitFor();
      expect((await call('GET', '/task-queue/tasks', undefined, token)).status).toBe(401);
      await holder.getByText('You are signed out').waitFor({ timeout: 20_000 });
    });

    it('tell who did what, page by page and by name', async () => {
      const { name, token } = await newToken(['emoji:write']);
      for (let i = 0; i < 60; i++) await call('DELETE', `/custom-emoji/emojis/nobody_${i}`, undefined, token);
      const page = await openAs(ADMIN_TOKEN, '/access');
      const changes = page.getByRole('table', { name: 'Changes' }).getByRole('row');
      await page.getByRole('searchbox', { name: 'Of whom' }).fill(name);
      await expect.poll(() => changes.nth(1).textContent()).toMatch(/^bot-.*DELETE.*nobody_59.*refused \(404\)/);
      expect(await changes.count()).toBe(51);
      const more = page.getByRole('button', { name: 'Show more' }).last();
      await more.click();
      await expect.poll(() => changes.count()).toBe(61);
      expect(new URL(page.url()).search).toBe(`?name=${name}`);
      await page.getByRole('searchbox', { name: 'Of whom' }).fill('nobody-at-all');
      await page.getByText('No change by “nobody-at-all”.').waitFor();
    });

    it('can be used by everybody, in both themes', async () => {
      for (const options of [{}, DARK, PHONE]) {
        const page = await openAs(ADMIN_TOKEN, '/access', options);
        await page.getByRole('table', { name: 'Tokens' }).waitFor();
        await page.getByRole('table', { name: 'Changes' }).waitFor();
        expect(await violations(page)).toEqual([]);
      }
    });
  });
});

function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.textContent.trim()');
}

async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if ((await focused(page)) === text) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to "${text}"`);
}
