/**
 * A Worker in workerd as `wrangler dev` has it, without the proxy and the process that stand before it there.
 * `node direct.ts PORT FOLDER CONFIG` serves until it is killed; tables are made of the migrations beside CONFIG.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from 'wrangler';

const [port, folder = '', config = ''] = process.argv.slice(2);
const TYPES: Record<string, 'ESModule' | 'CompiledWasm' | 'Data'> = {
  js: 'ESModule',
  wasm: 'CompiledWasm',
  ttf: 'Data',
};

const built = path.join(folder, 'built');
await promisify(execFile)('npx', ['wrangler', 'deploy', '--dry-run', '--outdir', built, '--config', config]);
const files = await readdir(built);
// Its name is that of its source.
const main = files.find((file) => file.endsWith('.js')) ?? '';
const others = files.filter((file) => file !== main && (file.split('.').at(-1) ?? '') in TYPES);
const modules = [main, ...others].map((file) => ({
  type: TYPES[file.split('.').at(-1) ?? ''] ?? 'Data',
  path: path.join(built, file),
}));

const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
// The pages are no part of what is measured.
const { assets: _, ...options } = workerOptions;
// It keeps its state in a temporary folder of its own.
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    ...options,
    modules,
    modulesRoot: built,
    bindings: Object.assign({}, options.bindings, { OPEN_TO_LOOPBACK: 'true' }),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: Number(port) }],
  }),
);
const db = await miniflare.getD1Database('DB');
const migrations = path.join(path.dirname(config), 'migrations');
const names = (await readdir(migrations)).filter((name) => name.endsWith('.sql')).sort();
const sql = await Promise.all(names.map((name) => readFile(path.join(migrations, name), 'utf8')));
// At once: whoever finds one table finds all.
await db.batch(sql.flatMap(unstable_splitSqlQuery).map((statement) => db.prepare(statement)));
