/**
 * `npm start`: applies the database's migrations to the local copy, then runs `wrangler dev` with the same arguments, and
 * the cron, which that does not.
 */
import { spawn } from 'node:child_process';
import { openToLoopback } from './open-to-loopback.ts';
import { WRANGLER } from './wrangler.ts';

const args = process.argv.slice(2);

/** @returns the exit code of `wrangler`, which shares this process's terminal */
function wrangler(argv: string[], env: Record<string, string> = {}): Promise<number> {
  const child = spawn(process.execPath, [WRANGLER, ...argv], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  child.on('message', runCron);
  // A signal to this process alone has to reach wrangler too; Ctrl-C reaches both.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** As `crons` in wrangler.toml has it. */
const CRON_MS = 15 * 60_000;

/** @param message `wrangler dev` sends one when it listens */
function runCron(message: unknown): void {
  const { event, ip, port } = JSON.parse(String(message));
  if (event !== 'DEV_SERVER_READY') return;
  // A fault is in the log of the service; when it does not answer, the next one will do.
  const run = () => void fetch(`http://${ip}:${port}/cdn-cgi/handler/scheduled`).catch(() => {});
  // The queue forgets all when the service stops: what it held is found by the first one.
  run();
  setInterval(run, CRON_MS).unref();
}

/** `--persist-to DIR` or `--persist-to=DIR`: the migrations must go where `wrangler dev` will look. */
function persistTo(): string[] {
  const at = args.findIndex((arg) => arg === '--persist-to' || arg.startsWith('--persist-to='));
  return at < 0 ? [] : args.slice(at, args[at]?.includes('=') ? at + 1 : at + 2);
}

// With CI set, wrangler does not ask whether to go on: the local database is ours alone.
const migrated = await wrangler(['d1', 'migrations', 'apply', 'DB', '--local', ...persistTo()], { CI: 'true' });
const more = openToLoopback(args);
process.exitCode = migrated === 0 ? await wrangler(['dev', ...args, ...more.args], more.env) : migrated;
