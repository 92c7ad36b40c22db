/** Renders each picture that it is sent, within bounds: forked by `guarded-renderer.ts`. */
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { ImagingError, renderEmoji } from '../../src/imaging/index.ts';
import { CPU_AT_START, cpuMs, REST_MB, rssMb } from './bounds.ts';
import type { Outcome } from './guarded-renderer.ts';

const shared = new Float64Array(new SharedArrayBuffer(16));
shared[CPU_AT_START] = Number.POSITIVE_INFINITY;
shared[REST_MB] = Number.POSITIVE_INFINITY;
await once(new Worker(path.join(import.meta.dirname, 'watchdog.ts'), { workerData: shared }), 'online');
shared[REST_MB] = rssMb();

process.on('message', async (picture: Uint8Array) => {
  shared[CPU_AT_START] = cpuMs();
  const result = await render(picture);
  process.send?.({ ...result, cpuMs: cpuMs() - shared[CPU_AT_START] });
});
process.send?.('ready');

async function render(picture: Uint8Array): Promise<Omit<Outcome, 'cpuMs'>> {
  try {
    const { gif } = await renderEmoji(picture);
    return { verdict: 'ok', detail: `${gif.length} bytes` };
  } catch (error) {
    if (error instanceof ImagingError) return { verdict: 'error', detail: error.code };
    return { verdict: 'CRASH', detail: (error instanceof Error && error.stack) || String(error) };
  }
}
