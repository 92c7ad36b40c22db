import worker from '../../src/index.ts';

export { TaskObject } from '../../src/index.ts';

/** The service, with the rows that D1 read and the statements that it ran for a request in the headers of the answer. */
export default {
  ...worker,
  async fetch(request, env, ctx) {
    const total = { rows: 0, statements: 0 };
    const response = await worker.fetch(request, { ...env, DB: counting(env.DB, total) }, ctx);
    const headers = new Headers(response.headers);
    headers.set('X-Rows-Read', String(total.rows));
    headers.set('X-Statements', String(total.statements));
    return new Response(response.body, { status: response.status, headers });
  },
} satisfies ExportedHandler<Env>;

function counting(db: D1Database, total: { rows: number; statements: number }): D1Database {
  const reals = new WeakMap<object, D1PreparedStatement>();
  const add = <Result extends D1Result>(result: Result): Result => {
    total.rows += result.meta.rows_read;
    total.statements++;
    return result;
  };
  const wrap = (real: D1PreparedStatement): D1PreparedStatement => {
    const all = async () => add(await real.all<Record<string, unknown>>());
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
    batch: async (statements: D1PreparedStatement[]) =>
      (await source.batch(statements.map((one) => reals.get(one) as D1PreparedStatement))).map(add),
  });
  const withSession = (given?: string) => {
    const session = db.withSession(given);
    return { ...over(session), getBookmark: () => session.getBookmark() };
  };
  return { ...over(db), withSession } as unknown as D1Database;
}
