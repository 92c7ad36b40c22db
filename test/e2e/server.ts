import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Server {
  url: string;
  /** Everything it printed. */
  output(): string;
  stop(): Promise<void>;
  /** Ends everything it started in one moment, as a power cut does. */
  kill(): Promise<void>;
}

/** It takes seconds; on a busy machine a minute. */
const STARTS_WITHIN_MS = 90_000;

/**
 * Runs a command that starts the service, on a free port unless `--port` is given, and waits until it answers.
 *
 * @throws with what it printed, when it ends or does not answer in time
 */
export async function startServer(command: string, ...args: string[]): Promise<Server> {
  const given = args.indexOf('--port') + 1;
  const port = given > 0 ? Number(args[given]) : await freePort();
  const child = spawn(command, given > 0 ? args : [...args, '--port', String(port)], {
    // A group of its own, so that everything it starts can be stopped with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  await once(child, 'spawn');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const group = -(child.pid ?? 0);

  const server: Server = {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    async stop() {
      if (isAlive(group)) process.kill(group, 'SIGTERM');
      // What the first one left behind must not hold the port or the files.
      for (let tries = 0; tries < 200 && isAlive(group); tries++) await sleep(50);
      if (isAlive(group)) await server.kill();
    },
    async kill() {
      process.kill(group, 'SIGKILL');
      for (let tries = 0; tries < 100 && isAlive(group); tries++) await sleep(50);
      if (isAlive(group)) throw new Error(`processes of the group ${-group} outlive SIGKILL`);
    },
  };
  const deadline = Date.now() + STARTS_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) break;
    const answered = await fetch(server.url, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return server;
    await sleep(200);
  }
  await server.stop();
  throw new Error(`the service did not start:\n${output}`);
}

function isAlive(group: number): boolean {
  try {
    process.kill(group, 0);
    return true;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}
