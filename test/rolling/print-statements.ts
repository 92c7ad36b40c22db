import { env } from 'cloudflare:workers';

/** Before tests, where statements are recorded: has each that the service prepares printed, once for each file. */
const MARK = '@@SQL ';

const printed = new Set<string>();
for (const database of [env.DB, env.DB.withSession()]) {
  const own = Object.getPrototypeOf(database) as { prepare(sql: string): unknown };
  const prepare = own.prepare;
  own.prepare = function (sql) {
    // Not those of tests.
    const isOurs = /\/src\/adapters\//.test(new Error().stack ?? '');
    if (isOurs && !printed.has(sql)) console.log(MARK + JSON.stringify(sql));
    printed.add(sql);
    return prepare.call(this, sql);
  };
}
