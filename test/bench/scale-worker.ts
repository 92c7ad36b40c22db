import worker from '../../src/index.ts';
import { countingDatabase, noWork } from '../support/counting-database.ts';

export { TaskObject } from '../../src/index.ts';

/** The service, with the rows that D1 read and the statements that it ran for a request in the headers of the answer. */
export default {
  ...worker,
  async fetch(request, env, ctx) {
    const work = noWork();
    const response = await worker.fetch(request, { ...env, DB: countingDatabase(env.DB, work) }, ctx);
    const headers = new Headers(response.headers);
    headers.set('X-Rows-Read', String(work.rowsRead));
    headers.set('X-Statements', String(work.statements));
    return new Response(response.body, { status: response.status, headers });
  },
} satisfies ExportedHandler<Env>;
