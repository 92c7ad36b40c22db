/** `npm run screenshots`: makes the pictures of the pages in `docs/`, from a service that runs for them alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { launchBrowser, openPage } from './browser.ts';
import { finished, fixture, upload } from './client.ts';
import { sampleEmoji } from './sample-emoji.ts';
import { startServer } from './server.ts';

const PAGES = { gallery: '/', tasks: '/tasks' };
const THEMES = ['light', 'dark'] as const;
const VIEWPORT = { width: 1280, height: 800 };

const state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-'));
const server = await startServer('npm', 'start', '--', '--persist-to', state);
const browser = await launchBrowser();
try {
  for (const { name, tags, picture } of await sampleEmoji()) {
    await finished(server.url, await upload(server.url, name, picture));
    const changed = await fetch(`${server.url}/custom-emoji/emojis/${name}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json', 'If-Match': '*' },
      body: JSON.stringify({ tags }),
    });
    if (!changed.ok) throw new Error(await changed.text());
  }
  // One that fails, so that it is seen what is said then.
  const broken = (await fixture('halves.png')).subarray(0, 30);
  await finished(server.url, await upload(server.url, 'broken', broken));

  for (const theme of THEMES) {
    for (const [name, address] of Object.entries(PAGES)) {
      const { page } = await openPage(browser, server.url, address, { colorScheme: theme, viewport: VIEWPORT });
      await page.getByRole('main').getByText('party').first().waitFor();
      await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => {});
      await sharp(await page.screenshot())
        .png({ palette: true, effort: 10 })
        .toFile(`docs/${name}-${theme}.png`);
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
  await rm(state, { recursive: true, force: true });
}
