import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running extends Pick<ChildProcess, 'kill' | 'pid'> {
  /** What it has printed by now. */
  stdout(): string;
  ended: Promise<Ended>;
}

/** Starts the command-line client as a program of its own. */
export function start(args: string[], env: Record<string, string>, input: Uint8Array = new Uint8Array()): Running {
  const child = spawn(process.execPath, ['src/cli/emoji.mjs', ...args], {
    env: { ...process.env, EMOJI_TOKEN: '', ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.end(input);
  const ended = once(child, 'close').then(([code]) => ({ code, stdout, stderr }));
  return { pid: child.pid, kill: (signal) => child.kill(signal), stdout: () => stdout, ended };
}

/** The objects that it printed, a line each. */
export function linesOf({ stdout }: { stdout: string }): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

export interface Wire {
  url: string;
  /** Connections that were cut, or stall. */
  cut(): number;
  close(): void;
}

/**
 * A connection to a server that has its troubles: the first `times` connections pass so many bytes of what the server
 * sends, and then break off, or let nothing through any more.
 */
export async function badWire(to: string, trouble: { after: number; times: number; stalls?: boolean }): Promise<Wire> {
  const { port, hostname } = new URL(to);
  const open = new Set<Socket>();
  let connections = 0;
  let cut = 0;
  const server = createServer((client) => {
    const isBad = connections++ < trouble.times;
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket));
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.end());
    client.pipe(upstream);
    let left = isBad ? trouble.after : Number.POSITIVE_INFINITY;
    upstream.on('data', (chunk) => {
      if (left <= 0) return;
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      cut++;
      if (!trouble.stalls) client.resetAndDestroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut: () => cut,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
