/**
 * `npm run fuzz:http`: sends requests to every operation that the service describes, and says which answers are not as
 * they are described, each with a line for a shell that asks the same. With no `--url` it starts a service of its own.
 *
 *   npm run fuzz:http -- [--seed N] [--count N] [--url URL [--token TOKEN]]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from '../../e2e/server.ts';
import { ADMIN_TOKEN, fuzzHttp } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '5000' },
    url: { type: 'string' },
    token: { type: 'string', default: ADMIN_TOKEN },
  },
});

const state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-'));
const server = values.url
  ? null
  : await startServer('npm', 'start', '--', '--persist-to', state, '--var', `ADMIN_TOKEN:${ADMIN_TOKEN}`);
try {
  const { faults, answers } = await fuzzHttp(values.url ?? server?.url ?? '', {
    seed: Number(values.seed),
    count: Number(values.count),
    token: values.token,
  });
  for (const [operation, counts] of answers) {
    console.log(
      operation,
      [...counts]
        .sort()
        .map(([answer, times]) => `${answer}: ${times}`)
        .join(', '),
    );
  }
  for (const fault of faults) console.log(fault);
  console.log(`${values.count} requests, seed ${values.seed}: ${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await server?.stop();
  await rm(state, { recursive: true, force: true });
}
