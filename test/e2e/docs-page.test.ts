import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeGif } from '../support/gif.ts';
import { fetchEmoji, finished } from './client.ts';
import { type Server, startServer } from './server.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

if (!existsSync(CHROMIUM) && !process.env.CI) {
  console.warn(`Browser tests are skipped: there is no browser at ${CHROMIUM}. Set CHROMIUM_PATH to run them.`);
}

// Where every test must run, a browser that is missing is a failure.
describe.skipIf(!existsSync(CHROMIUM) && !process.env.CI)('the API page in a browser', () => {
  let state: string;
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-'));
    server = await startServer('npm', 'start', '--', '--persist-to', state);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await rm(state, { recursive: true, force: true });
  });

  it('uploads a picture by "Execute", with nothing from another host', async () => {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== server.url) faults.push(`asked for ${request.url()}`);
    });

    await page.goto(`${server.url}/docs`);
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
