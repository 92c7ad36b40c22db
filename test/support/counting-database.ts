/** What D1 did. */
export interface DatabaseWork {
  /** Calls that went to the database: a batch is one. */
  calls: number;
  statements: number;
  rowsRead: number;
  rowsWritten: number;
}

/** A database that adds what it does to `work`, by what D1 itself says of each statement. */
export function countingDatabase(db: D1Database, work: DatabaseWork): D1Database {
  const reals = new WeakMap<object, D1PreparedStatement>();
  const add = <Result extends D1Result>(result: Result): Result => {
    work.rowsRead += result.meta.rows_read;
    work.rowsWritten += result.meta.rows_written;
    work.statements++;
    return result;
  };
  const wrap = (real: D1PreparedStatement): D1PreparedStatement => {
    const all = async () => {
      work.calls++;
      return add(await real.all<Record<string, unknown>>());
    };
    const wrapped = {
      bind: (...values: unknown[]) => wrap(real.bind(...values)),
      all,
      run: all,
      // D1 itself tells nothing of what `first` reads.
      async first(column?: string) {
        const [row] = (await all()).results;
        return row === undefined ? null : column === undefined ? row : row[column];
      },
    };
    reals.set(wrapped, real);
    return wrapped as unknown as D1PreparedStatement;
  };
  const over = (source: Pick<D1Database, 'prepare' | 'batch'>) => ({
    prepare: (sql: string) => wrap(source.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) => {
      work.calls++;
      return (await source.batch(statements.map((one) => reals.get(one) as D1PreparedStatement))).map(add);
    },
  });
  const withSession = (given?: string) => {
    const session = db.withSession(given);
    return { ...over(session), getBookmark: () => session.getBookmark() };
  };
  return { ...over(db), withSession } as unknown as D1Database;
}
