import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Config, resourcesOf } from '../environment.ts';
import { must, type Ran, Stop, said, type Wrangler } from '../wrangler.ts';
import { checkAccount } from './account.ts';
import { fingerprint } from './fingerprint.ts';
import type { Steps } from './steps.ts';

export interface Deployment {
  wrangler: Wrangler;
  config: Config;
  /** Of the configuration, for `wrangler --config`. */
  file: string;
  /** Of the service, where it is known to be at another address than wrangler tells. */
  url?: string | undefined;
  /** The `ADMIN_TOKEN` of who deploys: what the service is to have, or has. */
  adminToken?: string | undefined;
  accountId?: string | undefined;
  /** Whether what is printed is kept in a log, where a secret would be read by others. */
  isLogged: boolean;
  steps: Steps;
  /** @returns what it found to be well; throws with what is not */
  smokeTest(url: string, adminToken: string | undefined): Promise<string>;
}

/** Shorter ones are refused by the service: `src/adapters/settings.ts`. */
const MIN_SECRET_LENGTH = 32;

/**
 * Creates what is missing, makes the tables, deploys, and tries the service out, in an order in which whatever fails
 * leaves a service that works: what was there before goes on until the new code is there, and works with its tables.
 *
 * @throws Stop with what went wrong, and what to do
 */
export async function deploy(deployment: Deployment): Promise<void> {
  const { wrangler, config, file, steps, adminToken } = deployment;
  if (adminToken !== undefined && adminToken.length < MIN_SECRET_LENGTH) {
    throw new Stop(`ADMIN_TOKEN has ${adminToken.length} characters; it has to have ${MIN_SECRET_LENGTH} or more.`);
  }
  const run = (args: string[], show = false) => wrangler([...args, '--config', file], { show });
  const { database } = resourcesOf(config);

  await checkAccount(wrangler, deployment.accountId ?? config.account_id);
  const folder = await mkdtemp(path.join(tmpdir(), 'custom-emoji-deploy-'));
  try {
    const built = await bundle(run, folder);
    const tag = await fingerprint(built, String(config.assets?.directory), file);
    steps.done('built', tag);

    await createDatabase(run, database, steps);
    await migrate(run, steps);

    const before = await deployed(run);
    const isSecretSet = await hasSecret(run);
    const made = deployment.isLogged ? undefined : randomBytes(32).toString('base64url');
    const secret = isSecretSet ? undefined : (adminToken ?? made);
    const isSame = before?.tag === tag && secret === undefined;
    const args = isSame ? ['triggers', 'deploy'] : ['deploy', '--tag', tag];
    if (secret !== undefined) {
      const secrets = path.join(folder, 'secrets.json');
      await writeFile(secrets, JSON.stringify({ ADMIN_TOKEN: secret }), { mode: 0o600 });
      args.push('--secrets-file', secrets);
    }
    // Told before: should the rest fail, the service has it all the same.
    steps.done('ADMIN_TOKEN', secretSaid(secret, adminToken, isSecretSet));
    const ran = await run(args, true);
    if (ran.code !== 0) throw new Stop(`Deploying failed.\n\n${said(ran)}\n\n${remedyFor(said(ran))}`);
    steps.done(isSame ? 'unchanged' : 'deployed', isSame ? 'the code and its settings are as they were' : tag);

    const url = deployment.url ?? addressIn(ran.stdout);
    if (url === undefined) {
      throw new Stop('wrangler told no address of the service: give it with --url https://… for the test.');
    }
    try {
      steps.done('tried out', await deployment.smokeTest(url, secret ?? adminToken));
    } catch (error) {
      throw new Stop(
        `The service at ${url} does not do what it should: ${(error as Error).message}\n${wayBack(before, isSame, file)}`,
      );
    }
    steps.done('address', url);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Run = (args: string[], show?: boolean) => Promise<Ran>;

/** Nothing is touched by this: what cannot be built is found out first. @returns the folder of the bundle */
export async function bundle(run: Run, folder: string): Promise<string> {
  const built = path.join(folder, 'bundle');
  must(await run(['deploy', '--dry-run', '--outdir', built]), 'The service cannot be built. Nothing was changed.');
  return built;
}

/** Here, since tables are needed before the code that reads them; `wrangler deploy` creates the rest. */
async function createDatabase(run: Run, name: string, steps: Steps): Promise<void> {
  const list = must(await run(['d1', 'list', '--json']), 'The databases of the account cannot be listed.');
  const isThere = (JSON.parse(list) as { name: string }[]).some((database) => database.name === name);
  if (isThere) return;
  must(await run(['d1', 'create', name]), `The database ${name} cannot be created.`);
  steps.done('created', `the database ${name}`);
}

async function migrate(run: Run, steps: Steps): Promise<void> {
  const ran = await run(['d1', 'migrations', 'apply', 'DB', '--remote']);
  if (ran.code !== 0) {
    throw new Stop(
      'A migration failed, and was rolled back. Nothing was deployed: the service goes on as it was.\n\n' +
        `${said(ran).split('\n').slice(-12).join('\n')}`,
    );
  }
  const applied = new Set(ran.stdout.match(/\d{4}_\w+\.sql/g));
  steps.done('migrated', applied.size === 0 ? 'no table has changed' : [...applied].join(', '));
}

/** The version that all requests go to now; null where there is none. */
async function deployed(run: Run): Promise<{ id: string; tag: string | undefined } | null> {
  const status = await run(['deployments', 'status', '--json']);
  // 10007: there is no such Worker.
  if (status.code !== 0 && /code: 10007|has no deployments/.test(said(status))) return null;
  const { versions } = JSON.parse(must(status, 'What is deployed now cannot be found out.')) as {
    versions: { version_id: string }[];
  };
  const id = versions[0]?.version_id ?? '';
  if (versions.length !== 1) return { id, tag: undefined };
  const view = must(await run(['versions', 'view', id, '--json']), `The version ${id} cannot be read.`);
  const { annotations } = JSON.parse(view) as { annotations?: Record<string, string> };
  return { id, tag: annotations?.['workers/tag'] };
}

async function hasSecret(run: Run): Promise<boolean> {
  const ran = await run(['secret', 'list']);
  // One may have been set before anything was deployed.
  if (ran.code !== 0 && /Worker ".+" not found/.test(said(ran))) return false;
  const list = must(ran, 'The secrets of the service cannot be listed.');
  return (JSON.parse(list) as { name: string }[]).some(({ name }) => name === 'ADMIN_TOKEN');
}

function secretSaid(secret: string | undefined, given: string | undefined, isSecretSet: boolean): string {
  if (isSecretSet) return 'as it was';
  if (secret === undefined) {
    return 'not set: one that is made here would be in the log. Until `npx wrangler secret put ADMIN_TOKEN` the service only shows emoji';
  }
  return secret === given ? 'set, from the environment' : `set; shown only now, keep it safe:\n\n    ${secret}\n`;
}

/** The first address of the service in what `wrangler deploy` and `wrangler triggers deploy` print. */
export function addressIn(output: string): string | undefined {
  const domain = /^ {2}(\S+) \(custom domain/m.exec(output)?.[1];
  return domain === undefined ? /^ {2}(https:\/\/\S+)$/m.exec(output)?.[1] : `https://${domain}`;
}

function remedyFor(message: string): string {
  if (message.includes('100328')) return 'CPU limits are for Workers Paid: leave out --paid, or change the plan.';
  if (message.includes('10042')) return 'R2 has to be enabled once in the dashboard: R2 > Overview.';
  return 'Run it again when that is mended: what was done already is left as it is.';
}

function wayBack(before: { id: string } | null, isSame: boolean, file: string): string {
  const look = `What it logs: npx wrangler tail --config ${file}`;
  if (isSame || before === null) return look;
  return `The version before works with the new tables. Back to it: npx wrangler rollback ${before.id} --config ${file}\n${look}`;
}
