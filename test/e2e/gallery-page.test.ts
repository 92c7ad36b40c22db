import { readFile, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { unzipSync } from 'fflate';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, NO_BROWSER, openPage, violations, type WatchedPage } from './browser.ts';
import { finished, fixture, upload } from './client.ts';
import { databaseIn, emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';
import { slowAnimation } from './slow-animation.ts';

/** What is there when the tests begin: the picture, and what is said of it. */
const EMOJIS = {
  party_parrot: ['moving-square.gif', { tags: ['bird', 'party'], aliases: ['polly'] }],
  slow_parrot: ['moving-square.gif', { tags: ['bird'] }],
  tada: ['quadrants.webp', { tags: ['party'] }],
  half: ['halves.png', {}],
} as const;

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe.skipIf(NO_BROWSER)('the gallery in a browser', () => {
  let state: string;
  let server: Server;
  let browser: Browser;
  let opened: WatchedPage[] = [];
  /** Parts of what the browser says of requests that a test means to be refused. */
  let allowed: string[] = [];

  beforeAll(async () => {
    state = await emptyState();
    server = await startPrepared(state);
    browser = await launchBrowser();
  });

  watchServer(() => server);

  afterEach(async () => {
    const faults = opened
      .flatMap((watched) => watched.faults)
      .filter((fault) => !allowed.some((part) => fault.includes(part)));
    allowed = [];
    for (const { page } of opened) await page.context().close();
    opened = [];
    expect(faults).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await rm(state, { recursive: true, force: true });
  });

  async function open(address = '/', options: BrowserContextOptions = {}): Promise<Page> {
    const watched = await openPage(browser, server.url, address, options);
    opened.push(watched);
    return watched.page;
  }

  async function add(name: string, picture: string): Promise<void> {
    expect(await finished(server.url, await upload(server.url, name, await fixture(picture)))).toMatchObject({
      status: 'SUCCESS',
    });
  }

  function call(method: string, address: string, body?: unknown, headers: Record<string, string> = {}) {
    return fetch(`${server.url}/custom-emoji/emojis/${address}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async function change(name: string, patch: unknown, actor = 'ada'): Promise<void> {
    const { status } = await call('PATCH', name, patch, { 'If-Match': '*', 'X-Actor': actor });
    expect(status).toBe(200);
  }

  /** What is there of the emoji now, as the API tells it. */
  async function known(name: string): Promise<Record<string, unknown>> {
    return (await (await call('GET', `${name}/info`)).json()) as Record<string, unknown>;
  }

  it('invites to add the first one where there are none', async () => {
    const page = await open();
    await page.getByRole('heading', { name: 'No emoji yet' }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  describe('with some emoji', () => {
    beforeAll(async () => {
      for (const [name, [picture, said]] of Object.entries(EMOJIS)) {
        await add(name, picture);
        await change(name, said);
      }
    });

    it('finds by names, aliases and tags as one types, with all of it in the address', async () => {
      const page = await open();
      await expect.poll(() => names(page)).toEqual(['half', 'party_parrot', 'slow_parrot', 'tada']);
      const search = page.getByRole('searchbox', { name: 'Search emoji' });

      await search.pressSequentially('parr');
      await expect.poll(() => names(page).then((found) => found.sort())).toEqual(['party_parrot', 'slow_parrot']);
      expect(queryIn(page)).toBe('?q=parr');
      await search.fill('slow parrot');
      await expect.poll(() => names(page)).toEqual(['slow_parrot']);
      await search.fill('polly');
      await expect.poll(() => names(page)).toEqual(['party_parrot']);
      const order = page.getByRole('combobox', { name: 'Order' });
      expect(await order.isDisabled()).toBe(true);
      await page.getByText('A search has an order of its own.').waitFor();

      await search.fill('nobody');
      await page.getByRole('heading', { name: 'No emoji for “nobody”' }).waitFor();
      await search.fill('a!b');
      await page.getByText('no name can have all of this in it').waitFor();
      await page.getByRole('button', { name: 'Clear the search' }).click();
      await expect.poll(() => names(page)).toHaveLength(4);
      expect(queryIn(page)).toBe('');
    });

    it('filters by tag and motion, and orders, and goes back by the history', async () => {
      const page = await open();
      await page.getByRole('button', { name: 'party', exact: true }).click();
      await expect.poll(() => names(page)).toEqual(['party_parrot', 'tada']);
      expect(queryIn(page)).toBe('?tag=party');
      await page.getByRole('radio', { name: 'Still' }).check();
      await expect.poll(() => names(page)).toEqual(['tada']);
      expect(queryIn(page)).toBe('?tag=party&animated=false');
      await page.getByRole('radio', { name: 'All' }).check();
      await page.getByRole('combobox', { name: 'Order' }).selectOption('Newest first');
      await expect.poll(() => names(page)).toEqual(['tada', 'party_parrot']);
      await page.goBack();
      await expect.poll(() => names(page)).toEqual(['party_parrot', 'tada']);
      await page.reload();
      await expect.poll(() => names(page)).toEqual(['party_parrot', 'tada']);
      await page.getByRole('button', { name: 'party', pressed: true }).click();
      await expect.poll(() => names(page)).toHaveLength(4);
    });

    it('drops the answer to what is not asked for any more', async () => {
      const page = await open();
      await expect.poll(() => names(page)).toHaveLength(4);
      // The answer to the first search comes after the answer to the second one.
      const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
      await page.route('**/emojis?q=party**', async (route) => {
        await held;
        await route.continue().catch(() => undefined);
      });
      const search = page.getByRole('searchbox', { name: 'Search emoji' });
      await search.fill('party');
      const first = await page.waitForRequest(/q=party/);
      await search.fill('half');
      await expect.poll(() => names(page)).toEqual(['half']);
      letGo();
      await (await first.response())?.finished();
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
      expect(await names(page)).toEqual(['half']);
    });

    it('copies the name and the link by a click and by a key, and downloads', async () => {
      const page = await open();
      await page.getByRole('button', { name: 'Copy :tada:' }).click();
      await page.getByText('Copied :tada:').waitFor();
      expect(await clipboard(page)).toBe(':tada:');
      await tile(page, 'half').hover();
      await page.getByRole('button', { name: 'Copy the link of :half:' }).click();
      await expect.poll(() => clipboard(page)).toBe(`${server.url}/custom-emoji/emojis/half`);
      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download :half:' }).click(),
      ]);
      expect(saved.suggestedFilename()).toBe('half.gif');
      await page.getByRole('button', { name: 'Open :half:' }).click();
      // What is said is in reach, though all that is not in the dialog is not.
      await page.getByRole('dialog').getByRole('button', { name: 'Copy :half:' }).click();
      await page.getByText('Copied :half:').waitFor();
      await page.getByRole('button', { name: 'Dismiss' }).first().click();
      const [original] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Original' }).click(),
      ]);
      expect(original.suggestedFilename()).toBe('half.png');
      expect(await readFile(await original.path())).toEqual(await fixture('halves.png'));
    });

    it('saves the original under the name that the emoji has, in any script', async () => {
      await add('日本語', 'halves.png');
      const page = await open('/?emoji=日本語');
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Original' }).click();
      expect((await saved).suggestedFilename()).toBe('日本語.png');
      expect(await readFile(await (await saved).path())).toEqual(await fixture('halves.png'));
      await call('DELETE', encodeURIComponent('日本語'));
    });

    it('tells where else an emoji works, and saves a file of it that does', async () => {
      const noise = await upload(server.url, 'noise-60', slowAnimation(60));
      expect(await finished(server.url, noise)).toMatchObject({ status: 'SUCCESS' });
      const page = await open('/?emoji=noise-60');
      await page.getByText('Where else will it work?').click();
      const place = (title: string) => page.locator('.platforms li').filter({ hasText: title });
      await place('Zulip').getByText('Works').waitFor();
      await place('Discord').getByText('With a fix').waitFor();
      await place('Discord').getByText('There it is called noise_60.').waitFor();
      await place('GoToSocial')
        .getByText(/The picture has \d{2,3},\d{3} bytes; GoToSocial takes at most 51,200\./)
        .waitFor();
      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save for GoToSocial' }).click(),
      ]);
      expect(saved.suggestedFilename()).toBe('noise_60.gif');
      const file = await readFile(await saved.path());
      expect(file.subarray(0, 6).toString()).toBe('GIF89a');
      // 50 KiB: the default of GoToSocial's media-emoji-local-max-size.
      expect(file.byteLength).toBeLessThanOrEqual(51_200);
      for (const colorScheme of ['light', 'dark'] as const) {
        const seen = await open('/?emoji=noise-60', { colorScheme });
        await seen.getByText('Where else will it work?').click();
        await seen.getByRole('button', { name: 'Save for GoToSocial' }).waitFor();
        expect(await violations(seen)).toEqual([]);
      }
      expect((await call('DELETE', 'noise-60')).status).toBe(200);
    });

    it('saves what is listed as a pack, for who chooses by keyboard too', async () => {
      const page = await open('/?tag=party&q=parrot');
      await page.getByRole('button', { name: 'Download a pack' }).click();
      const dialog = page.getByRole('dialog', { name: 'Download a pack' });
      await dialog.getByText('All emoji with the tag “party”, in one file.').waitFor();
      await dialog.getByText('What you search for makes no difference.').waitFor();
      await dialog.getByRole('radio', { checked: true, name: /^This service/ }).focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      const [saved] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
      expect(saved.suggestedFilename()).toBe('custom-emoji-discord.zip');
      const files = unzipSync(await readFile(await saved.path()));
      expect(Object.keys(files).sort()).toEqual(['party_parrot.gif', 'tada.gif']);
      await dialog.waitFor({ state: 'detached' });

      for (const options of [{ colorScheme: 'dark' }, PHONE] as const) {
        const seen = await open('/?animated=true', options);
        await seen.getByRole('button', { name: 'Download a pack' }).click();
        await seen.getByText('All animated emoji, in one file.').waitFor();
        expect(await violations(seen)).toEqual([]);
        for (const part of [seen.locator('html'), seen.locator('dialog .body')]) {
          expect(await part.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
        }
      }
    });

    it('says why there is no pack, where the service says no', async () => {
      const page = await open();
      await page.getByRole('button', { name: 'Download a pack' }).click();
      await page.route('**/packs/**', (route) => route.fulfill({ status: 503 }));
      allowed = ['503'];
      await page.getByRole('button', { name: 'Download', exact: true }).click();
      await page.getByRole('alert').getByText('The service answered 503').waitFor();
    });

    it('plays animations when they are pointed at, always, or never, and keeps the choice', async () => {
      const page = await open();
      const picture = tile(page, 'party_parrot').getByRole('presentation', { includeHidden: true });
      await expect.poll(() => picture.getAttribute('src')).toContain('.png');
      await tile(page, 'party_parrot').hover();
      await expect.poll(() => picture.getAttribute('src')).toContain('.gif');
      await page.getByRole('searchbox').hover();
      await expect.poll(() => picture.getAttribute('src')).toContain('.png');
      // Who has no pointer points with the focus.
      await page.getByRole('button', { name: 'Open :party_parrot:' }).focus();
      await expect.poll(() => picture.getAttribute('src')).toContain('.gif');
      await page.getByRole('searchbox').focus();
      await expect.poll(() => picture.getAttribute('src')).toContain('.png');
      await page.getByRole('button', { name: 'View' }).click();
      await page.getByRole('radio', { name: 'Always' }).check();
      await expect.poll(() => picture.getAttribute('src')).toContain('.gif');
      await page.getByRole('radio', { name: 'As in a chat' }).check();
      await page.reload();
      await expect.poll(() => picture.first().getAttribute('src')).toContain('.gif');
      // In a message and below it, on light and on dark.
      expect(await picture.count()).toBe(4);
      const grounds = await page.evaluate<string[]>(
        `[...document.querySelector('.tile').querySelectorAll('.strip')].map((s) => getComputedStyle(s).backgroundColor)`,
      );
      expect(grounds.map((colour) => Number(/\d+/.exec(colour)) > 127)).toEqual([true, false]);

      const calm = await open('/', { reducedMotion: 'reduce' });
      await tile(calm, 'party_parrot').hover();
      expect(
        await tile(calm, 'party_parrot').getByRole('presentation', { includeHidden: true }).getAttribute('src'),
      ).toContain('.png');
    });

    it('works by the keyboard only: find, open, copy, close', async () => {
      const page = await open();
      await expect.poll(() => names(page)).toHaveLength(4);
      await page.keyboard.press('/');
      await page.keyboard.type('parr');
      await expect.poll(() => names(page)).toHaveLength(2);
      await page.keyboard.press('Enter');
      await expect.poll(() => focused(page)).toMatch(/^Open :.*parrot:$/);
      const first = await focused(page);
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => focused(page)).not.toBe(first);
      await page.keyboard.press('ArrowLeft');
      await expect.poll(() => focused(page)).toBe(first);
      await page.keyboard.press('c');
      await expect.poll(() => clipboard(page)).toBe(first.replace('Open ', ''));
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe(first.replace('Open', 'Copy'));
      await page.keyboard.press('Shift+Tab');

      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: first.replace('Open ', '') });
      await dialog.getByRole('button', { name: 'Copy link' }).waitFor();
      await page.keyboard.press('Tab');
      for (let tabs = 0; tabs < 10 && !(await focused(page)).startsWith('Copy link'); tabs++)
        await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await expect.poll(() => clipboard(page)).toMatch(/\/custom-emoji\/emojis\/.*parrot$/);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(await focused(page)).toBe(first);
      expect(queryIn(page)).toBe('?q=parr');
    });

    it('renames, and the former name leads to the emoji', async () => {
      await add('before', 'halves.png');
      const page = await open('/?emoji=before');
      const dialog = page.getByRole('dialog');
      const name = dialog.getByRole('textbox', { name: 'Name' });
      await name.fill('tada');
      await dialog.getByText('“tada” is in use by another emoji. Choose another one.').waitFor();
      expect(await dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
      await name.fill('not allowed');
      await dialog.getByText('The name has " " (U+0020) in it').waitFor();
      await name.fill('polly');
      await dialog.getByText('“polly” is in use by :party_parrot: as an alias.').waitFor();
      await name.fill('After');
      await dialog.getByText('It is free. It becomes “after”.').waitFor();
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByText(':before: is :after: now. The old name leads to it.').waitFor();
      await page.getByRole('dialog', { name: ':after:' }).waitFor();
      await dialog.getByText('Renamed from before to after').waitFor();
      expect(queryIn(page)).toBe('?emoji=after');

      const former = await open('/?emoji=before');
      await former.getByRole('dialog', { name: ':after:' }).waitFor();
      await expect.poll(() => queryIn(former)).toBe('?emoji=after');
      await call('DELETE', 'after');
    });

    it('changes aliases, tags, category and description, and tells it in the history', async () => {
      await add('changing', 'halves.png');
      const page = await open('/?emoji=changing');
      const dialog = page.getByRole('dialog', { name: ':changing:' });
      await dialog.getByRole('textbox', { name: 'Aliases' }).fill('Change ');
      const tags = dialog.getByRole('textbox', { name: 'Tags' });
      await tags.pressSequentially('one,two three');
      await tags.press('Enter');
      await dialog.getByRole('button', { name: 'Remove the tag two' }).click();
      await tags.fill('-x');
      await tags.press('Enter');
      await dialog.getByText('it must start with a letter or a digit').waitFor();
      await tags.fill('');
      await dialog.getByRole('textbox', { name: 'Category' }).fill('Halves');
      await dialog.getByRole('textbox', { name: 'Description' }).fill('Two of them.');
      await dialog.getByRole('button', { name: 'Save' }).click();
      const said =
        'Alias change added; tags one and three added; category set to “Halves”; description set to “Two of them.”';
      await dialog.getByText(said).waitFor();
      expect(await known('changing')).toMatchObject({
        aliases: ['change'],
        tags: ['one', 'three'],
        category: 'Halves',
        description: 'Two of them.',
      });

      for (let time = 1; time <= 22; time++) await change('changing', { description: `${time}` });
      await page.reload();
      await dialog.getByText('description changed from “21” to “22”', { exact: false }).waitFor();
      expect(await dialog.getByText(said).count()).toBe(0);
      await dialog.getByRole('button', { name: 'Show what was before' }).click();
      await dialog.getByText(said).waitFor();
      await call('DELETE', 'changing');
    });

    it('tells what somebody else changed meanwhile, and lets the edit go on', async () => {
      await add('contested', 'halves.png');
      const page = await open('/?emoji=contested');
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox', { name: 'Description' }).fill('Mine.');
      await change('contested', { tags: ['theirs'], description: 'Theirs.' }, 'lin');
      allowed = ['412 (Precondition Failed)', '404 (Not Found)'];
      await dialog.getByRole('button', { name: 'Save' }).click();
      const alert = dialog.getByRole('alert').filter({ hasText: 'Somebody else changed' });
      await alert.filter({ hasText: 'tag theirs added; description set to “Theirs.”' }).waitFor();
      expect(await dialog.getByRole('textbox', { name: 'Description' }).inputValue()).toBe('Mine.');
      await dialog.getByRole('button', { name: 'Remove the tag theirs' }).waitFor();
      expect(await known('contested')).toMatchObject({ description: 'Theirs.' });
      expect(await violations(page)).toEqual([]);

      // Renamed, it is not found any more by the name that the edit began with.
      await change('contested', { name: 'contested_2' }, 'lin');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await alert.filter({ hasText: 'renamed from contested to contested_2' }).waitFor();
      expect(await dialog.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('contested_2');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved.').waitFor();
      expect(await known('contested_2')).toMatchObject({ description: 'Mine.', tags: ['theirs'] });
      await call('DELETE', 'contested_2');
    });

    it('says so where an address has no emoji any more', async () => {
      allowed = ['404 (Not Found)'];
      const page = await open('/?emoji=nobody');
      await page.getByRole('alert').getByText('There is no emoji called "nobody".').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(queryIn(page)).toBe('');
    });

    it('says so where it was deleted while somebody looks at it', async () => {
      await add('fleeting', 'halves.png');
      allowed = ['404 (Not Found)'];
      const page = await open('/?emoji=fleeting');
      await page.getByRole('textbox', { name: 'Description' }).waitFor();
      await call('DELETE', 'fleeting');
      await lookAgain(page);
      const alert = page.getByRole('alert').filter({ hasText: ':fleeting: was deleted meanwhile.' });
      await alert.getByRole('link', { name: 'bin' }).click();
      await page.getByRole('button', { name: 'Restore :fleeting:' }).waitFor();
    });

    it('asks before changes are lost', async () => {
      const page = await open();
      await page.getByRole('button', { name: 'Open :half:' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox', { name: 'Description' }).fill('Not saved');
      await dialog.getByRole('button', { name: 'Save' }).waitFor();
      // A browser lets nobody refuse twice: the dialog stays all the same.
      for (let times = 0; times < 2; times++) await page.keyboard.press('Escape');
      const asks = dialog.getByText('You have changes that are not saved.');
      await asks.waitFor();
      await dialog.getByRole('button', { name: 'Keep editing' }).click();
      await page.evaluate('history.back()');
      await asks.waitFor();
      await dialog.getByRole('button', { name: 'Keep editing' }).click();
      await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
      await asks.waitFor();
      await page.keyboard.press('Enter');
      await asks.waitFor({ state: 'detached' });
      await dialog.getByRole('button', { name: 'Discard' }).click();
      await dialog.getByRole('button', { name: 'Discard' }).waitFor({ state: 'detached' });
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(await known('half')).toMatchObject({ description: '' });
    });

    it('deletes what the person has seen, and undoes that', async () => {
      await add('regretted', 'halves.png');
      const page = await open();
      await page.getByRole('button', { name: 'Open :regretted:' }).click();
      const remove = page.getByRole('dialog').getByRole('button', { name: 'Delete' });
      await remove.waitFor();
      await change('regretted', { description: 'Keep it.' });
      allowed = ['412 (Precondition Failed)'];
      await remove.click();
      await page.getByText(':regretted: was changed by somebody else just now.').waitFor();
      await expect.poll(() => page.getByRole('textbox', { name: 'Description' }).inputValue()).toBe('Keep it.');
      await remove.click();
      await page.getByText(':regretted: is deleted.').waitFor();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await expect.poll(() => names(page)).not.toContain('regretted');
      // The one in its place has the focus.
      await expect.poll(() => focused(page)).toBe('Open :slow_parrot:');
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByText(':regretted: is back.').waitFor();
      await expect.poll(() => names(page)).toContain('regretted');
      await call('DELETE', 'regretted');
    });

    it('deletes once and restores once where somebody clicks twice', async () => {
      await add('clicked_twice', 'halves.png');
      const page = await open('/?emoji=clicked_twice');
      const dialog = page.getByRole('dialog', { name: ':clicked_twice:' });
      await dialog.getByRole('button', { name: 'Delete' }).dblclick();
      await page.getByText(':clicked_twice: is deleted.').waitFor();
      await dialog.waitFor({ state: 'detached' });
      await page.goto(`${server.url}/?view=bin`);
      await page.getByRole('button', { name: 'Restore :clicked_twice:' }).dblclick();
      await page.getByText(':clicked_twice: is back.').waitFor();
      await dialog.waitFor();
      // What is refused is an error in the console, too, which no test has unless it says so.
      await page.waitForLoadState('networkidle');
      await call('DELETE', 'clicked_twice');
    });

    it('restores from the bin, under another name where its own is taken', async () => {
      await add('twice', 'halves.png');
      await call('DELETE', 'twice');
      await add('twice', 'quadrants.webp');
      allowed = ['409 (Conflict)'];
      const page = await open();
      await page.getByRole('link', { name: 'Bin' }).click();
      await page
        .getByText(/can be restored until \d+ \w+ \d{4}/)
        .first()
        .waitFor();
      await page.getByRole('button', { name: 'Restore :twice:' }).click();
      const as = page.getByRole('textbox', { name: 'Restore it as' });
      await page.getByText('“twice” is in use by another emoji.').waitFor();
      await expect.poll(() => page.evaluate('document.activeElement.value')).toBe('twice');
      expect(await violations(page)).toEqual([]);
      // Also where it could not be looked up at first whether a name is free.
      allowed.push('ERR_FAILED');
      await page.route(/emojis:batchGet/, (route) => route.abort(), { times: 1 });
      const refused = page.waitForEvent('requestfailed');
      await as.fill('twice_again');
      await refused;
      await page.getByText('It is free.').waitFor();
      await page.keyboard.press('Enter');
      await page.getByText(':twice_again: is back.').waitFor();
      await page.getByRole('dialog', { name: ':twice_again:' }).waitFor();
      expect(await known('twice_again')).toMatchObject({ source: { format: 'png' } });
      for (const name of ['twice', 'twice_again']) await call('DELETE', name);
    });

    it('shows what others do, and what was done while the connection was lost', async () => {
      const page = await open();
      // It looks every 15 s, which pass at once.
      await page.clock.install();
      await page.reload();
      await expect.poll(() => names(page)).toHaveLength(4);
      await add('new_one', 'halves.png');
      await page.clock.fastForward(15_000);
      await expect.poll(() => names(page), { timeout: 10_000 }).toContain('new_one');

      allowed = ['ERR_INTERNET_DISCONNECTED'];
      await page.context().setOffline(true);
      await page.getByText('The service cannot be reached').waitFor();
      await call('DELETE', 'new_one');
      await page.context().setOffline(false);
      await expect.poll(() => names(page), { timeout: 10_000 }).not.toContain('new_one');
      expect(await page.getByText('The service cannot be reached').count()).toBe(0);
    });

    it('fits on a phone', async () => {
      for (const address of ['/', '/?emoji=party_parrot', '/?view=bin', '/?q=nobody']) {
        const page = await open(address, PHONE);
        await page.waitForLoadState('networkidle');
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
        const pages = page.getByRole('navigation', { name: 'Pages' });
        expect(await pages.evaluate((element) => element.scrollWidth - element.clientWidth), 'hidden pages').toBe(0);
        for (const body of await page.locator('dialog .body').all()) {
          expect(await body.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
        }
        expect(await violations(page)).toEqual([]);
      }
    });

    it.each(['light', 'dark'] as const)('has nothing that axe finds wrong, in %s', async (colorScheme) => {
      const page = await open('/', { colorScheme });
      await expect.poll(() => names(page)).toHaveLength(4);
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'View' }).click();
      await page.getByRole('radio', { name: 'As in a chat' }).check();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Open :party_parrot:' }).click();
      await page.getByRole('textbox', { name: 'Description' }).fill('Something');
      expect(await violations(page)).toEqual([]);
    });
  });

  describe('with 2,500 more', () => {
    beforeAll(async () => {
      await add('first_of_many', 'moving-square.gif');
      seed(await databaseIn(state), 2_500);
    });

    it('keeps the page small while one scrolls through all, and loads them as they are seen', async () => {
      const page = await open('/?tag=seeded');
      await expect.poll(() => names(page)).toContain('seed_0001');
      let most = 0;
      await expect
        .poll(
          async () => {
            await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
            most = Math.max(most, await page.evaluate<number>('document.querySelectorAll("*").length'));
            return names(page);
          },
          { timeout: 60_000, interval: 50 },
        )
        .toContain('seed_2500');
      expect(most).toBeLessThan(2_000);
    });

    it('lets one choose any tag, though its emoji are far from being seen', async () => {
      await change('seed_2500', { tags: ['seeded', 'last_of_all'] });
      const page = await open();
      await page.getByRole('button', { name: 'last_of_all', exact: true }).click();
      await expect.poll(() => names(page)).toEqual(['seed_2500']);
    });

    it('leads to the last one by the End key, and to the first one by Home', async () => {
      const page = await open('/?tag=seeded');
      await page.getByRole('button', { name: 'Open :seed_0001:' }).focus();
      await page.keyboard.press('End');
      await expect.poll(() => focused(page), { timeout: 30_000 }).toBe('Open :seed_2500:');
      await page.getByText('2,500 emoji').waitFor();
      const box = await tile(page, 'seed_2500').boundingBox();
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(page.viewportSize()?.height ?? 0);
      await page.keyboard.press('Home');
      await expect.poll(() => focused(page)).toBe('Open :seed_0001:');
      await page.keyboard.press('PageDown');
      await expect.poll(() => focused(page)).not.toBe('Open :seed_0001:');
    });

    it('keeps what is seen in its place when others come before it, and when more come after it', async () => {
      const page = await open('/?tag=seeded');
      await page.getByRole('button', { name: 'Open :seed_0001:' }).focus();
      const seen = tile(page, 'seed_0161');
      while ((await seen.count()) === 0) await page.keyboard.press('ArrowDown');
      await page.getByRole('button', { name: 'Open :seed_0161:' }).focus();
      await page.evaluate('scrollBy(0, 400)');
      expect(await seen.getAttribute('data-index')).toBe('160');
      const before = await seen.boundingBox();
      for (let number = 0; number < 10; number++) await change(`seed_240${number}`, { name: `seed_0120_${number}` });
      await lookAgain(page);
      await expect.poll(() => seen.getAttribute('data-index'), { timeout: 10_000 }).toBe('170');
      expect(await seen.boundingBox()).toEqual(before);

      const reload = page.waitForResponse((answer) => answer.url().includes('cursor='));
      await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
      const place = await page.evaluate('scrollY');
      await reload;
      await page.waitForTimeout(500);
      expect(await page.evaluate('scrollY')).toBe(place);
    });
  });
});

/** The emoji that are shown, in their order. */
function names(page: Page): Promise<string[]> {
  return page
    .getByRole('gridcell')
    .evaluateAll((cells) =>
      cells
        .sort((a, b) => Number(a.dataset.index) - Number(b.dataset.index))
        .map((cell) => /:([^:]+):/.exec(cell.textContent ?? '')?.[1] ?? ''),
    );
}

function tile(page: Page, name: string): Locator {
  return page.getByRole('gridcell').filter({ has: page.getByRole('button', { name: `Open :${name}:` }) });
}

/** Has the page look whether something has changed, which it does every now and then. */
const lookAgain = (page: Page): Promise<unknown> => page.evaluate('dispatchEvent(new Event("online"))');

const queryIn = (page: Page): string => new URL(page.url()).search;

const clipboard = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()');

/** What has the focus, as it is called. */
function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent');
}

/** Writes emoji into the database of a service that runs: with the picture, and after the number, of the newest one. */
function seed(file: string, count: number): void {
  const db = new DatabaseSync(file);
  db.exec(`
    PRAGMA busy_timeout = 5000;
    BEGIN;
    INSERT INTO emojis (id, created_at, updated_at, number, name, tags, image_hash, image_bytes, image_frames, renditions,
      version, latest_version, source_key)
    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    SELECT 'seed' || i, created_at + i, created_at + i, number + i, printf('seed_%04d', i), '["seeded"]', image_hash,
      image_bytes, image_frames, renditions, 1, 1, source_key
    FROM n, (SELECT * FROM emojis ORDER BY number DESC LIMIT 1);
    INSERT INTO emoji_names (name, emoji_id, kind) SELECT name, id, 'primary' FROM emojis WHERE id LIKE 'seed%';
    INSERT INTO emoji_tags (tag, name, number, emoji_id) SELECT 'seeded', name, number, id FROM emojis WHERE id LIKE 'seed%';
    INSERT INTO emoji_search (rowid, text) SELECT number, name || char(10) || 'seeded' FROM emojis WHERE id LIKE 'seed%';
    UPDATE counters SET value = value + 1 WHERE name = 'emoji_changes';
    COMMIT`);
  db.close();
}
