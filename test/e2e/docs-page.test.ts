import { rm } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeGif } from '../support/gif.ts';
import { launchBrowser, NO_BROWSER, openPage } from './browser.ts';
import { fetchEmoji, finished } from './client.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';

describe.skipIf(NO_BROWSER)('the API page in a browser', () => {
  let state: string;
  let server: Server;
  let browser: Browser;

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

  it('uploads a picture by "Execute", with nothing from another host', async () => {
    const { page, faults } = await openPage(browser, server.url, '/docs');
    const operation = page.locator('.opblock', { hasText: 'Upload a picture under a name' });
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('input[placeholder="name"]').fill('From-Page');
    await operation.locator('input[type=file]').setInputFiles('test/fixtures/moving-square.gif');
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table td.response-col_description').last();
    await answer.getByText('"task_id"').waitFor();

    const [, taskId = ''] = /"task_id": "([^"]+)"/.exec((await answer.textContent()) ?? '') ?? [];
    expect(await finished(server.url, taskId)).toMatchObject({ status: 'SUCCESS' });
    expect(decodeGif(await fetchEmoji(server.url, 'from-page')).frames).toHaveLength(3);
    expect(faults).toEqual([]);
  });
});
