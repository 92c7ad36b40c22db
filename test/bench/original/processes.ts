import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Programs that are started together, each with all that it starts itself, and stopped together. */
export class Processes {
  readonly #children: ChildProcess[] = [];

  /** @param env besides that of this process */
  async start(command: string, args: string[], env: Record<string, string> = {}): Promise<void> {
    const child = spawn(command, args, { detached: true, stdio: 'ignore', env: { ...process.env, ...env } });
    await once(child, 'spawn');
    this.#children.push(child);
  }

  /** @param program the only one that counts; all of them, where there is none */
  usage(program?: string): Usage {
    return usageOf(
      this.#children.map(({ pid }) => pid ?? 0),
      program,
    );
  }

  /** The last first, since it leans on those before. */
  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) {
      const group = -(child.pid ?? 0);
      for (const [signal, tries] of [
        ['SIGTERM', 100],
        ['SIGKILL', 40],
      ] as const) {
        if (!isAlive(group)) break;
        process.kill(group, signal);
        for (let n = 0; n < tries && isAlive(group); n++) await sleep(50);
      }
    }
  }
}

export interface Usage {
  /** Milliseconds of processor time since they were started. */
  cpu: number;
  /** Megabytes in memory; what several share counts once. */
  memory: number;
}

/** Of processes and all that they have started; processes that end meanwhile take their time along. */
function usageOf(roots: number[], program?: string): Usage {
  const parents = new Map<number, number>();
  const programs = new Map<number, string>();
  for (const pid of entriesOf('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)) {
    // proc(5): pid (program) state parent …
    const [, name = '', parent = '0'] = /\((.*)\) \S (\d+)/s.exec(read(`/proc/${pid}/stat`)) ?? [];
    parents.set(pid, Number(parent));
    programs.set(pid, name);
  }
  const isUnder = (pid: number): boolean => roots.includes(pid) || (pid > 1 && isUnder(parents.get(pid) ?? 0));
  const isOurs = (pid: number) => isUnder(pid) && (program === undefined || programs.get(pid) === program);
  const usage: Usage = { cpu: 0, memory: 0 };
  for (const pid of [...parents.keys()].filter(isOurs)) {
    for (const thread of entriesOf(`/proc/${pid}/task`)) {
      usage.cpu += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]) / 1e6;
    }
    const [, kilobytes = 0] = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? [];
    usage.memory += Number(kilobytes) / 1_000;
  }
  return usage;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Empty for what has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(group: number): boolean {
  try {
    process.kill(group, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until a port is open, or a service answers there. */
export async function waitFor(url: string, what: 'port' | 'answer'): Promise<void> {
  const { hostname, port } = new URL(url);
  for (let tries = 0; tries < 600; tries++) {
    const isThere =
      what === 'port'
        ? await opens(hostname, Number(port))
        : await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
            ({ ok }) => ok,
            () => false,
          );
    if (isThere) return;
    await sleep(100);
  }
  throw new Error(`nothing is at ${url}`);
}

async function opens(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
