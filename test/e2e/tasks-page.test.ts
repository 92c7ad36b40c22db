import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, NO_BROWSER, openPage, violations, type WatchedPage } from './browser.ts';
import { finished, fixture, upload } from './client.ts';
import { databaseIn, emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';
import { slowAnimation } from './slow-animation.ts';

/** Restarts and hundreds of tasks take longer than most tests. */
const LONG = 180_000;

const PHONE = { width: 390, height: 844 };

describe.skipIf(NO_BROWSER)('the task dashboard in a browser', () => {
  let state: string;
  let server: Server;
  let browser: Browser;
  /** So slow that it can be cancelled before it is rendered. */
  const slow = slowAnimation(2_000);
  let opened: WatchedPage[] = [];

  beforeAll(async () => {
    state = await emptyState();
    server = await startPrepared(state);
    browser = await launchBrowser();
  });

  watchServer(() => server);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await rm(state, { recursive: true, force: true });
  });

  afterEach(async () => {
    for (const { page } of opened) await page.context().close();
    opened = [];
  });

  async function open(query = '', options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const watched = await openPage(browser, server.url, `/tasks${query}`, options);
    opened.push(watched);
    await watched.page.getByText('Live', { exact: true }).waitFor();
    return watched;
  }

  /** Uploads what is no picture in truth. @returns the id of its task, which has failed */
  async function failing(name: string): Promise<string> {
    const id = await upload(server.url, name, (await fixture('halves.png')).subarray(0, 30));
    expect(await finished(server.url, id)).toMatchObject({ status: 'FAILURE' });
    return id;
  }

  async function stateOf(id: string): Promise<string> {
    const response = await fetch(`${server.url}/task-queue/status?task_id=${id}`);
    return ((await response.json()) as { status: string }).status;
  }

  async function historyOf(id: string): Promise<(string | null)[]> {
    const task = await (await fetch(`${server.url}/task-queue/tasks/${id}`)).json();
    return (task as { history: { reason: string | null }[] }).history.map(({ reason }) => reason);
  }

  async function countOf(state: string): Promise<number> {
    const counts = (await (await fetch(`${server.url}/task-queue/counts`)).json()) as Record<string, number>;
    return counts[state] ?? 0;
  }

  it('shows what is uploaded by itself, with its picture and where it leads, and counts it', async () => {
    const { page, faults } = await open();
    await page.getByText('No tasks yet').waitFor();
    const before = await countOf('SUCCESS');
    await upload(server.url, 'by_itself', await fixture('halves.png'));
    const row = rowOf(page, 'by_itself');
    await row.getByText('Succeeded').waitFor();
    expect(await row.getByRole('link', { name: ':by_itself:', exact: true }).getAttribute('href')).toBe(
      '/?emoji=by_itself',
    );
    await expect.poll(() => row.locator('img').evaluate((img) => img.naturalWidth)).toBe(100);
    await counter(page, 'Succeeded', before + 1).waitFor();
    expect(faults).toEqual([]);
  });

  it('shows why a picture failed and what to do, in the table, in full beside it, and in the details', async () => {
    const { page, faults } = await open();
    const id = await upload(server.url, 'why', (await fixture('halves.png')).subarray(0, 30));
    const { error } = await finished(server.url, id);
    const { message = '', remedy = '' } = error ?? {};
    await rowOf(page, 'why').getByText(message).waitFor();
    const latest = page.getByRole('group').filter({ hasText: 'Latest failures' });
    await latest.getByText(message).first().waitFor();
    await latest.getByText(remedy).first().waitFor();

    await rowOf(page, 'why').getByRole('link', { name: 'Failed: details of :why:' }).click();
    const dialog = page.getByRole('dialog', { name: ':why:' });
    await dialog.getByText(remedy).waitFor();
    expect(new URL(page.url()).searchParams.get('task')).toBe(id);
    // The time line: each state in its order, with why.
    const steps = dialog.locator('.timeline li');
    expect((await steps.allTextContents()).map((text) => /^[A-Z][a-z]+/.exec(text)?.[0])).toEqual([
      'Waiting',
      'Running',
      'Failed',
    ]);
    await steps
      .nth(1)
      .getByText(/^for \d/)
      .waitFor();
    await dialog.getByText(/^claimed · attempt 1/).waitFor();
    await dialog.getByRole('button', { name: 'Copy the identifier of the task' }).click();
    await page.getByText(`Copied ${id}`).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(id);
    expect(faults).toEqual([]);
  });

  it('retries a failed task, and says why where that cannot be', async () => {
    const id = await failing('again');
    const { page, faults } = await open(`?task=${id}`);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Retry' }).click();
    await dialog.getByText('tried again by a person').waitFor();
    await dialog.getByRole('button', { name: 'Retry' }).waitFor();
    expect(await stateOf(id)).toBe('FAILURE');

    // Its name is taken meanwhile.
    await finished(server.url, await upload(server.url, 'again', await fixture('halves.png')));
    const refused = await fetch(`${server.url}/task-queue/tasks/${id}/retry`, { method: 'POST' });
    const { detail } = (await refused.json()) as { detail: string };
    expect(refused.status).toBe(409);
    await dialog.getByRole('button', { name: 'Retry' }).click();
    await dialog.getByRole('alert').getByText(detail).waitFor();
    expect(faults.filter((fault) => !fault.includes('409'))).toEqual([]);
  });

  it('follows an animation frame by frame, shows who waits for it, and cancels those', async () => {
    const first = await upload(server.url, 'slow', slow);
    const waiting = await upload(server.url, 'waiting', slow);
    const { page, faults } = await open(`?task=${first}`);
    const dialog = page.getByRole('dialog', { name: ':slow:' });
    const bar = dialog.getByRole('progressbar', { name: 'Done so far' });
    await bar.waitFor();
    const done = () => bar.evaluate((bar) => bar.value);
    const seen = await done();
    await expect.poll(done).toBeGreaterThan(seen);
    await dialog.getByText(/attempt 1\)/).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();

    const now = page.getByRole('region', { name: 'Now' });
    await now.getByText('Working').waitFor();
    await now.getByRole('link', { name: ':slow:' }).waitFor();
    await now.getByText('1 waiting').waitFor();
    await rowOf(page, 'waiting')
      .getByRole('link', { name: /details of :waiting:/ })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('dialog').getByRole('status').getByText('Cancelled').waitFor();
    expect(await stateOf(waiting)).toBe('REVOKED');
    await page.keyboard.press('Escape');
    await rowOf(page, 'waiting').getByText('Cancelled').waitFor();

    // The other one from its row.
    await rowOf(page, 'slow').getByRole('button', { name: 'Cancel :slow:' }).click();
    await rowOf(page, 'slow').getByText('Cancelled').waitFor();
    expect(await stateOf(first)).toBe('REVOKED');
    expect(faults).toEqual([]);
  });

  it('keeps its filters in the address, for a reload, the way back and a colleague', async () => {
    await failing('filtered');
    const { page, faults } = await open();
    const tasks = page.getByRole('table', { name: 'Tasks' });
    await rowOf(page, 'by_itself').waitFor();
    await page.getByRole('checkbox', { name: /^Failed/ }).check();
    await rowOf(page, 'by_itself').waitFor({ state: 'detached' });
    await page.getByRole('searchbox', { name: 'Emoji' }).fill(':Filtered:');
    await expect.poll(() => tasks.getByRole('row').count()).toBe(2);
    await page.getByRole('combobox', { name: 'Received' }).selectOption('Last hour');
    await page.getByRole('combobox', { name: 'Order' }).selectOption('Last finished first');

    const sent = page.url();
    expect(Object.fromEntries(new URL(sent).searchParams)).toEqual({
      state: 'FAILURE',
      name: ':Filtered:',
      range: '1h',
      sort: 'finished',
    });
    const { page: colleague } = await open(new URL(sent).search);
    await rowOf(colleague, 'filtered').waitFor();
    expect(await colleague.getByRole('table', { name: 'Tasks' }).getByRole('row').count()).toBe(2);
    await page.reload();
    await rowOf(page, 'filtered').waitFor();
    expect(await page.getByRole('searchbox', { name: 'Emoji' }).inputValue()).toBe(':Filtered:');

    for (let steps = 0; steps < 3; steps++) await page.goBack();
    await rowOf(page, 'why').waitFor();
    expect(await page.getByRole('searchbox', { name: 'Emoji' }).inputValue()).toBe('');
    expect(await page.getByRole('checkbox', { name: /^Failed/ }).isChecked()).toBe(true);
    await page.getByRole('searchbox', { name: 'Reason' }).fill('no such reason');
    await page.getByText('No task matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await rowOf(page, 'by_itself').waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(faults).toEqual([]);
  });

  it("filters by the person's own time, as their clock has it", async () => {
    const { page, faults } = await open('', { timezoneId: 'Asia/Kolkata' });
    await rowOf(page, 'by_itself').waitFor();
    await page.getByRole('combobox', { name: 'Received' }).selectOption('From … to …');
    await page.getByLabel('From', { exact: true }).fill('2026-01-02T05:30');
    await expect.poll(() => new URL(page.url()).searchParams.get('from')).toBe('2026-01-02T00:00:00.000Z');
    await rowOf(page, 'by_itself').waitFor();
    await page.getByLabel('To', { exact: true }).fill('2026-01-03T05:30');
    await page.getByText('No task matches').waitFor();
    await page.reload();
    await page.getByText('No task matches').waitFor();
    expect(await page.getByLabel('To', { exact: true }).inputValue()).toBe('2026-01-03T05:30');
    expect(faults).toEqual([]);
  });

  it('lets nothing move while a person reads', async () => {
    const { page, faults } = await open();
    await rowOf(page, 'by_itself').hover();
    const top = page.getByRole('table', { name: 'Tasks' }).getByRole('row').nth(1);
    const before = await top.textContent();
    for (const name of ['calm_a', 'calm_b']) {
      await finished(server.url, await upload(server.url, name, await fixture('halves.png')));
    }
    const arrived = page.getByRole('button', { name: '2 new tasks' });
    await arrived.waitFor();
    expect((await top.textContent())?.slice(0, 20)).toBe(before?.slice(0, 20));
    await arrived.click();
    await rowOf(page, 'calm_b').waitFor();
    await arrived.waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });

  it('tells the half and the 95 percent of tasks that were fastest, waiting and rendering', async () => {
    const { page, faults } = await open();
    // As the API tells them, but far enough from each other to be told apart.
    await page.route('**/task-queue/stats?*', async (route) => {
      const response = await route.fetch();
      const stats = (await response.json()) as { totals: object };
      const totals = { ...stats.totals, queue_ms: { p50: 1_000, p95: 2_000 }, render_ms: { p50: 3_000, p95: 4_000 } };
      await route.fulfill({ response, json: { ...stats, totals } });
    });
    await page.reload();
    const told = (title: string) => page.getByRole('figure').filter({ hasText: title });
    await told('Time in the queue').getByText('median 1 s').waitFor();
    await told('Time in the queue').getByText('95 % within 2 s').waitFor();
    await told('Time rendering').getByText('median 3 s').waitFor();
    await told('Time rendering').getByText('95 % within 4 s').waitFor();
    expect(faults).toEqual([]);
  });

  it('draws what happened, tells each value by the arrow keys, and finds failures by their code', async () => {
    const stats = (await (await fetch(`${server.url}/task-queue/stats?window=day`)).json()) as {
      totals: { succeeded: number; failed: number };
      failures: { code: string; count: number }[];
    };
    const corrupt = stats.failures.find(({ code }) => code === 'corrupt_picture')?.count ?? 0;
    expect(corrupt).toBeGreaterThan(0);
    const { page, faults } = await open();
    await page.getByRole('radio', { name: 'Day' }).check();
    expect(new URL(page.url()).searchParams.get('window')).toBe('day');
    const chart = page.getByRole('figure').filter({ hasText: 'Finished tasks' });
    await chart.getByText('in the last day').waitFor();
    await chart.getByText(`succeeded ${stats.totals.succeeded}`).waitFor();
    const slider = page.getByRole('slider', { name: 'Finished tasks, step by step' });
    await slider.focus();
    // The last quarters of an hour have all there is.
    const told = async () => /succeeded (\d+), failed (\d+)/.exec((await slider.getAttribute('aria-valuetext')) ?? '');
    const sums = [0, 0];
    for (let step = 0; step < 3; step++) {
      const [, succeeded, failed] = (await told()) ?? [];
      sums[0] = (sums[0] ?? 0) + Number(succeeded);
      sums[1] = (sums[1] ?? 0) + Number(failed);
      await page.keyboard.press('ArrowLeft');
    }
    expect(sums).toEqual([stats.totals.succeeded, stats.totals.failed]);

    // One of them has failed twice.
    await page.getByRole('button', { name: `corrupt_picture ${corrupt}` }).click();
    await expect.poll(() => namesIn(page)).toEqual([':filtered:', ':again:', ':why:']);
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({
      state: 'FAILURE',
      reason: 'corrupt_picture',
      range: '24h',
    });
    expect(faults).toEqual([]);
  });

  it(
    'moves all that match, after it has said how many: to the end, or until it is stopped',
    async () => {
      const broken = (await fixture('halves.png')).subarray(0, 30);
      const failed = (await countOf('FAILURE')) + 110;
      for (let i = 0; i < 110; i += 10) {
        await Promise.all(Array.from({ length: 10 }, (_, j) => upload(server.url, `many_${i + j}`, broken)));
      }
      const allFailed = () => expect.poll(() => countOf('FAILURE'), { timeout: 60_000, interval: 200 }).toBe(failed);
      await allFailed();

      const { page, faults } = await open('?state=FAILURE,SUCCESS&reason=no%20picture%20data');
      await page.getByRole('button', { name: 'Retry all that match' }).click();
      const dialog = page.getByRole('dialog', { name: `Retry ${failed} failed tasks?` });
      await dialog.getByRole('button', { name: `Retry ${failed}` }).click();
      await page.getByRole('button', { name: 'Stop' }).click();
      // It is stopped between two steps, of 100 each.
      await page.getByText('100 retried. You stopped it: the others are as they were.').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
      await allFailed();
      const retried = (await (
        await fetch(`${server.url}/task-queue/tasks?reason=no+picture+data&limit=100`)
      ).json()) as {
        data: { id: string }[];
      };
      for (const { id } of [retried.data[0], retried.data[99]].flatMap((task) => task ?? [])) {
        expect(await historyOf(id)).toContain('tried again by a person');
      }

      // To the end: also the one whose name was taken meanwhile, which is told.
      await page.goto(`${server.url}/tasks?name=again`);
      await page.getByRole('button', { name: 'Retry all that match' }).click();
      await page.getByRole('button', { name: 'Retry 1', exact: true }).click();
      await page.getByText('0 retried, 1 left as they were.').waitFor();
      await page
        .getByRole('dialog')
        .getByText(/"again" is in use/)
        .waitFor();
      expect(faults).toEqual([]);
    },
    LONG,
  );

  it('cancels all that match', async () => {
    const ids = [];
    for (const name of ['all_a', 'all_b', 'all_c']) ids.push(await upload(server.url, name, slow));
    const { page, faults } = await open('?state=PENDING,STARTED');
    await page.getByRole('button', { name: 'Cancel all that match' }).click();
    await page.getByRole('dialog', { name: 'Cancel 3 waiting or running tasks?' }).waitFor();
    // The second of two clicks must not stop what the first has begun.
    const { promise: seen, resolve: goOn } = Promise.withResolvers<void>();
    await page.route(/dry_run=false/, async (route) => {
      await seen;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Cancel 3' }).dblclick();
    await expect.poll(() => page.getByRole('button', { name: /^Stop/ }).textContent()).toBe('Stop');
    goOn();
    await page.getByText('3 cancelled.').waitFor();
    for (const id of ids) expect(await stateOf(id)).toBe('REVOKED');
    expect(faults).toEqual([]);
  });

  it('turns pages', async () => {
    const { page, faults } = await open('?reason=no%20picture%20data');
    const rows = page.getByRole('table', { name: 'Tasks' }).getByRole('row');
    await expect.poll(() => rows.count()).toBe(51);
    const first = await namesIn(page);
    await page.getByRole('button', { name: 'Next page' }).click();
    await expect.poll(() => namesIn(page)).not.toEqual(first);
    const next = await namesIn(page);
    expect(next.filter((name) => first.includes(name))).toEqual([]);
    await page.reload();
    await expect.poll(() => namesIn(page)).toEqual(next);
    await page.goBack();
    await expect.poll(() => namesIn(page)).toEqual(first);
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByRole('button', { name: 'Previous page' }).click();
    await expect.poll(() => namesIn(page)).toEqual(first);
    expect(faults).toEqual([]);
  });

  it('can be used by keyboard alone', async () => {
    const { page, faults } = await open('?name=why');
    await rowOf(page, 'why').waitFor();
    await tabTo(page, page.getByRole('checkbox', { name: /^Failed/ }));
    await page.keyboard.press('Space');
    await expect.poll(() => new URL(page.url()).searchParams.get('state')).toBe('FAILURE');
    const link = page.getByRole('link', { name: 'Failed: details of :why:' });
    await tabTo(page, link);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: ':why:' }).getByText('What happened').waitFor();
    await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Retry' }));
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await isFocused(link)).toBe(true);
    expect(new URL(page.url()).searchParams.get('task')).toBeNull();
    expect(faults).toEqual([]);
  });

  it('fits a phone: rows are cards, nothing is wider than the screen', async () => {
    const { page, faults } = await open('', { viewport: PHONE, hasTouch: true });
    await page.getByRole('table', { name: 'Tasks' }).waitFor();
    const isWide = () => page.evaluate('document.documentElement.scrollWidth > innerWidth');
    expect(await isWide()).toBe(false);
    const card = page.getByRole('table', { name: 'Tasks' }).getByRole('row').nth(1);
    await page.getByText('Latest failures').waitFor();
    const { height = 0, width = 0, y = 0 } = (await card.boundingBox()) ?? {};
    // It begins on the first screen: what is above it is closed.
    expect(y).toBeLessThan(PHONE.height);
    expect(width).toBeGreaterThan(300);
    expect(height).toBeGreaterThan(70);
    await page.getByText('Over time').tap();
    await page.getByRole('radio', { name: 'Day' }).check();
    await page.getByText('Find and order').tap();
    await page.getByRole('searchbox', { name: 'Emoji' }).waitFor();
    expect(await isWide()).toBe(false);
    await card.getByRole('link', { name: /details of/ }).tap();
    await page.getByRole('dialog').getByText('What happened').waitFor();
    expect(await isWide()).toBe(false);
    expect(faults).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has nothing that axe finds, in the %s theme', async (colorScheme) => {
    const id = await failing(`axe_${colorScheme}`);
    const { page, faults } = await open('', { colorScheme });
    await rowOf(page, `axe_${colorScheme}`).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.goto(`${server.url}/tasks?task=${id}`);
    await page.getByRole('dialog').getByText('What happened').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.goto(`${server.url}/tasks?name=by_itself`);
    await page.getByRole('link', { name: /details of/ }).click();
    await page.getByRole('dialog').getByText('What happened').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it(
    'says so when the connection is lost, and catches up by itself',
    async () => {
      const { page } = await open();
      await rowOf(page, 'axe_dark').waitFor();
      // A browser that gives up asks for nothing that it has missed: then the page has to.
      const { page: refused } = await open();
      await rowOf(refused, 'axe_dark').waitFor();
      await refused.route('**/task-queue/events', (route) => route.fulfill({ status: 503 }));
      const before = await countOf('SUCCESS');
      const { port } = new URL(server.url);
      await server.kill();
      await page.getByText(/^Connection lost: what you see is as of /).waitFor();
      await rowOf(page, 'axe_dark').waitFor();
      server = await startPrepared(state, { port });
      await finished(server.url, await upload(server.url, 'meanwhile', await fixture('halves.png')));
      await page.getByText('Live', { exact: true }).waitFor();
      await rowOf(page, 'meanwhile').waitFor();
      await counter(page, 'Succeeded', before + 1).waitFor();
      await refused.unroute('**/task-queue/events');
      await rowOf(refused, 'meanwhile').waitFor();
      // And it follows again.
      await upload(server.url, 'afterwards', await fixture('halves.png'));
      await rowOf(page, 'afterwards').getByText('Succeeded').waitFor();
    },
    LONG,
  );

  it(
    'warns, with what to do, when nothing takes tasks from the queue, until something does',
    async () => {
      const { port } = new URL(server.url);
      await server.stop();
      server = await startPrepared(state, { port, without: ['[[queues.consumers]]'] });
      await makeOld(state, await upload(server.url, 'stuck', await fixture('halves.png')));
      const { page, faults } = await open();
      const warning = page.getByRole('alert').filter({ hasText: 'Nothing takes tasks from the queue.' });
      await warning.getByText('1 task is waiting').waitFor();
      await warning.getByText('npx wrangler queues info custom-emoji-render').waitFor();
      const now = page.getByRole('region', { name: 'Now' });
      await now.getByText('Stalled').waitFor();
      expect(await violations(page)).toEqual([]);
      expect(faults).toEqual([]);

      await server.stop();
      server = await startPrepared(state, { port });
      await upload(server.url, 'taken', await fixture('halves.png'));
      await rowOf(page, 'taken').getByText('Succeeded').waitFor();
      await warning.waitFor({ state: 'detached' });
      await now.getByText('Stalled').waitFor({ state: 'detached' });
    },
    LONG,
  );
});

function rowOf(page: Page, name: string): Locator {
  return page
    .getByRole('table', { name: 'Tasks' })
    .getByRole('row')
    .filter({ has: page.getByRole('link', { name: `:${name}:`, exact: true }) });
}

function counter(page: Page, label: string, count: number): Locator {
  return page.getByRole('checkbox', { name: `${label} ${count.toLocaleString('en')}`, exact: true });
}

function namesIn(page: Page): Promise<string[]> {
  return page.getByRole('table', { name: 'Tasks' }).locator('.emoji-name').allTextContents();
}

const isFocused = (locator: Locator) => locator.evaluate((element) => element.matches(':focus'));

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if (await isFocused(target)) return;
  }
  throw new Error('the Tab key does not get there');
}

/** Has a task that waits, and the last one that was started, date from five minutes ago. */
async function makeOld(state: string, taskId: string): Promise<void> {
  const db = new DatabaseSync(await databaseIn(state));
  const ago = Date.now() - 300_000;
  db.exec('PRAGMA busy_timeout = 5000');
  db.prepare('UPDATE tasks SET received_at = ?1, due_at = ?1 WHERE id = ?2').run(ago, taskId);
  db.prepare(`UPDATE counters SET value = ? WHERE name = 'last_started_at'`).run(ago);
  db.close();
}
