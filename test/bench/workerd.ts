import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { unstable_startWorker } from 'wrangler';
import type { Run } from './contender-process.ts';

// What a request knows of its place in the world is not asked of the network.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';

export interface WorkerdBench {
  /** Makes the emoji of a picture so many times in one request; the request as a whole is measured. */
  run(picture: Uint8Array, times: number): Promise<Run>;
  stop(): Promise<void>;
}

/** Starts the Worker of this folder in a fresh isolate. */
export async function startWorkerd(): Promise<WorkerdBench> {
  const worker = await unstable_startWorker({
    config: path.join(import.meta.dirname, 'wrangler.toml'),
    dev: { inspector: false, watch: false, server: { port: 0 }, logLevel: 'error' },
  });
  await worker.ready;
  return {
    async run(picture, times) {
      const before = cpuOfWorkerd();
      const start = performance.now();
      const response = await worker.fetch(`http://bench/?times=${times}`, {
        method: 'POST',
        body: new Uint8Array(picture),
      });
      if (!response.ok) throw new Error(`the Worker answered ${response.status}: ${await response.text()}`);
      const { bytes } = (await response.json()) as { bytes: number };
      const wall = performance.now() - start;
      const after = cpuOfWorkerd();
      return { cpu: before === undefined || after === undefined ? wall : after - before, wall, bytes };
    },
    stop: () => worker.dispose(),
  };
}

/** Milliseconds that all threads of this process's workerd have run; `undefined` where the system does not tell. */
function cpuOfWorkerd(): number | undefined {
  try {
    let nanoseconds = 0;
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      // proc(5): pid (command) state parent …
      const stat = read(`/proc/${pid}/stat`);
      if (!stat.startsWith(`${pid} (workerd) `) || Number(stat.split(' ')[3]) !== process.pid) continue;
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        nanoseconds += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]);
      }
    }
    return nanoseconds / 1e6;
  } catch {
    return undefined;
  }
}

/** Empty for a process or a thread that has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
