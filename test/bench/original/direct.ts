/**
 * The service in workerd as `wrangler dev` has it, without the proxy and the process that stand before it there.
 * `node direct.ts PORT FOLDER` serves until it is killed.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from 'wrangler';

const [port, folder = ''] = process.argv.slice(2);
const CONFIG = 'wrangler.toml';
const TYPES: Record<string, 'ESModule' | 'CompiledWasm' | 'Data'> = {
  js: 'ESModule',
  wasm: 'CompiledWasm',
  ttf: 'Data',
};

const built = path.join(folder, 'built');
await promisify(execFile)('npx', ['wrangler', 'deploy', '--dry-run', '--outdir', built]);
const main = 'index.js';
const others = (await readdir(built)).filter((file) => file !== main && (file.split('.').at(-1) ?? '') in TYPES);
const modules = [main, ...others].map((file) => ({
  type: TYPES[file.split('.').at(-1) ?? ''] ?? 'Data',
  path: path.join(built, file),
}));

const { workerOptions } = unstable_getMiniflareWorkerOptions(CONFIG);
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
const files = (await readdir('migrations')).filter((name) => name.endsWith('.sql')).sort();
const sql = await Promise.all(files.map((file) => readFile(path.join('migrations', file), 'utf8')));
// At once: whoever finds one table finds all.
await db.batch(sql.flatMap(unstable_splitSqlQuery).map((statement) => db.prepare(statement)));
