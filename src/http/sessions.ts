import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { type Database, readSession, type WriteSession, writeSession } from '../adapters/d1-session.ts';
import { jsonLog } from '../adapters/json-log.ts';
import { batchGet } from './emojis/list-routes.ts';
import { safeCookie } from './https.ts';
import type { AppEnv } from './ports.ts';
import { metrics } from './service/routes.ts';

const HEADER = 'D1-Bookmark';
const COOKIE = 'd1_bookmark';

/** Seconds. Every copy of the database is up to date long before. */
const COOKIE_LIFE = 600;

const READ_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Requests that change nothing, though their method may. */
const READ_PATHS: string[] = [batchGet.path];

/** Counters must not fall, as they would from one copy of the database to another that is behind it. */
const LATEST_PATHS: string[] = [metrics.path];

/**
 * Where a request has its data from. Who only reads may have a copy that is a little behind, but not behind the
 * bookmark of his last change. Who changes something decides by what is the latest.
 */
export function databaseOf(c: Context<AppEnv>): Database {
  if (!isRead(c)) return writeSessionOf(c);
  if (LATEST_PATHS.includes(c.req.path)) return c.env.DB;
  return readSession(c.env.DB, c.req.header(HEADER) ?? getCookie(c, COOKIE) ?? null);
}

/**
 * Gives who has changed something a bookmark of it. Answers to who only reads get none: they may be kept, and shown to
 * others.
 */
export const sessions: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (isRead(c) || !c.res.ok) return;
  try {
    const bookmark = await writeSessionOf(c).bookmark();
    if (bookmark === null) return;
    c.header(HEADER, bookmark);
    setCookie(c, COOKIE, bookmark, { ...safeCookie(c), maxAge: COOKIE_LIFE });
  } catch (error) {
    // The change is made all the same.
    jsonLog.error('no bookmark', error, { path: c.req.path });
  }
};

function writeSessionOf(c: Context<AppEnv>): WriteSession {
  const session = c.get('writeSession') ?? writeSession(c.env.DB);
  c.set('writeSession', session);
  return session;
}

/** Whether a request changes nothing. */
export function isRead(c: Context<AppEnv>): boolean {
  return READ_METHODS.includes(c.req.method) || READ_PATHS.includes(c.req.path);
}
