import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Whether browser tests have to be skipped. Where every test must run, a browser that is missing is a failure. */
export const NO_BROWSER = !existsSync(CHROMIUM) && !process.env.CI;

if (NO_BROWSER) {
  console.warn(`Browser tests are skipped: there is no browser at ${CHROMIUM}. Set CHROMIUM_PATH to run them.`);
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * The server on this machine breaks streams of events off now and then, and always when it stops. A page comes back to
 * them, as it does after any other end.
 */
const BROKEN_OFF = /ERR_INCOMPLETE_CHUNKED_ENCODING/;
const isStream = (url: string): boolean => /\/events$/.test(URL.parse(url)?.pathname ?? '');

export interface WatchedPage {
  page: Page;
  /** What no page of ours may do: errors, and requests to other hosts. */
  faults: string[];
}

/** Opens a page that nobody has been on before. @param origin the only one that it may ask */
export async function openPage(
  browser: Browser,
  origin: string,
  path: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    const { url } = message.location();
    if (message.type() !== 'error' || (BROKEN_OFF.test(message.text()) && isStream(url))) return;
    faults.push(BROKEN_OFF.test(message.text()) ? `${message.text()}: ${url}` : message.text());
  });
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol.startsWith('http') && asked !== origin) faults.push(`asked for ${request.url()}`);
  });
  await page.goto(`${origin}${path}`);
  return { page, faults };
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe-core finds wrong with a page as it is now: a line for each place. */
export async function violations(page: Page): Promise<string[]> {
  // Not as a script of the page, which its content security policy would keep out.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations: found } = await page.evaluate<{ violations: Violation[] }>(
    `axe.run({ resultTypes: ['violations'] })`,
  );
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}

interface Violation {
  id: string;
  help: string;
  nodes: { html: string }[];
}
