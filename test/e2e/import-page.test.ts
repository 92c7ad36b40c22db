import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { zipSync } from 'fflate';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, NO_BROWSER, openPage, violations, type WatchedPage } from './browser.ts';
import { finished, fixture, upload } from './client.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe.skipIf(NO_BROWSER)('importing packs in a browser', () => {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let opened: WatchedPage[] = [];

  beforeAll(async () => {
    folder = await emptyState();
    server = await startPrepared(folder);
    browser = await launchBrowser();
    await emoji('taken', 'halves.png');
  });

  watchServer(() => server);

  afterEach(async () => {
    const faults = opened.flatMap((watched) => watched.faults);
    for (const context of browser.contexts()) await context.close();
    opened = [];
    expect(faults).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(at = '/?view=import', options: BrowserContextOptions = {}): Promise<Page> {
    const watched = await openPage(browser, server.url, at, options);
    opened.push(watched);
    return watched.page;
  }

  const emoji = async (name: string, file: string) =>
    expect(await finished(server.url, await upload(server.url, name, await fixture(file)))).toMatchObject({
      status: 'SUCCESS',
    });

  /** The names of all emoji there are. */
  async function names(): Promise<string[]> {
    const response = await fetch(`${server.url}/custom-emoji/emojis?image_data=false&limit=100`);
    const { data } = (await response.json()) as { data: { name: string }[] };
    return data.map(({ name }) => name);
  }

  async function zip(name: string, files: Record<string, Uint8Array>): Promise<string> {
    const at = path.join(folder, name);
    await mkdir(path.dirname(at), { recursive: true });
    await writeFile(at, zipSync(files));
    return at;
  }

  /** A picture of one colour, like no other. */
  const plain = (red: number, green: number) =>
    sharp({ create: { width: 20, height: 20, channels: 4, background: { r: red, g: green, b: 90, alpha: 1 } } })
      .png()
      .toBuffer();

  it('shows what a zip would bring before anything does, and then brings it', async () => {
    const before = await names();
    const pack = await zip('four.zip', {
      'pack/first.png': await fixture('halves.png'),
      'pack/taken.gif': await fixture('moving-square.gif'),
      'pack/broken.png': (await fixture('halves.png')).subarray(0, 40),
      '__MACOSX/pack/._first.png': new Uint8Array(9),
    });
    const page = await open('/');
    await page.getByRole('link', { name: 'Import a pack' }).click();
    await choose(page, pack);
    await page.getByRole('heading', { name: 'This would happen' }).waitFor();
    expect(new URL(page.url()).search).toMatch(/^\?view=import&import=[0-9a-f-]{36}$/);
    await page.getByText('2 would be added, 1 left out. Nothing has been imported yet.').waitFor();
    await row(page, 'pack/taken.gif').getByText('Left out').waitFor();
    await row(page, 'pack/first.png').getByText('New').waitFor();
    expect(await names()).toEqual(before);

    // What becomes of a name that is taken is told anew for each choice.
    await page.getByText('Add it under another name').click();
    await row(page, 'pack/taken.gif').getByText(':taken_2:').waitFor();
    await page.getByText('3 would be added, 1 of them under another name.').waitFor();
    expect(await names()).toEqual(before);

    await page.getByRole('button', { name: 'Import 3 emoji' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    await page.getByText('2 imported, 1 failed.').waitFor();
    await row(page, 'pack/taken.gif').getByText('Added').waitFor();
    expect(await names()).toEqual([...before, 'first', 'taken_2'].sort());
    await page.getByRole('radio', { name: 'Failed 1' }).check();
    await row(page, 'pack/broken.png').getByText('The file is damaged.').waitFor();
    expect(await page.locator('.item-list li').count()).toBe(1);
    await row(page, 'pack/broken.png').getByRole('link', { name: 'Its task' }).waitFor();
    await page.getByRole('radio', { name: 'All' }).check();

    await page.getByRole('link', { name: 'The task' }).click();
    await page.getByRole('dialog').getByText('Succeeded').first().waitFor();
    await page.getByRole('link', { name: 'What comes of each emoji' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    await row(page, 'pack/first.png').getByRole('link', { name: ':first:' }).click();
    await page.getByRole('dialog', { name: ':first:' }).waitFor();
  });

  it('is followed after the page was loaded anew, stops when it is asked to, and goes on', async () => {
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < 90; i++) files[`note_${i}.txt`] = new Uint8Array(1);
    for (let i = 0; i < 40; i++) files[`many_${i}.png`] = await plain(i, 255 - i);
    const page = await open();
    await choose(page, await zip('many.zip', files));
    await page.getByText('40 would be added.').waitFor();
    // Page by page.
    await expect.poll(() => page.locator('.item-list li').count()).toBe(100);
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => page.locator('.item-list li').count()).toBe(130);

    await page.getByRole('button', { name: 'Import 40 emoji' }).click();
    await page.getByRole('heading', { name: 'Importing' }).waitFor();
    await page.reload();
    await page.getByRole('progressbar', { name: /of 40/ }).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('heading', { name: 'Stopped' }).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('40 imported.').waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await row(page, 'many_39.png').getByText('Added').waitFor();
    const { counts } = (await (await fetch(`${server.url}/custom-emoji/imports/${importIn(page)}`)).json()) as {
      counts: object;
    };
    expect(counts).toMatchObject({ total: 130, ignored: 90, succeeded: 40, failed: 0 });
  });

  it('takes an archive that is dropped on the gallery, and a folder with those in it', async () => {
    const page = await open('/');
    await page.getByRole('button', { name: 'Add emoji' }).waitFor();
    const contents = zipSync({ 'dropped.png': await fixture('halves.png') });
    await drop(page, { 'pack.zip': contents });
    await page.getByText('1 would be added.').waitFor();

    const red = await plain(200, 10);
    await mkdir(path.join(folder, 'chosen/deep'), { recursive: true });
    await writeFile(path.join(folder, 'chosen/one.png'), red);
    await writeFile(path.join(folder, 'chosen/deep/two.png'), red);
    await writeFile(path.join(folder, 'chosen/.DS_Store'), 'system');
    await page.getByRole('button', { name: 'Choose another pack' }).click();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a folder' }).click();
    await (await chooser).setFiles(path.join(folder, 'chosen'));
    await page.getByText('2 would be added.').waitFor();
    await row(page, 'chosen/deep/two.png').getByText(':two:').waitFor();
  });

  it('says what cannot be imported, and why', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Choose a folder' }).waitFor();
    await drop(page, { 'a.zip': new Uint8Array(9), 'b.zip': new Uint8Array(9) });
    await page.getByRole('alert').getByText('These are 2 archives. Import one after the other.').waitFor();
    await drop(page, { 'a.zip': new Uint8Array(9), 'b.png': new Uint8Array(9) });
    await page.getByText('This is an archive and 1 other file. Import the archive by itself.').waitFor();
    await drop(page, { 'nothing.zip': new TextEncoder().encode('This is no archive. '.repeat(20)) });
    await page.getByRole('heading', { name: 'The pack cannot be read' }).waitFor();
    await page.getByRole('alert').getByText('What was sent is neither an archive nor a list').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Choose another pack' }).click();
    await page.getByRole('button', { name: 'Choose an archive' }).waitFor();
  });

  it('needs no mouse', async () => {
    const page = await open();
    await choose(page, await zip('keys.zip', { 'keys.png': await fixture('halves.png') }));
    const start = page.getByRole('button', { name: 'Import 1 emoji', disabled: false });
    await start.waitFor();
    await page.getByRole('radio', { name: 'Leave it out' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.getByRole('radio', { name: 'Replace the picture' }).isChecked()).toBe(true);
    await start.waitFor();
    await start.focus();
    await page.keyboard.press('Enter');
    await page.getByText('1 imported.').waitFor();
  });

  it.each([
    ['in light', {}],
    ['in dark', { colorScheme: 'dark' }],
    ['on a phone', PHONE],
  ] as const)('has nothing that axe finds wrong, and fits, %s', async (where, options) => {
    const page = await open('/?view=import', options);
    await page.getByRole('button', { name: 'Choose an archive' }).waitFor();
    expect(await violations(page)).toEqual([]);
    const long = `${'a-very-long-folder-name/'.repeat(8)}${where.replaceAll(' ', '_')}.png`;
    await choose(
      page,
      await zip(`${where}.zip`, {
        [long]: await plain(3, where.length),
        'taken.png': await plain(9, 9),
        'x.txt': new Uint8Array(3),
      }),
    );
    await page.getByRole('heading', { name: 'This would happen' }).waitFor();
    await row(page, 'taken.png').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Import 1 emoji' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    await page.getByText('Added').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.locator('html').evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  });
});

/** The import that a page shows. */
const importIn = (page: Page): string | null => new URL(page.url()).searchParams.get('import');

/** What is listed of a file. */
const row = (page: Page, file: string): Locator => page.locator('.item-list li').filter({ hasText: file });

async function choose(page: Page, file: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose an archive' }).click();
  await (await chooser).setFiles(file);
}

/** Drops files on the page, by their names. */
async function drop(page: Page, files: Record<string, Uint8Array>): Promise<void> {
  const given = Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]);
  const handOver = `(files) => {
    const data = new DataTransfer();
    for (const [name, base64] of files) {
      data.items.add(new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], name));
    }
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
  }`;
  await page.evaluate(`(${handOver})(${JSON.stringify(given)})`);
}
