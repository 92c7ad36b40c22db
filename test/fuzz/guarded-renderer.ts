import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { CPU_MS, MEMORY_MB, SIGNALS } from './bounds.ts';

export interface Outcome {
  /** `error` is a named one, which is as good as `ok`. The others are faults of the library. */
  verdict: 'ok' | 'error' | 'CRASH' | 'HANG' | 'MEMORY';
  detail: string;
  cpuMs: number;
}

/** Renders pictures in a process that ends when one takes too much, and starts another. */
export class GuardedRenderer {
  #process: ChildProcess | undefined;

  async render(picture: Uint8Array): Promise<Outcome> {
    const outcome = await this.#attempt(picture);
    // What the pictures before it left to the garbage collector is not its fault: once more, alone.
    return outcome.verdict === 'MEMORY' ? this.#attempt(picture) : outcome;
  }

  stop(): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }

  async #attempt(picture: Uint8Array): Promise<Outcome> {
    const child = this.#process ?? (await this.#start());
    const listening = new AbortController();
    const { signal } = listening;
    child.send(picture);
    const outcome = await Promise.race([
      once(child, 'message', { signal }).then(([answer]): Outcome => answer),
      once(child, 'exit', { signal }).then(([, by]) => ended(by)),
    ]);
    listening.abort();
    if (child.exitCode !== null || child.signalCode !== null) this.#process = undefined;
    return outcome;
  }

  async #start(): Promise<ChildProcess> {
    this.#process = fork(path.join(import.meta.dirname, 'renderer-process.ts'), { serialization: 'advanced' });
    await once(this.#process, 'message');
    return this.#process;
  }
}

function ended(signal: string | null): Outcome {
  if (signal === SIGNALS.HANG) return { verdict: 'HANG', detail: 'processor time is over the bound', cpuMs: CPU_MS };
  const cpuMs = Number.NaN;
  if (signal === SIGNALS.MEMORY) return { verdict: 'MEMORY', detail: `over ${MEMORY_MB} MB over rest`, cpuMs };
  return { verdict: 'CRASH', detail: `the process ended (${signal})`, cpuMs };
}
