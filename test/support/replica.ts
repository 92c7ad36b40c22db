/**
 * The real database with a copy in front of it that has nothing yet: a session sees what there is only by a bookmark.
 * Where tests run there are no copies, so that this one is made up: its answers are those of the database, emptied.
 */
export function laggingDatabase(db: D1Database): { db: D1Database; asked: string[] } {
  const asked: string[] = [];
  const withSession = (given = 'first-unconstrained') => {
    asked.push(given);
    return given === 'first-unconstrained' ? replicaOf(db) : db.withSession(given);
  };
  const lagging = { prepare: db.prepare.bind(db), batch: db.batch.bind(db), withSession };
  return { db: lagging as unknown as D1Database, asked };
}

/** A session of a copy that has nothing yet, or of one that has all; it says that it is not the primary. */
export function replicaOf(db: D1Database, isBehind = true): D1DatabaseSession {
  const reals = new WeakMap<object, D1PreparedStatement>();
  const answer = <Row>({ results, meta, ...rest }: D1Result<Row>): D1Result<Row> => ({
    ...rest,
    results: isBehind ? [] : results,
    meta: { ...meta, served_by_primary: false },
  });
  const wrap = (real: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(real.bind(...values)),
      all: async () => answer(await real.all()),
      first: (column: string) => (isBehind ? Promise.resolve(null) : real.first(column)),
    };
    reals.set(wrapped, real);
    return wrapped as unknown as D1PreparedStatement;
  };
  return {
    prepare: (sql: string) => wrap(db.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) =>
      (await db.batch(statements.map((one) => reals.get(one) as D1PreparedStatement))).map(answer),
    getBookmark: () => null,
  } as unknown as D1DatabaseSession;
}
