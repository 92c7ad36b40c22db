import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../e2e/server.ts';
import type { Contender } from './contender.ts';
import { Processes, waitFor } from './processes.ts';

/** `npm start`: wrangler with its proxy, and workerd. */
export function startNpmStart(): Promise<Contender> {
  return start('npm start', undefined, (port, folder) => [
    'npm',
    ['start', '--', '--port', String(port), '--inspector-port', '0', '--persist-to', folder],
  ]);
}

/** workerd alone: what is left of that on Cloudflare's machines. */
export function startDirect(): Promise<Contender> {
  const script = path.join(import.meta.dirname, 'direct.ts');
  return start('workerd', 'workerd', (port, folder) => [process.execPath, [script, String(port), folder]]);
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
  return { name, url, lists: true, usage: () => processes.usage(program), stop };
}
