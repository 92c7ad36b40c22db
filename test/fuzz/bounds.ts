/**
 * Processor time that one picture may take, in milliseconds: all threads of the process. An animation of as many pixels as
 * it may have takes most, some 40 ns for each on a busy machine. Cloudflare stops a renderer at 30 s.
 */
export const CPU_MS = 12_000;
/** What the process may grow by at one picture over its rest, in MB of 2²⁰ bytes. */
export const MEMORY_MB = 128;

/** How a process ends that is over a bound. */
export const SIGNALS = { HANG: 'SIGXCPU', MEMORY: 'SIGUSR2' } as const;

/** What the watchdog shares with the thread that it watches: two numbers. */
export const CPU_AT_START = 0;
export const REST_MB = 1;

export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export function rssMb(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}
