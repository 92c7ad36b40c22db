import type { OwnQuotas, Quotas } from './quota.ts';

/** What a caller may do. `emoji:write` is for emoji of his own; `emoji:admin` for those of others too. */
export const SCOPES = ['emoji:read', 'emoji:write', 'emoji:admin', 'task:read', 'task:write', 'token:admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** Who may do more may do less. */
const INCLUDED: Partial<Record<Scope, Scope[]>> = {
  'emoji:write': ['emoji:read'],
  'emoji:admin': ['emoji:write', 'emoji:read'],
  'task:write': ['task:read'],
};

/** Who asks for something. */
export interface Principal {
  /** `local`: a program on this machine, of a service that is open to it. `admin`: whoever has the `ADMIN_TOKEN`. */
  kind: 'anonymous' | 'local' | 'admin' | 'token' | 'person';
  /**
   * What histories call him, and the owner of what he makes: the name of a token, an e-mail address, `admin`; null
   * where nobody has said.
   */
  name: string | null;
  scopes: ReadonlySet<Scope>;
  /** The token that he came with; null where there is none, or it is the `ADMIN_TOKEN`. */
  tokenId: string | null;
  /** When that token ends, in milliseconds since 1970; null: never. */
  expiresAt: number | null;
  /** What he may have; null for as much as he likes. */
  quotas: Quotas | null;
}

/** Whoever does not say who he is. */
export const ANONYMOUS: Principal = {
  kind: 'anonymous',
  name: null,
  scopes: new Set(),
  tokenId: null,
  expiresAt: null,
  quotas: null,
};

/** What the `ADMIN_TOKEN` is called. No token may be. */
export const ADMIN_NAME = 'admin';

/** Scopes with all that they include. */
export function withIncluded(scopes: Iterable<Scope>): Set<Scope> {
  return new Set([...scopes].flatMap((scope) => [scope, ...(INCLUDED[scope] ?? [])]));
}

/** What one may have who has these scopes: who looks after the emoji of all may have as much as he likes. */
export function quotasFor(scopes: ReadonlySet<Scope>, defaults: Quotas, own: OwnQuotas): Quotas | null {
  if (scopes.has('emoji:admin')) return null;
  return {
    emojis: own.emojis ?? defaults.emojis,
    bytes: own.bytes ?? defaults.bytes,
    tasks: own.tasks ?? defaults.tasks,
  };
}

/** Whether he is told who owns what, and who did what: those are names and addresses of people. */
export function maySeePeople(by: Principal): boolean {
  return by.scopes.has('emoji:read');
}

export function mayChangeEmoji(by: Principal, { owner }: { owner: string | null }): boolean {
  return by.scopes.has('emoji:admin') || isName(by, owner);
}

export function maySeeTask(by: Principal, { actor }: { actor: string | null }): boolean {
  return by.scopes.has('task:read') || isName(by, actor);
}

export function mayMoveTask(by: Principal, { actor }: { actor: string | null }): boolean {
  return by.scopes.has('task:write') || isName(by, actor);
}

function isName({ name }: Principal, other: string | null): boolean {
  return name !== null && name === other;
}

/** A token of the API, as it can be shown: its text is known to its holder only. Times are milliseconds since 1970. */
export interface ApiToken {
  id: string;
  name: string;
  scopes: Scope[];
  createdAt: number;
  /** Who made it. */
  createdBy: string | null;
  /** Null: never. */
  expiresAt: number | null;
  revokedAt: number | null;
  /** To a minute. */
  lastUsedAt: number | null;
  quotas: OwnQuotas;
}
