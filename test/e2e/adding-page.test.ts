import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BLUE, like, RED } from '../support/colours.ts';
import { decodeGif, pixelAt } from '../support/gif.ts';
import { launchBrowser, NO_BROWSER, openPage, violations } from './browser.ts';
import { fetchEmoji, finished, fixture, upload } from './client.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';
import { slowAnimation } from './slow-animation.ts';

const PHONE = { width: 390, height: 844 };

describe.skipIf(NO_BROWSER)('adding pictures in a browser', () => {
  let folder: string;
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    folder = await emptyState();
    server = await startPrepared(folder);
    browser = await launchBrowser();
  });

  watchServer(() => server);

  // Pages that are open still would follow their pictures, and play them.
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(at = '/', options: BrowserContextOptions = {}) {
    const opened = await openPage(browser, server.url, at, options);
    // It takes what is dropped and pasted once it is there, which is when the page knows who may add.
    await opened.page.getByRole('button', { name: 'Add emoji', includeHidden: true }).waitFor({ state: 'attached' });
    return opened;
  }

  /** An emoji that is there before the page is opened. */
  const emoji = async (name: string, file: string) =>
    expect(await finished(server.url, await upload(server.url, name, await fixture(file)))).toMatchObject({
      status: 'SUCCESS',
    });

  const info = async (name: string) => {
    const response = await fetch(`${server.url}/custom-emoji/emojis/${encodeURIComponent(name)}/info`);
    return (await response.json()) as { hash: string; aliases: string[]; source: { format: string } };
  };

  const change = (name: string, changes: object) =>
    fetch(`${server.url}/custom-emoji/emojis/${name}`, {
      method: 'PATCH',
      headers: { 'If-Match': '*', 'Content-Type': 'application/json' },
      body: JSON.stringify(changes),
    });

  const file = async (name: string, contents: string | Uint8Array) => {
    const at = path.join(folder, name);
    await mkdir(path.dirname(at), { recursive: true });
    await writeFile(at, contents);
    return at;
  };

  /** A picture of one colour, like no other. */
  const plain = (colour: string) =>
    sharp({ create: { width: 20, height: 20, channels: 4, background: colour } })
      .png()
      .toBuffer();

  describe('choosing', () => {
    it('makes emoji of many pictures at once, and shows each as it is served', async () => {
      const { page, faults } = await open();
      await choose(page, 'halves.png', 'moving-square.gif', 'quadrants.tiff');
      expect(await names(page)).toEqual(['halves', 'moving-square', 'quadrants']);
      // Chromium shows no TIFF.
      await row(page, 'quadrants.tiff').getByText('cannot show this file').waitFor();
      await page.getByRole('button', { name: 'Add 3 emoji' }).click();
      for (const name of ['halves', 'moving-square', 'quadrants']) await made(page, name);
      await page.getByText('3 added').waitFor();
      // Discord, Mastodon, Misskey and GoToSocial take no dash.
      await (await made(page, 'moving-square')).getByText('Works in 6 of 10').waitFor();
      await (await made(page, 'halves')).getByText('Works in 10 of 10').waitFor();
      expect(decodeGif(await fetchEmoji(server.url, 'moving-square')).frames).toHaveLength(3);
      const shown = page.getByRole('listitem').filter({ hasText: ':halves:' }).locator('img');
      expect(await shown.getAttribute('src')).toBe(`/custom-emoji/images/${(await info('halves')).hash}.gif`);

      await page.getByRole('dialog').getByRole('button', { name: 'Copy :halves:' }).click();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(':halves:');
      expect(faults).toEqual([]);
    });

    it('takes a folder and those in it, without what systems put there', async () => {
      const red = await plain('#d02020');
      await file('chosen/one.png', red);
      await file('chosen/.DS_Store', 'system');
      await file('chosen/deep/deeper/Two Words.png', red);
      const { page, faults } = await open();
      await page.getByRole('button', { name: 'Add emoji' }).click();
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose a folder' }).click();
      await (await chooser).setFiles(path.join(folder, 'chosen'));
      await page.getByLabel('Name for one.png').waitFor();
      expect(await names(page)).toEqual(['one', 'two_words']);
      expect(faults).toEqual([]);
    });

    it('tells what emoji look exactly the same', async () => {
      await emoji('first-yellow', 'quadrants.bmp');
      const { page, faults } = await open();
      await choose(page, 'quadrants.bmp');
      await page.getByLabel('Name for quadrants.bmp').fill('second-yellow');
      await page.getByRole('button', { name: 'Add 1 emoji' }).click();
      const done = await made(page, 'second-yellow');
      await done.getByText('Looks exactly like').waitFor();
      await done.getByRole('link', { name: ':first-yellow:' }).click();
      await page.getByRole('dialog', { name: ':first-yellow:' }).getByText('Version').waitFor();
      expect(new URL(page.url()).search).toBe('?emoji=first-yellow');
      expect(faults).toEqual([]);
    });

    it('says at once what need not be sent, and why', async () => {
      const { page, faults } = await open();
      await chooseFiles(
        page,
        ...(await Promise.all([file('notes.txt', 'no'), file('nothing.png', ''), file('a.zip', 'zip')])),
      );
      const large = await file('large.png', '');
      await truncate(large, 50 * 1_024 * 1_024 + 1);
      await chooseFiles(page, large);
      await row(page, 'large.png').getByText('the limit is 50 MB. Scale the picture down').waitFor();
      await row(page, 'a.zip').getByText('no picture but a pack, or a list of one. Drop it on the page').waitFor();
      await row(page, 'notes.txt').getByText('no picture but text/plain. Choose a PNG').waitFor();
      await row(page, 'nothing.png').getByText('empty (0 bytes). Choose a file with a picture.').waitFor();
      expect(await page.getByRole('button', { name: /^Add \d/ }).count()).toBe(0);
      expect(faults).toEqual([]);
    });
  });

  describe('dropping and pasting', () => {
    it('takes what is dropped anywhere, and shows where while it is dragged', async () => {
      const { page, faults } = await open();
      await transfer(page, 'dragover', ['dropped.png']);
      await page.getByText('Drop pictures, folders or packs to add them').waitFor();
      await transfer(page, 'drop', ['dropped.png', 'dropped too.png']);
      await page.getByLabel('Name for dropped too.png').waitFor();
      expect(await names(page)).toEqual(['dropped', 'dropped_too']);
      expect(await page.getByText('Drop pictures, folders or packs to add them').isVisible()).toBe(false);
      // Into the sheet as well.
      await transfer(page, 'drop', ['third.png']);
      await page.getByLabel('Name for third.png').waitFor();
      expect(faults).toEqual([]);
    });

    it('takes a folder that is dropped, and those in it', async () => {
      const blue = await plain('#2020d0');
      await file('dropped/a.png', blue);
      await file('dropped/inner/b.png', blue);
      await file('dropped/inner/most/c.png', blue);
      const { page, faults } = await open();
      const browserSession = await page.context().newCDPSession(page);
      const data = { items: [], files: [path.join(folder, 'dropped')], dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
        await browserSession.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
      }
      await page.getByLabel('Name for c.png').waitFor();
      expect((await names(page)).sort()).toEqual(['a', 'b', 'c']);
      expect(faults).toEqual([]);
    });

    it('takes what is pasted, one or many, and leaves text to its field', async () => {
      const { page, faults } = await open();
      await transfer(page, 'paste', ['image.png']);
      await page.getByLabel('Name for image.png').waitFor();
      // The name has the focus now: another picture is no text.
      await transfer(page, 'paste', ['image.png', 'other.png']);
      await page.getByLabel('Name for other.png').waitFor();
      expect(await names(page)).toEqual(['image', 'image_2', 'other']);
      await transfer(page, 'paste', ['from-text.png'], 'words');
      expect(await page.getByLabel('Name for from-text.png').count()).toBe(0);
      expect(faults).toEqual([]);
    });
  });

  describe('names', () => {
    it('says which rule is broken, and mends it by one click', async () => {
      const { page, faults } = await open();
      await choose(page, 'halves.png');
      await page.getByLabel('Name for halves.png').fill('what a name!');
      await page.getByText('The name has " " (U+0020) in it').waitFor();
      expect(await page.getByRole('button', { name: 'Add emoji', exact: true }).last().isDisabled()).toBe(true);
      await page.getByRole('button', { name: 'Use what_a_name' }).click();
      await page.getByText(':what_a_name: is free').waitFor();
      expect(faults).toEqual([]);
    });

    it('has each name once in the sheet', async () => {
      const { page, faults } = await open();
      await choose(page, 'halves.png', 'quadrants.bmp');
      await page.getByLabel('Name for quadrants.bmp').fill('Same');
      await page.getByLabel('Name for halves.png').fill('same');
      await page.getByText('Another file here is called :same: too.').waitFor();
      await page.getByRole('button', { name: 'Use same_2' }).click();
      await expect.poll(() => names(page)).toEqual(['same', 'same_2']);
      expect(faults).toEqual([]);
    });

    it('offers another name, or to replace the picture, where a name is taken', async () => {
      await emoji('taken', 'halves.png');
      await emoji('taken_2', 'halves.png');
      await change('taken', { aliases: ['also-taken'] });
      await emoji('was-taken', 'halves.png');
      await change('was-taken', { name: 'is-taken' });
      const { page, faults } = await open();
      await choose(page, 'quadrants.bmp');
      const name = page.getByLabel('Name for quadrants.bmp');
      await name.fill('was-taken');
      await page.getByText(':was-taken: is free').waitFor();
      await name.fill('also-taken');
      await page.getByText(':also-taken: is another name of :taken:').waitFor();
      await name.fill('taken');
      await page.getByText('There is a :taken: already.').waitFor();
      await page.getByRole('button', { name: 'Use taken_3' }).click();
      await page.getByText(':taken_3: is free').waitFor();

      await name.fill('taken');
      await page.getByRole('button', { name: 'Replace the picture of :taken:' }).click();
      await page.getByText('stays until the new one is ready').waitFor();
      await page.getByRole('button', { name: 'Add 1 emoji' }).click();
      await page.getByText('Has its new picture.').waitFor();
      expect((await info('taken')).source.format).toBe('bmp');
      expect(faults).toEqual([]);
    });

    it('looks names up anew when the sheet is opened again', async () => {
      await emoji('leaving', 'halves.png');
      const { page, faults } = await open();
      await choose(page, 'quadrants.bmp');
      await page.getByLabel('Name for quadrants.bmp').fill('leaving');
      await page.getByText('There is a :leaving: already.').waitFor();
      await page.keyboard.press('Escape');
      await fetch(`${server.url}/custom-emoji/emojis/leaving`, { method: 'DELETE' });
      await page.getByRole('button', { name: 'Show' }).click();
      await page.getByText(':leaving: is free').waitFor();
      expect(faults).toEqual([]);
    });

    it('finds free names for all files whose names are taken', async () => {
      for (const name of ['quadrants-1', 'quadrants-2']) await emoji(name, 'quadrants.bmp');
      const { page, faults } = await open();
      await choose(page, 'quadrants.bmp', 'quadrants.ico', 'quadrants.webp');
      await page.getByLabel('Name for quadrants.bmp').fill('quadrants-1');
      await page.getByLabel('Name for quadrants.ico').fill('quadrants-2');
      await page.getByLabel('Name for quadrants.webp').fill('quadrants-1_2');
      await page.getByText('2 need other names.').waitFor();
      await page.getByRole('button', { name: 'Show the first' }).click();
      expect(await hasFocus(page.getByLabel('Name for quadrants.bmp'))).toBe(true);
      await page.getByRole('button', { name: 'Use free names for all' }).click();
      await page.getByRole('button', { name: 'Add 3 emoji' }).waitFor();
      expect(await names(page)).toEqual(['quadrants-1_3', 'quadrants-2_2', 'quadrants-1_2']);
      expect(faults).toEqual([]);
    });

    it('tells when a name was taken after it was looked up', async () => {
      const { page, faults } = await open();
      await choose(page, 'halves.png');
      await page.getByLabel('Name for halves.png').fill('race');
      await page.getByText(':race: is free').waitFor();
      await emoji('race', 'quadrants.bmp');
      await page.getByRole('button', { name: 'Add 1 emoji' }).click();
      await page.getByText('There is a :race: already.').waitFor();
      await page.getByRole('button', { name: 'Use race_2' }).click();
      await page.getByRole('button', { name: 'Add 1 emoji' }).click();
      await made(page, 'race_2');
      expect(faults).toEqual([expect.stringContaining('status of 409')]);
    });
  });

  describe('sending', () => {
    it('ends the good ones though one is bad, and sends that again under another name', async () => {
      const damaged = await file('damaged.png', (await fixture('halves.png')).subarray(0, 40));
      const { page, faults } = await open();
      await chooseFiles(page, damaged, 'test/fixtures/halves.png', 'test/fixtures/quadrants.webp');
      await page.getByLabel('Name for halves.png').fill('good-halves');
      await page.getByLabel('Name for quadrants.webp').fill('good-quadrants');
      await page.getByRole('button', { name: 'Add 3 emoji' }).click();
      await made(page, 'good-halves');
      await made(page, 'good-quadrants');
      const bad = row(page, 'damaged.png');
      await bad.getByText('The file is damaged. Open it in a picture editor and save it again').waitFor();
      await page.getByLabel('Name for damaged.png').fill('damaged-again');
      await bad.getByRole('button', { name: 'Try again' }).click();
      const listed = `${server.url}/task-queue/tasks?state=FAILURE&name=damaged-again`;
      await expect
        .poll(async () => ((await (await fetch(listed)).json()) as { data: unknown[] }).data.length, {
          timeout: 20_000,
        })
        .toBe(1);
      await bad.getByText('The file is damaged.').waitFor();
      expect(faults).toEqual([]);
    });

    it('brings what failed within reach of many, and sends all of it again', async () => {
      const damaged = (await fixture('halves.png')).subarray(0, 40);
      const { page, faults } = await open();
      const bad = await Promise.all(['bad-1.png', 'bad-2.png'].map((name) => file(name, damaged)));
      const fine = await file('between.png', await plain('#20d020'));
      await chooseFiles(page, ...bad, fine, await file('words.txt', 'no picture'));
      await page.getByRole('button', { name: 'Add 3 emoji' }).click();
      await made(page, 'between');
      await page.getByText('3 of 4 failed.').waitFor();
      await page.getByRole('button', { name: 'Show only these' }).click();
      const rows = page.locator('.files').getByRole('listitem');
      expect(await rows.count()).toBe(3);
      expect(await row(page, 'between').count()).toBe(0);
      await page.getByRole('button', { name: 'Try 2 again' }).click();
      const attempts = async (name: string) => {
        const response = await fetch(`${server.url}/task-queue/tasks?state=FAILURE&name=${name}`);
        return ((await response.json()) as { data: unknown[] }).data.length;
      };
      for (const name of ['bad-1', 'bad-2']) await expect.poll(() => attempts(name), { timeout: 20_000 }).toBe(2);
      await page.getByText('3 of 4 failed.').waitFor();
      expect(await rows.count()).toBe(3);
      await page.getByRole('button', { name: 'Show all 4' }).click();
      expect(await rows.count()).toBe(4);
      expect(faults).toEqual([]);
    });

    it('sends again what was cancelled', async () => {
      const slow = await file('slow.gif', slowAnimation(600));
      const { page, faults } = await open();
      await chooseFiles(page, slow);
      await page.getByRole('button', { name: 'Add 1 emoji' }).click();
      await page.getByText(/Being made: frame \d+ of 600/).waitFor();
      await page.getByRole('button', { name: 'Cancel slow.gif' }).click();
      await page.getByText('It was cancelled.').waitFor();
      await row(page, 'slow.gif').getByRole('button', { name: 'Try again' }).click();
      await made(page, 'slow');
      expect(faults).toEqual([]);
    });

    it('makes no second emoji where an answer was lost', async () => {
      const { page } = await open();
      const keys: (string | undefined)[] = [];
      await page.route('**/custom-emoji/emojis?*', async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        keys.push(route.request().headers()['idempotency-key']);
        if (keys.length > 1) return route.continue();
        await route.fetch();
        await route.abort('connectionreset');
      });
      await choose(page, 'halves.png');
      await page.getByLabel('Name for halves.png').fill('lost-answer');
      await page.getByRole('button', { name: 'Add 1 emoji' }).click();
      await made(page, 'lost-answer');
      expect(keys).toHaveLength(2);
      expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
      expect(keys[1]).toBe(keys[0]);
      const { data } = (await (await fetch(`${server.url}/task-queue/tasks?name=lost-answer`)).json()) as {
        data: unknown[];
      };
      expect(data).toHaveLength(1);
    });

    it('goes on under another key where the service went down in the middle of a request, and keeps its key', async () => {
      const { page } = await open();
      const keys: (string | undefined)[] = [];
      await page.route('**/custom-emoji/emojis?*', async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        keys.push(route.request().headers()['idempotency-key']);
        if (keys.length > 1 && keys.at(-1) !== keys[0]) return route.continue();
        // As the service answers while it does not know what has become of that request.
        const problem = { title: 'Conflict', status: 409, code: 'idempotency_key_in_use', detail: 'Under way.' };
        await route.fulfill({ status: 409, json: problem });
      });
      await choose(page, 'halves.png');
      await page.getByLabel('Name for halves.png').fill('broken-off');
      await page.getByRole('button', { name: 'Add 1 emoji' }).click();
      await made(page, 'broken-off');
      expect(keys.slice(1, -1).every((key) => key === keys[0])).toBe(true);
      expect((await info('broken-off')).source.format).toBe('png');
    });

    it('waits as long as the service asks for, says so, and sends again', async () => {
      const { page } = await open();
      const keys: (string | undefined)[] = [];
      await page.route('**/custom-emoji/emojis?*', async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        keys.push(route.request().headers()['idempotency-key']);
        if (keys.length > 1) return route.continue();
        const problem = { title: 'Too Many Requests', status: 429, code: 'rate_limited', detail: 'Too many.' };
        await route.fulfill({ status: 429, headers: { 'Retry-After': '2' }, json: problem });
      });
      await choose(page, 'halves.png');
      await page.getByLabel('Name for halves.png').fill('held-back');
      await page.getByRole('button', { name: 'Add 1 emoji' }).click();
      await page.getByText('Too much at once: will be sent again in 2 seconds').waitFor();
      await made(page, 'held-back');
      expect(keys).toEqual([keys[0], keys[0]]);
      expect((await info('held-back')).source.format).toBe('png');
    });

    it('says that the connection is lost, and goes on when it is back', async () => {
      const { page } = await open();
      await choose(page, 'halves.png');
      await page.getByLabel('Name for halves.png').fill('patient');
      await page.getByText(':patient: is free').waitFor();
      await page.context().setOffline(true);
      await page.getByRole('button', { name: 'Add 1 emoji' }).click();
      await page.getByRole('dialog').getByText('The service cannot be reached since').waitFor();
      await page.context().setOffline(false);
      await made(page, 'patient');
      expect(await page.getByText('The service cannot be reached since').count()).toBe(0);
    });

    it('goes on in a closed sheet, and asks before the page is left while something is sent', async () => {
      const { page, faults } = await open();
      const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
      await page.route('**/custom-emoji/emojis?*', async (route) => {
        if (route.request().method() === 'POST') await held;
        await route.continue();
      });
      await choose(page, 'halves.png');
      await page.getByLabel('Name for halves.png').fill('behind');
      await page.getByRole('button', { name: 'Add 1 emoji' }).click();
      await page.getByRole('button', { name: 'Close, and go on' }).click();
      const summary = page.getByRole('region', { name: 'Pictures that are being added' });
      await summary.getByText('1 under way').waitFor();

      const asked = page.waitForEvent('dialog');
      const leaving = page.close({ runBeforeUnload: true });
      const dialog = await asked;
      expect(dialog.type()).toBe('beforeunload');
      await dialog.dismiss();
      await leaving;

      letGo();
      await page.getByText('1 emoji was added').waitFor();
      expect(await summary.count()).toBe(0);
      expect(await fetchEmoji(server.url, 'behind')).toBeInstanceOf(Uint8Array);
      expect(faults).toEqual([]);
    });

    it('makes each as it was chosen for all, and for one by itself', async () => {
      const { page, faults } = await open();
      await choose(page, 'halves.png', 'orientation-6.jpg');
      await page.getByLabel('Name for halves.png').fill('chosen-halves');
      await page.getByLabel('Name for orientation-6.jpg').fill('chosen-photo');
      const all = page.getByRole('group', { name: 'For all of them' });
      await all.getByLabel('Fill').check();
      const photo = row(page, 'orientation-6.jpg');
      await photo.getByRole('button', { name: 'Preview' }).click();
      const preview = photo.getByRole('img', { name: 'In a dark chat' }).locator('img').first();
      expect(await shape(preview)).toBe('cover');
      await photo.getByLabel('Stretch').check();
      expect(await shape(preview)).toBe('fill');
      await page.getByRole('button', { name: 'Add 2 emoji' }).click();
      await made(page, 'chosen-halves');
      await made(page, 'chosen-photo');
      // 200×100 that fills the square has no padding: its lower half is as high as the emoji.
      expect(pixelAt(decodeGif(await fetchEmoji(server.url, 'chosen-halves')), 0, 10, 90)).toEqual(like(RED));
      expect(pixelAt(decodeGif(await fetchEmoji(server.url, 'chosen-photo')), 0, 5, 10)).toEqual(like(BLUE));
      expect(faults).toEqual([]);
    });
  });

  it('shows pixel art before it is sent as it will be made', async () => {
    // Drawn pixel by pixel: a shape of three colours on nothing, which smooth scaling would blur.
    const side = 10;
    const colours = ['#d02020ff', '#20d020ff', '#2020d0ff', '#00000000'];
    const words = Array.from({ length: side * side }, (_, i) => colours[(i * i + Math.floor(i / side)) % 4] ?? '');
    const pixels = Buffer.from(words.map((colour) => colour.slice(1)).join(''), 'hex');
    const png = await sharp(pixels, { raw: { width: side, height: side, channels: 4 } })
      .png()
      .toBuffer();
    const { page, faults } = await open();
    await chooseFiles(page, await file('art.png', png));
    const preview = page.getByRole('img', { name: 'In a light chat' }).locator('img').first();
    await expect.poll(() => rendering(preview)).toBe('pixelated');
    expect(await rendering(row(page, 'art.png').locator('.thumb img'))).toBe('pixelated');
    // A picture that is made smaller again has no squares to keep.
    expect(await rendering(page.getByRole('img', { name: 'In a light chat' }).locator('img').nth(1))).toBe('auto');
    const seen = await sharp(await preview.screenshot())
      .ensureAlpha()
      .raw()
      .toBuffer();
    await page.getByRole('button', { name: 'Add 1 emoji' }).click();
    await made(page, 'art');
    const gif = decodeGif(await fetchEmoji(server.url, 'art'));
    for (let y = 0; y < 100; y++) {
      for (let x = 0; x < 100; x++) {
        const pixel = pixelAt(gif, 0, x, y);
        const at = 4 * (100 * y + x);
        // The chat is white.
        const expected = pixel === 'clear' ? [255, 255, 255, 255] : pixel;
        expect([...seen.subarray(at, at + 4)], `${x}, ${y}`).toEqual(expected);
      }
    }
    // Neither a photo nor what is large enough is shown so.
    await chooseFiles(page, 'test/fixtures/halves.png');
    expect(await rendering(row(page, 'halves.png').locator('.thumb img'))).toBe('auto');
    expect(faults).toEqual([]);
  });

  describe('the picture of an emoji', () => {
    it('is replaced, and stays until the new one is there', async () => {
      await emoji('replaced', 'halves.png');
      const before = await info('replaced');
      const slow = await file('slow.gif', slowAnimation(300));
      const { page, faults } = await open('/?emoji=replaced');
      await page.getByRole('button', { name: 'Replace picture' }).click();
      const dialog = page.getByRole('dialog', { name: 'Replace the picture of :replaced:' });
      const chooser = page.waitForEvent('filechooser');
      await dialog.getByRole('button', { name: 'Choose a picture' }).click();
      await (await chooser).setFiles(slow);
      await dialog.getByRole('figure', { name: 'New' }).waitFor();
      // The second of two clicks must not close it.
      await dialog.getByRole('button', { name: 'Replace', exact: true }).dblclick();
      await dialog.getByText('The picture that it has stays until the new one is ready.').waitFor();
      await dialog.getByText(/Being made: frame \d+ of 300/).waitFor();
      expect((await info('replaced')).hash).toBe(before.hash);
      const old = dialog.getByRole('figure').first().locator('img').first();
      expect(await old.getAttribute('src')).toBe(`/custom-emoji/images/${before.hash}.gif`);
      await dialog.getByText(':replaced: has its new picture.').waitFor();
      expect((await info('replaced')).source.format).toBe('gif');
      await dialog.getByRole('button', { name: 'Done' }).click();
      expect(faults).toEqual([]);
    });

    it('is kept where the new one cannot be made, which says why', async () => {
      await emoji('kept', 'halves.png');
      const before = await info('kept');
      const { page, faults } = await open('/?emoji=kept');
      await page.getByRole('button', { name: 'Replace picture' }).click();
      await page.getByRole('button', { name: 'Choose a picture' }).waitFor();
      await transfer(page, 'paste', ['broken.png'], undefined, (await fixture('halves.png')).subarray(0, 40));
      await page.getByRole('button', { name: 'Replace', exact: true }).click();
      await page.getByText('The file is damaged.').waitFor();
      await page.getByText(':kept: keeps the picture that it has.').waitFor();
      expect((await info('kept')).hash).toBe(before.hash);
      // Another one can be dropped at once.
      await transfer(page, 'drop', ['whole.png']);
      await page.getByText('whole.png').waitFor();
      await page.getByRole('button', { name: 'Replace', exact: true }).click();
      await page.getByText(':kept: has its new picture.').waitFor();
      expect((await info('kept')).hash).not.toBe(before.hash);
      expect(faults).toEqual([]);
    });

    it('is not replaced unseen where somebody else was faster', async () => {
      await emoji('contended', 'halves.png');
      const { page, faults } = await open('/?emoji=contended');
      await page.getByRole('button', { name: 'Replace picture' }).click();
      await page.getByRole('button', { name: 'Choose a picture' }).waitFor();
      await transfer(page, 'drop', ['late.png']);
      await change('contended', { tags: ['faster'] });
      await page.getByRole('button', { name: 'Replace', exact: true }).click();
      await page.getByText('has been changed since you looked at it').waitFor();
      await page.getByRole('button', { name: 'Look at it as it is now' }).click();
      await page.getByRole('button', { name: 'Replace', exact: true }).click();
      await page.getByText(':contended: has its new picture.').waitFor();
      expect(faults).toEqual([expect.stringContaining('status of 412')]);
    });

    it('is made anew from the upload that is kept, in another way', async () => {
      await emoji('anew', 'halves.png');
      const { page, faults } = await open('/?emoji=anew');
      await page.getByRole('button', { name: 'Render anew' }).click();
      const dialog = page.getByRole('dialog', { name: 'Render :anew: anew' });
      await dialog.getByLabel('Fill').check();
      const preview = dialog.getByRole('figure', { name: 'New' }).locator('img').first();
      expect(await shape(preview)).toBe('cover');
      expect(await preview.evaluate((image) => image.naturalWidth)).toBe(200);
      await dialog.getByLabel('Size, in pixels').fill('50');
      await dialog.getByRole('button', { name: 'Render anew' }).click();
      await dialog.getByText(':anew: has its new picture.').waitFor();
      const gif = decodeGif(await fetchEmoji(server.url, 'anew'));
      expect(gif.width).toBe(50);
      expect(pixelAt(gif, 0, 5, 45)).toEqual(like(RED));
      // The next time it starts from how the picture was made.
      await page.reload();
      await page.getByRole('button', { name: 'Render anew' }).click();
      await dialog.getByLabel('Size, in pixels').waitFor();
      expect(await dialog.getByLabel('Size, in pixels').inputValue()).toBe('50');
      expect(await dialog.getByLabel('Fill').isChecked()).toBe(true);
      expect(faults).toEqual([]);
    });
  });

  describe('for everyone', () => {
    it('needs no mouse', async () => {
      const { page, faults } = await open();
      const chooser = page.waitForEvent('filechooser');
      const button = page.getByRole('button', { name: 'Add emoji' });
      for (let tabs = 0; tabs < 30 && !(await hasFocus(button)); tabs++) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Choose pictures' }).waitFor();
      await expect.poll(() => hasFocus(page.getByRole('button', { name: 'Choose pictures' }))).toBe(true);
      await page.keyboard.press('Enter');
      await (await chooser).setFiles('test/fixtures/halves.png');
      // The name is selected, to be written over.
      await expect.poll(() => hasFocus(page.getByLabel('Name for halves.png'))).toBe(true);
      await page.keyboard.type('by-keyboard');
      await page.keyboard.press('Enter');
      await made(page, 'by-keyboard');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
      await expect.poll(() => hasFocus(button)).toBe(true);
      expect(faults).toEqual([]);
    });

    it('moves nothing for those who want no motion, until they ask for it', async () => {
      const { page, faults } = await open('/', { reducedMotion: 'reduce' });
      await chooseFiles(page, await file('moving.gif', slowAnimation(2)));
      const preview = page.getByRole('img', { name: 'In a light chat' });
      const picture = preview.locator('img').first();
      await expect.poll(() => picture.getAttribute('src')).toMatch(/^blob:/);
      const still = await picture.getAttribute('src');
      const look = () => preview.screenshot().then((seen) => seen.toString('base64'));
      const first = await look();
      await page.waitForTimeout(200);
      expect(await look()).toBe(first);
      await page.getByRole('button', { name: 'Play' }).click();
      await expect.poll(look).not.toBe(first);
      await page.getByRole('button', { name: 'Stop' }).click();
      expect(await picture.getAttribute('src')).toBe(still);
      expect(faults).toEqual([]);
    });

    it('fits on a phone', async () => {
      const { page, faults } = await open('/', { viewport: PHONE });
      await choose(page, 'halves.png', 'quadrants.tiff');
      await row(page, 'halves.png').getByRole('button', { name: 'Preview' }).click();
      await page.getByLabel('Name for quadrants.tiff').fill('x'.repeat(70));
      await page.getByText('has 70 characters').waitFor();
      for (const part of [page.locator('html'), page.locator('dialog .body')]) {
        expect(await part.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
      }
      expect(faults).toEqual([]);
    });

    it.each(['light', 'dark'] as const)('has no fault that axe finds, in the %s theme', async (colorScheme) => {
      const name = `axe-${colorScheme}`;
      const { page, faults } = await open('/', { colorScheme });
      await page.getByRole('button', { name: 'Add emoji' }).click();
      await page.getByRole('button', { name: 'Choose pictures' }).waitFor();
      expect(await violations(page)).toEqual([]);
      const damaged = await file('damaged.png', (await fixture('halves.png')).subarray(0, 40));
      await chooseFiles(page, damaged, await file('notes.txt', 'no picture'), 'test/fixtures/halves.png');
      await row(page, 'halves.png').getByRole('button', { name: 'Preview' }).click();
      await page.getByLabel('Name for halves.png').fill('a b');
      await page.getByRole('button', { name: 'Use a_b' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByLabel('Name for halves.png').fill(name);
      await page.getByRole('button', { name: 'Add 2 emoji' }).click();
      await (await made(page, name)).getByText('Works in 6 of 10').click();
      await page.getByText(`There it is called axe_${colorScheme}.`).first().waitFor();
      await page.getByText('The file is damaged.').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Close' }).last().click();
      await page.getByRole('region', { name: 'Pictures that are being added' }).waitFor();
      expect(await violations(page)).toEqual([]);

      const { page: picture } = await open(`/?emoji=${name}`, { colorScheme });
      await picture.getByRole('button', { name: 'Render anew' }).click();
      await picture.getByRole('figure', { name: 'New' }).waitFor();
      expect(await violations(picture)).toEqual([]);
      expect(faults).toEqual([]);
    });
  });
});

/** The names that the files of the sheet are to have, in their order. */
async function names(page: Page): Promise<string[]> {
  const fields = await page.getByLabel(/^Name for /).all();
  return Promise.all(fields.map((field) => field.inputValue()));
}

/** What the sheet has of a file. */
const row = (page: Page, file: string) => page.getByRole('listitem').filter({ hasText: file });

/** Waits until the sheet has a file as the emoji that it has become. */
async function made(page: Page, name: string) {
  const done = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: `:${name}:`, exact: true }) });
  await done.getByText('Added.').waitFor();
  return done;
}

const choose = (page: Page, ...fixtures: string[]) =>
  chooseFiles(page, ...fixtures.map((name) => `test/fixtures/${name}`));

async function chooseFiles(page: Page, ...files: string[]): Promise<void> {
  const button = page.getByRole('button', { name: /^(Choose|More) pictures$/ });
  if ((await button.count()) === 0) await page.getByRole('button', { name: 'Add emoji' }).click();
  const chooser = page.waitForEvent('filechooser');
  await button.click();
  await (await chooser).setFiles(files);
}

/** Hands files to what has the focus, as a browser does that has them dropped or pasted. */
async function transfer(
  page: Page,
  type: 'dragover' | 'drop' | 'paste',
  names: string[],
  text?: string,
  contents?: Uint8Array,
): Promise<void> {
  const picture = Buffer.from(contents ?? (await fixture('quadrants.webp'))).toString('base64');
  const handOver = `({ type, names, text, picture }) => {
    const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
    const data = new DataTransfer();
    for (const name of names) data.items.add(new File([bytes], name, { type: 'image/png' }));
    if (text) data.setData('text/plain', text);
    const how = { bubbles: true, cancelable: true };
    const event =
      type === 'paste'
        ? new ClipboardEvent(type, { ...how, clipboardData: data })
        : new DragEvent(type, { ...how, dataTransfer: data });
    (document.activeElement ?? document.body).dispatchEvent(event);
  }`;
  await page.evaluate(`(${handOver})(${JSON.stringify({ type, names, text, picture })})`);
}

const hasFocus = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => element === element.ownerDocument.activeElement);

/** How a picture is fitted into its square. */
const shape = (picture: Locator): Promise<string> =>
  picture.evaluate((image) => image.ownerDocument.defaultView.getComputedStyle(image).objectFit);

/** How the pixels of a picture are enlarged. */
const rendering = (picture: Locator): Promise<string> =>
  picture.evaluate((image) => image.ownerDocument.defaultView.getComputedStyle(image).imageRendering);
