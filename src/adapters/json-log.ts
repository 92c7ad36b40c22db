import type { Logger } from '../application/ports.ts';

/** One JSON object a line, as Workers Logs indexes them. */
export const jsonLog: Logger = {
  info(event, facts) {
    console.log(JSON.stringify({ event, ...facts }));
  },
  error(event, error, facts) {
    const { message, stack } = error instanceof Error ? error : { message: String(error) };
    console.error(JSON.stringify({ event, ...facts, error: message, stack }));
  },
};
