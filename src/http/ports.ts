import type { Context } from 'hono';
import type { WriteSession } from '../adapters/d1-session.ts';
import { allPorts } from '../adapters/ports.ts';
import type { Principal } from '../domain/access.ts';
import { databaseOf } from './sessions.ts';

export interface AppEnv {
  Bindings: Env;
  Variables: {
    ports?: ReturnType<typeof allPorts>;
    writeSession?: WriteSession;
    principal?: Promise<Principal>;
    /** Notes in the audit who asks, where that is known only now. */
    note?: (by: Principal) => Promise<void>;
    /** Resolved when the audit has this request. */
    noted?: Promise<void>;
    /** The path of the route, as its description has it. */
    route?: string;
  };
}

/** The adapters that one request works with: the same ones whenever it asks. */
export function portsOf(c: Context<AppEnv>) {
  const ports = c.get('ports') ?? allPorts(c.env, databaseOf(c), c.executionCtx as ExecutionContext);
  c.set('ports', ports);
  return ports;
}
