import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../e2e/server.ts';
import type { Contender } from './contender.ts';
import { Processes, waitFor } from './processes.ts';

/** Debian's own Python: its packages are for no other. */
const PYTHON = '/usr/bin/python3';
const PACKAGES =
  'rabbitmq-server redis-server python3-celery python3-fastapi python3-uvicorn python3-uvloop python3-httptools ' +
  'python3-pil python3-redis python3-multipart';

/** FastAPI, Celery, RabbitMQ, Redis and Pillow as they are set up by default; each on a port and in a folder of its own. */
export async function startOriginal(): Promise<Contender> {
  await promisify(execFile)(PYTHON, ['-c', 'import celery, fastapi, uvicorn, PIL, redis, multipart']).catch(() => {
    throw new Error(`this needs Debian's packages: apt-get install --no-install-recommends ${PACKAGES}`);
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'custom-emoji-original-'));
  const [redis, rabbit, epmd, distribution, http] = await Promise.all(Array.from({ length: 5 }, freePort));
  const processes = new Processes();
  const env = {
    HOME: folder,
    BENCH_REDIS: `redis://127.0.0.1:${redis}/0`,
    BENCH_BROKER: `amqp://guest:guest@127.0.0.1:${rabbit}//`,
    ERL_EPMD_PORT: String(epmd),
    RABBITMQ_NODENAME: 'bench@localhost',
    RABBITMQ_NODE_PORT: String(rabbit),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: folder,
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_ENABLED_PLUGINS_FILE: path.join(folder, 'enabled_plugins'),
  };
  const python = (...args: string[]) => processes.start(PYTHON, ['-m', ...args], env);
  const at = ['--workdir', import.meta.dirname, '-A', 'stack:tasks'];
  const stop = async () => {
    await processes.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${http}`;
  try {
    await processes.start('redis-server', ['--port', String(redis), '--dir', folder], env);
    await processes.start('epmd', ['-port', String(epmd)], env);
    await processes.start('/usr/lib/rabbitmq/bin/rabbitmq-server', [], env);
    await waitFor(`http://127.0.0.1:${rabbit}`, 'port');
    await python('celery', ...at, 'worker', '--loglevel', 'ERROR');
    await python('uvicorn', '--app-dir', import.meta.dirname, 'stack:app', '--port', String(http), '--no-access-log');
    await waitFor(url, 'answer');
  } catch (error) {
    await stop();
    throw error;
  }
  return { name: 'original', url, lists: false, usage: () => processes.usage(), stop };
}
