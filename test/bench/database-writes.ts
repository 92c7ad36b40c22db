/**
 * `npm run bench:database`: how many uploads a second one database can write down, on the local D1: the name that is
 * taken, and the end of the task with its emoji. These are what every upload writes, one after the other, in the one
 * database that all share.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { startServer } from '../e2e/server.ts';
import { printTable, save } from './report.ts';

const UPLOADS = 300;

const folder = await mkdtemp(path.join(tmpdir(), 'custom-emoji-database-'));
const args = ['start', '--', 'test/bench/database-worker.ts', '--config', 'wrangler.toml', '--persist-to', folder];
const server = await startServer('npm', ...args, '--inspector-port', '0');
try {
  const rows = [];
  for (const atOnce of [1, 8]) {
    const address = (uploads: number) => `${server.url}/write?uploads=${uploads}&at_once=${atOnce}`;
    // The first ones find nothing prepared.
    await fetch(address(20), { method: 'POST' });
    const begin = performance.now();
    const answer = await fetch(address(UPLOADS), { method: 'POST' });
    const seconds = (performance.now() - begin) / 1_000;
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()} ${server.output()}`);
    const { sqlMs } = (await answer.json()) as { sqlMs: number };
    rows.push({ atOnce, uploadsPerSecond: UPLOADS / seconds, sqlMs: sqlMs / UPLOADS });
  }
  printTable(
    `Uploads that one local D1 writes down, on ${cpus().length} × ${cpus()[0]?.model}`,
    ['at once', 'a second', 'SQL of each, ms'],
    rows.map(({ atOnce, uploadsPerSecond, sqlMs }) => [String(atOnce), uploadsPerSecond, sqlMs]),
  );
  await save('database', { uploads: UPLOADS, rows });
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
