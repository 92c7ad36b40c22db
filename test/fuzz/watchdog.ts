/** A thread that ends its process when the picture takes too much: started by `renderer-process.ts`. */
import { workerData } from 'node:worker_threads';
import { CPU_AT_START, CPU_MS, cpuMs, MEMORY_MB, REST_MB, rssMb, SIGNALS } from './bounds.ts';

const POLL_MS = 10;
const shared: Float64Array = workerData;

setInterval(() => {
  if (cpuMs() - shared[CPU_AT_START] > CPU_MS) process.kill(process.pid, SIGNALS.HANG);
  if (rssMb() - shared[REST_MB] > MEMORY_MB) process.kill(process.pid, SIGNALS.MEMORY);
}, POLL_MS);
