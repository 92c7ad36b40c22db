/** What D1 did. */
export interface DatabaseWork {
  /** Calls that went to the database: a batch is one. */
  calls: number;
  statements: number;
  rowsRead: number;
  rowsWritten: number;
  /** The rows that were written, with those of indexes, by the table that a statement names first. */
  writtenTo: Record<string, number>;
}

export function noWork(): DatabaseWork {
  return { calls: 0, statements: 0, rowsRead: 0, rowsWritten: 0, writtenTo: {} };
}

const TABLE = /\b(?:INTO|UPDATE|DELETE FROM)\s+(\w+)/;

/** A database that adds what it does to `work`, by what D1 itself says of each statement. */
export function countingDatabase(db: D1Database, work: DatabaseWork): D1Database {
  const reals = new WeakMap<object, { real: D1PreparedStatement; sql: string }>();
  const realOf = (wrapped: object) => reals.get(wrapped) as { real: D1PreparedStatement; sql: string };
  const add = <Result extends D1Result>(result: Result, sql: string): Result => {
    const { rows_read: read, rows_written: written } = result.meta;
    const [, table] = TABLE.exec(sql) ?? [];
    work.rowsRead += read;
    work.rowsWritten += written;
    work.statements++;
    if (written > 0 && table !== undefined) work.writtenTo[table] = (work.writtenTo[table] ?? 0) + written;
    return result;
  };
  const wrap = (real: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const all = async () => {
      work.calls++;
      return add(await real.all<Record<string, unknown>>(), sql);
    };
    const wrapped = {
      bind: (...values: unknown[]) => wrap(real.bind(...values), sql),
      all,
      run: all,
      // D1 itself tells nothing of what `first` reads.
      async first(column?: string) {
        const [row] = (await all()).results;
        return row === undefined ? null : column === undefined ? row : row[column];
      },
    };
    reals.set(wrapped, { real, sql });
    return wrapped as unknown as D1PreparedStatement;
  };
  const over = (source: Pick<D1Database, 'prepare' | 'batch'>) => ({
    prepare: (sql: string) => wrap(source.prepare(sql), sql),
    batch: async (statements: D1PreparedStatement[]) => {
      work.calls++;
      const results = await source.batch(statements.map((one) => realOf(one).real));
      return results.map((result, n) => add(result, realOf(statements[n] as object).sql));
    },
  });
  const withSession = (given?: string) => {
    const session = db.withSession(given);
    return { ...over(session), getBookmark: () => session.getBookmark() };
  };
  return { ...over(db), withSession } as unknown as D1Database;
}
