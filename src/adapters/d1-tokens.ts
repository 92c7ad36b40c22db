import type { SessionStore, TokenStore } from '../application/access-ports.ts';
import type { ApiToken, Scope } from '../domain/access.ts';
import type { OwnQuotas } from '../domain/quota.ts';
import { jsonLog } from './json-log.ts';

interface TokenRow {
  id: string;
  name: string;
  scopes: string;
  created_at: number;
  created_by: string | null;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
  quotas: string;
}

const COLUMNS = `api_tokens.id, api_tokens.name, api_tokens.scopes, api_tokens.created_at, api_tokens.created_by,
  api_tokens.expires_at, api_tokens.revoked_at, api_tokens.last_used_at, api_tokens.quotas`;

const MINUTE_MS = 60_000;

/**
 * @param db not a copy: a token that is revoked is so at once
 * @param context of whoever has their use noted
 */
export function d1Tokens(db: D1Database, context: Partial<Pick<ExecutionContext, 'waitUntil'>> = {}): TokenStore {
  return {
    async add({ id, name, scopes, createdAt, createdBy, expiresAt, quotas }, hash) {
      const { meta } = await db
        .prepare(
          `INSERT INTO api_tokens (id, hash, name, scopes, created_at, created_by, expires_at, quotas)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING`,
        )
        .bind(id, hash, name, JSON.stringify(scopes), createdAt, createdBy, expiresAt, JSON.stringify(quotas))
        .run();
      return meta.changes > 0;
    },

    async find(hash) {
      const row = await db.prepare(`SELECT ${COLUMNS} FROM api_tokens WHERE hash = ?`).bind(hash).first<TokenRow>();
      return row && toToken(row);
    },

    async findById(id) {
      const row = await db.prepare(`SELECT ${COLUMNS} FROM api_tokens WHERE id = ?`).bind(id).first<TokenRow>();
      return row && toToken(row);
    },

    async list({ after, limit }) {
      const { results } = await db
        .prepare(
          `SELECT ${COLUMNS} FROM api_tokens WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?`,
        )
        .bind(after?.createdAt ?? Number.MAX_SAFE_INTEGER, after?.id ?? '', limit)
        .all<TokenRow>();
      return results.map(toToken);
    },

    async revoke(id, at) {
      const [revoked] = await db.batch<TokenRow>([
        db
          .prepare(`UPDATE api_tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? RETURNING ${COLUMNS}`)
          .bind(at, id),
        db.prepare('DELETE FROM sessions WHERE token_id = ?').bind(id),
      ]);
      const row = revoked?.results[0];
      return row ? toToken(row) : null;
    },

    noteUse({ id, lastUsedAt }, at) {
      if (lastUsedAt !== null && lastUsedAt > at - MINUTE_MS) return;
      const noting = db.prepare('UPDATE api_tokens SET last_used_at = ? WHERE id = ?').bind(at, id).run();
      const noted = noting.catch((fault) => jsonLog.error('use of a token not noted', fault, { tokenId: id }));
      context.waitUntil?.(noted);
    },
  };
}

export function d1Sessions(db: D1Database): SessionStore {
  return {
    async begin(hash, tokenId, now, expiresAt) {
      await db.batch([
        db.prepare('DELETE FROM sessions WHERE expires_at <= ?').bind(now),
        db.prepare('INSERT INTO sessions (hash, token_id, expires_at) VALUES (?, ?, ?)').bind(hash, tokenId, expiresAt),
      ]);
    },

    async find(hash, now) {
      const row = await db
        .prepare(
          `SELECT sessions.token_id, ${COLUMNS} FROM sessions LEFT JOIN api_tokens ON api_tokens.id = sessions.token_id
           WHERE sessions.hash = ? AND sessions.expires_at > ?`,
        )
        .bind(hash, now)
        .first<TokenRow & { token_id: string | null }>();
      if (row === null) return undefined;
      return row.token_id === null ? null : toToken(row);
    },

    async end(hash) {
      await db.prepare('DELETE FROM sessions WHERE hash = ?').bind(hash).run();
    },
  };
}

function toToken(row: TokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    scopes: JSON.parse(row.scopes) as Scope[],
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    quotas: JSON.parse(row.quotas) as OwnQuotas,
  };
}
