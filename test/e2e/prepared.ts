import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, inject } from 'vitest';
import { type Server, startServer } from './server.ts';

/** A folder for the state of a service, which has the tables and the pages already. The caller removes it. */
export async function emptyState(): Promise<string> {
  const state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-'));
  await cp(inject('emptyState'), state, { recursive: true });
  return state;
}

interface Options {
  /** A free one unless it is said. */
  port?: string;
  /** Sections of `wrangler.toml` that are left out, as their heads are written there. */
  without?: string[];
  /** Sections that are added to it. */
  more?: string;
  /** Configurations of other Workers that are started with it. */
  others?: string[];
  /** Variables; those of `npm start` unless they are said. */
  vars?: Record<string, string>;
}

const OPEN = { OPEN_TO_LOOPBACK: 'true' };

/** Starts the service on an `emptyState`, or one that has been used: `npm start` without its first two steps. */
export async function startPrepared(
  state: string,
  { port, without = [], more = '', others = [], vars = OPEN }: Options = {},
): Promise<Server> {
  const left = ['[build]', ...without];
  const sections = (await readFile('wrangler.toml', 'utf8')).split(/^(?=\[)/m);
  for (const head of left) {
    if (!sections.some((section) => section.startsWith(head))) throw new Error(`wrangler.toml has no ${head}`);
  }
  // Beside the pages, which it names by a path that starts from there.
  const config = path.join(state, 'wrangler.toml');
  await writeFile(
    config,
    sections
      .filter((section) => !left.some((head) => section.startsWith(head)))
      .join('')
      .concat(more)
      .replace(/^main = "(.+)"$/m, (_, file) => `main = "${path.resolve(file)}"`),
  );
  const configs = [config, ...others].flatMap((file) => ['--config', file]);
  const args = ['wrangler', 'dev', ...configs, '--persist-to', state, '--inspector-port', '0'];
  const settings = Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
  return startServer('npx', ...args, ...settings, ...(port ? ['--port', port] : []));
}

/**
 * Has the tests of a file fail at once when the service does not answer any more, where each would wait for its time to
 * run out, and tells what the service printed before one failed.
 */
export function watchServer(current: () => Server): void {
  let isGone = false;
  beforeEach(async ({ onTestFailed }) => {
    if (isGone) throw new Error('the service did not answer before');
    onTestFailed(() => console.error(`The service printed:\n${current().output().slice(-5_000)}`));
    isGone = true;
    await (await fetch(`${current().url}/custom-emoji/emojis?limit=1`, { signal: AbortSignal.timeout(15_000) })).text();
    isGone = false;
  });
}

/** The one file that local D1 keeps the database in. */
export async function databaseIn(state: string): Promise<string> {
  const folder = path.join(state, 'v3/d1/miniflare-D1DatabaseObject');
  const [file] = (await readdir(folder)).filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite');
  if (file === undefined) throw new Error(`there is no database in ${folder}`);
  return path.join(folder, file);
}
