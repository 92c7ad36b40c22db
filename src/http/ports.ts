import type { Context } from 'hono';
import { allPorts } from '../adapters/ports.ts';

export interface AppEnv {
  Bindings: Env;
}

/** The adapters that one request works with. */
export function portsOf(c: Context<AppEnv>) {
  return allPorts(c.env);
}
