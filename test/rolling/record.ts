/**
 * `node test/rolling/record.ts`, with each release: notes the statements that it sends to the database, by running its
 * tests. The next one has to have tables that these work with.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const { stdout } = spawnSync(
  'npx',
  ['vitest', 'run', '--project', 'workerd', '--project', 'flow', 'test/adapters', 'test/http', '--reporter', 'verbose'],
  { env: { ...process.env, RECORD_STATEMENTS: 'true', NO_COLOR: '1' }, encoding: 'utf8', maxBuffer: 2 ** 30 },
);
const found = [...stdout.matchAll(/@@SQL (".*")$/gm)].map(([, json]) => JSON.parse(json ?? '""') as string);
const statements = [...new Set(found)].sort();
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
writeFileSync('test/rolling/release-before.json', `${JSON.stringify({ commit, statements }, null, 2)}\n`);
console.log(`${statements.length} statements`);
