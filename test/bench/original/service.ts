import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../e2e/server.ts';
import type { Contender } from './contender.ts';
import { Processes, waitFor } from './processes.ts';

const LEAST = 'stand-ins alone';

/** `npm start`: wrangler with its proxy, and workerd. */
export function startNpmStart(): Promise<Contender> {
  return start('npm start', undefined, (port, folder) => [
    'npm',
    ['start', '--', '--port', String(port), '--inspector-port', '0', '--persist-to', folder],
  ]);
}

/** workerd alone: what is left of that on Cloudflare's machines. */
export function startDirect(): Promise<Contender> {
  return startInWorkerd('workerd', 'wrangler.toml');
}

/** The same with a Worker that does next to nothing: see `least/worker.ts`. */
export function startLeast(): Promise<Contender> {
  return startInWorkerd(LEAST, path.join(import.meta.dirname, 'least/wrangler.toml'));
}

function startInWorkerd(name: string, config: string): Promise<Contender> {
  const script = path.join(import.meta.dirname, 'direct.ts');
  return start(name, 'workerd', (port, folder) => [process.execPath, [script, String(port), folder, config]]);
}

/** @param program the one whose memory and time count; all that are started, where there is none */
async function start(
  name: string,
  program: string | undefined,
  commandOf: (port: number, folder: string) => [string, string[]],
): Promise<Contender> {
  const folder = await mkdtemp(path.join(tmpdir(), 'custom-emoji-service-'));
  const port = await freePort();
  const processes = new Processes();
  const stop = async () => {
    await processes.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await processes.start(...commandOf(port, folder), { WRANGLER_SEND_METRICS: 'false' });
    // Not before it has its tables.
    await waitFor(`${url}/custom-emoji/emojis`, 'answer');
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, url, lists: name !== LEAST, usage: () => processes.usage(program), stop };
}
