import type { ApiToken } from '../domain/access.ts';

/** Texts that prove who somebody is. */
export interface Credentials {
  newToken(): string;
  newSession(): string;
  /** Whether a text has the form and the checksum of a token. */
  isTokenText(text: string): boolean;
  /** In a time that tells nothing of how much of it is right. */
  isAdminToken(text: string): boolean;
  /** What a token is found by. */
  tokenHash(text: string): string;
  sessionHash(text: string): string;
}

/** A place in the list of tokens. */
export type TokenPosition = Pick<ApiToken, 'createdAt' | 'id'>;

/** Times are milliseconds since 1970. */
export interface TokenStore {
  /** @returns false when a valid token has the name */
  add(token: ApiToken, hash: string): Promise<boolean>;
  find(hash: string): Promise<ApiToken | null>;
  findById(id: string): Promise<ApiToken | null>;
  /** The last first. */
  list(page: { after: TokenPosition | null; limit: number }): Promise<ApiToken[]>;
  /** Ends a token, and the sessions that were begun with it, for good. @returns null when there is none */
  revoke(id: string, at: number): Promise<ApiToken | null>;
  /** Has it noted that it was used, once a minute at most. Nobody waits for that; that it cannot be harms nothing. */
  noteUse(token: ApiToken, at: number): void;
}

export interface SessionStore {
  /** Those that are over are dropped. @param tokenId null for the `ADMIN_TOKEN` */
  begin(hash: string, tokenId: string | null, now: number, expiresAt: number): Promise<void>;
  /** @returns the token that it was begun with, null for the `ADMIN_TOKEN`; undefined when there is none, or it is over */
  find(hash: string, now: number): Promise<ApiToken | null | undefined>;
  end(hash: string): Promise<void>;
}

/** A change that somebody asked for. */
export interface AuditEntry {
  /** Rises with time. */
  id: number;
  /** Milliseconds since 1970. */
  at: number;
  name: string | null;
  kind: string;
  tokenId: string | null;
  method: string;
  route: string;
  target: string;
  /** Of the answer; null where there was none. */
  status: number | null;
}

export interface AuditLog {
  /** @returns its id */
  begin(entry: Omit<AuditEntry, 'id' | 'status'>): Promise<number>;
  end(id: number, status: number): Promise<void>;
  /** The last first. @param name of whom; null for everybody */
  list(name: string | null, page: { before: number | null; limit: number }): Promise<AuditEntry[]>;
}
