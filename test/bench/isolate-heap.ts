import { setTimeout as sleep } from 'node:timers/promises';

/** What V8 tells of an isolate: bytes. */
interface HeapUsage {
  usedSize: number;
  embedderHeapUsedSize: number;
  /** Of all ArrayBuffers, and of WebAssembly. */
  backingStorageSize: number;
}

/** Asks the isolate of the Worker, by the inspector that `wrangler dev` has. */
export interface Inspector {
  /** Bytes in use, of those that Cloudflare counts: what is garbage, and was not collected yet, included. */
  heap(): Promise<number>;
  close(): void;
}

export async function inspect(port: number): Promise<Inspector> {
  // It answers pages of this machine only, which a program has to look like.
  const options = { headers: { Origin: 'http://localhost' } } as unknown as string[];
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, options);
  const waiting = new Map<number, (usage: HeapUsage) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data));
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`there is no inspector at port ${port}`)));
  });
  let id = 0;
  return {
    async heap() {
      const { usedSize, embedderHeapUsedSize, backingStorageSize } = await new Promise<HeapUsage>((resolve) => {
        waiting.set(++id, resolve);
        socket.send(JSON.stringify({ id, method: 'Runtime.getHeapUsage' }));
      });
      return usedSize + embedderHeapUsedSize + backingStorageSize;
    },
    close: () => socket.close(),
  };
}

/** The most that is in use while something is done. */
export async function peakDuring(inspector: Inspector, work: () => Promise<unknown>): Promise<number> {
  let peak = await inspector.heap();
  let over = false;
  const sampling = (async () => {
    while (!over) {
      peak = Math.max(peak, await inspector.heap());
      await sleep(10);
    }
  })();
  try {
    await work();
  } finally {
    over = true;
    await sampling;
  }
  return peak;
}
