import type { Context } from 'hono';
import { allPorts } from '../adapters/ports.ts';
import { databaseOf } from './sessions.ts';

export interface AppEnv {
  Bindings: Env;
  Variables: { ports?: ReturnType<typeof allPorts> };
}

/** The adapters that one request works with: the same ones whenever it asks. */
export function portsOf(c: Context<AppEnv>) {
  const ports = c.get('ports') ?? allPorts(c.env, databaseOf(c), c.executionCtx as ExecutionContext);
  c.set('ports', ports);
  return ports;
}
