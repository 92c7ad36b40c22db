/** What the adapters need of a database: a session of one has it too. */
export interface Database extends Pick<D1Database, 'prepare' | 'batch'> {
  /** Where a replica's answer may be checked; absent where every read goes to the primary. */
  readonly primary?: Pick<D1Database, 'prepare' | 'batch'>;
  /** To be called when somebody else has written for who works with it; absent where no bookmark is asked for. */
  readonly overtaken?: () => void;
}

/** What who changes something works with. */
export interface WriteSession extends Database {
  readonly overtaken: () => void;
  /** A bookmark of all that was written so far, by it or for it. */
  bookmark(): Promise<string | null>;
}

/** As a client may send it: what D1 gives out has four groups of hexadecimal digits. */
const BOOKMARK = /^[0-9a-f]+(-[0-9a-f]+){3}$/;

/**
 * Reads by whatever copy of the database is the nearest that has all that was written up to a bookmark.
 *
 * @param bookmark as a client sent it; what is none counts for nothing
 */
export function readSession(db: D1Database, bookmark: string | null): Database {
  const isBookmark = bookmark !== null && BOOKMARK.test(bookmark);
  const session = db.withSession(isBookmark ? bookmark : 'first-unconstrained');
  return {
    prepare: (sql) => session.prepare(sql),
    batch: (statements) => session.batch(statements),
    primary: db,
  };
}

/**
 * Reads and writes what is the latest: whatever it is asked goes to the primary, which tells a bookmark with each
 * answer. A session of D1 asks the primary first, and later any copy that is not behind that; the owners of tasks, who
 * write for the same request, have no part in it. So each query here has a session of its own.
 */
export function writeSession(db: D1Database): WriteSession {
  let sessions: D1DatabaseSession[] = [];
  const next = () => {
    const session = db.withSession('first-primary');
    sessions.push(session);
    return session;
  };
  return {
    prepare: (sql) => next().prepare(sql),
    batch: (statements) => next().batch(statements),
    overtaken() {
      sessions = [];
    },
    async bookmark() {
      // In the order of the alphabet they are in the order of time.
      const known = sessions.flatMap((session) => session.getBookmark() ?? []).sort();
      return known.at(-1) ?? latestBookmark(db);
    },
  };
}

/** A bookmark of all that has been written so far, by whomever. */
export async function latestBookmark(db: D1Database): Promise<string | null> {
  const session = db.withSession('first-primary');
  await session.prepare('SELECT 1').run();
  return session.getBookmark();
}

/**
 * The rows of a query. A replica that does not have all of them may be behind: then the primary is asked.
 *
 * @param isWhole whether nothing is missing
 */
export async function rowsOf<Row>(
  db: Database,
  sql: string,
  values: (string | number)[],
  isWhole: (rows: Row[]) => boolean,
): Promise<Row[]> {
  const { results, meta } = await db
    .prepare(sql)
    .bind(...values)
    .all<Row>();
  if (db.primary === undefined || meta.served_by_primary !== false || isWhole(results)) return results;
  const latest = await db.primary
    .prepare(sql)
    .bind(...values)
    .all<Row>();
  return latest.results;
}

/** The row of a query that finds one; the same holds for it. */
export async function rowOf<Row>(db: Database, sql: string, ...values: (string | number)[]): Promise<Row | null> {
  const [row] = await rowsOf<Row>(db, sql, values, (rows) => rows.length > 0);
  return row ?? null;
}
