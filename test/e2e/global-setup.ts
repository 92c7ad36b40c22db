import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder of state that has the tables, with nothing in them, and the pages in `dist`. */
    emptyState: string;
  }
}

/** Does once for all files what `npm start` does each time before it serves: builds, and makes the tables. */
export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  const state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-'));
  const migrate = ['wrangler', 'd1', 'migrations', 'apply', 'DB', '--local', '--persist-to', state];
  await Promise.all([run('npm', 'run', '--silent', 'build'), run('npx', ...migrate)]);
  // Tests of `npm start` build it anew while others look at the pages.
  await cp('dist', path.join(state, 'dist'), { recursive: true });
  provide('emptyState', state);
  return () => rm(state, { recursive: true, force: true });
}

function run(command: string, ...args: string[]): Promise<unknown> {
  // With CI set, wrangler asks no questions.
  const env = { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false' };
  return promisify(execFile)(command, args, { env, timeout: 120_000 });
}
