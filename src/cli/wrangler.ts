import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const require = createRequire(import.meta.url);

/** The wrangler of this project, as a file for Node.js. */
export const WRANGLER = path.join(path.dirname(require.resolve('wrangler/package.json')), 'bin', 'wrangler.js');

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs wrangler to its end, whatever that is. `show` is for commands whose output is for people to see as it comes. */
export type Wrangler = (args: string[], options?: { show?: boolean; env?: Record<string, string> }) => Promise<Ran>;

/**
 * Wrangler for programs: with CI set it asks no questions, and does not write the identifiers of what it creates into
 * the configuration.
 *
 * @param file of JavaScript
 * @param write where to what is shown goes
 */
export function wranglerFor(file = WRANGLER, write = (text: string): unknown => process.stderr.write(text)): Wrangler {
  return async (args, { show = false, env = {} } = {}) => {
    const child = spawn(process.execPath, [file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CI: 'true', NO_COLOR: '1', ...env },
    });
    const read = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        read[name] += text;
        if (show) write(text);
      });
    }
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 1));
    });
    return { code, ...read };
  };
}

/** What stops a command of ours; its message is all that is shown. */
export class Stop extends Error {}

/** @throws Stop with what wrangler said, unless it went well */
export function must({ code, stdout, stderr }: Ran, what: string): string {
  if (code === 0) return stdout;
  throw new Stop(`${what}\n\n${said({ stdout, stderr })}`);
}

/** What wrangler said, without its banner, its colours and where it keeps a log. */
export function said({ stdout, stderr }: Pick<Ran, 'stdout' | 'stderr'>): string {
  return stripVTControlCharacters(`${stdout}\n${stderr}`)
    .replace(/^.*⛅️ wrangler.*\n─+\n/mu, '')
    .replace(/^🪵.*$/mu, '')
    .trim();
}

/** Runs what a command does, and shows why it stopped. */
export async function main(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
