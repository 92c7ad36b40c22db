import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressIn, deploy } from '../../src/cli/deploying/sequence.ts';
import { Steps } from '../../src/cli/deploying/steps.ts';
import { wranglerFor } from '../../src/cli/wrangler.ts';
import { type Recording, recordWrangler } from './recorded-wrangler.ts';
import * as said from './recordings.ts';

const TOKEN = 'a-token-of-thirty-two-characters';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'deploy-test-'));
  await mkdir(path.join(folder, 'dist'));
  await writeFile(path.join(folder, 'dist', 'index.html'), 'a page');
  await writeFile(path.join(folder, 'wrangler.production.json'), '{}');
});

afterAll(() => rm(folder, { recursive: true }));

/** An account with nothing in it. */
const EMPTY: Recording = {
  'whoami --json': said.LOGGED_IN,
  'deploy --dry-run': said.BUILT,
  'd1 list --json': said.NO_DATABASES,
  'd1 create custom-emoji': said.CREATED,
  'd1 migrations apply DB --remote': said.MIGRATED,
  'deployments status --json': said.NO_WORKER,
  'secret list': said.NO_WORKER_TO_LIST,
  deploy: said.ALL_MADE,
};

/** One that has the service, in the version of this tag. */
const servedBy = (tag: string): Recording => ({
  'whoami --json': said.LOGGED_IN,
  'deploy --dry-run': said.BUILT,
  'd1 list --json': said.A_DATABASE,
  'd1 migrations apply DB --remote': said.NOTHING_TO_MIGRATE,
  'deployments status --json': said.DEPLOYED,
  [`versions view ${said.VERSION} --json`]: said.versionTagged(tag),
  'secret list': said.A_SECRET,
  'triggers deploy': said.TRIGGERS_SET,
  deploy: said.UPDATED,
});

interface Options {
  adminToken?: string;
  accountId?: string;
  isLogged?: boolean;
  code?: string;
  smokeTest?: (url: string, token: string | undefined) => Promise<string>;
}

async function run(recording: Recording, { code, ...options }: Options = {}) {
  const wrangler = await recordWrangler(folder, recording, code);
  const lines: string[] = [];
  const tested: unknown[] = [];
  const error = await deploy({
    wrangler: wranglerFor(wrangler.file, () => {}),
    config: {
      name: 'custom-emoji',
      assets: { directory: path.join(folder, 'dist') },
      d1_databases: [{ binding: 'DB', database_name: 'custom-emoji' }],
    },
    file: path.join(folder, 'wrangler.production.json'),
    isLogged: false,
    steps: new Steps((line) => lines.push(line)),
    smokeTest: async (...args) => {
      tested.push(args);
      return 'all is well';
    },
    ...options,
  }).then(
    () => null,
    (reason: Error) => reason.message,
  );
  const calls = wrangler.calls();
  return {
    error,
    calls,
    commands: calls.map((args) => args.filter((arg) => !arg.startsWith('/') && !arg.startsWith('{')).join(' ')),
    /** Of the version that was uploaded. */
    tag: calls.find((args) => args[0] === 'deploy' && args[1] === '--tag')?.[2] ?? '',
    output: lines.join('\n'),
    tested,
  };
}

describe('the first deployment', () => {
  it('creates what is missing, makes the tables before the code that needs them, and tries it out', async () => {
    const { error, commands, tag, calls, output, tested } = await run(EMPTY);
    expect(error).toBeNull();
    expect(commands).toEqual([
      'whoami --json',
      'deploy --dry-run --outdir',
      'd1 list --json',
      'd1 create custom-emoji',
      'd1 migrations apply DB --remote',
      'deployments status --json',
      'secret list',
      `deploy --tag ${tag} --secrets-file`,
    ]);
    expect(tag).toMatch(/^[0-9a-f]{16}$/);
    const { ADMIN_TOKEN: secret } = JSON.parse(calls.at(-1)?.at(-1) ?? '') as { ADMIN_TOKEN: string };
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(output.split(secret)).toHaveLength(2);
    expect(output).toContain('0007_emoji_rendering.sql, 0008_work.sql');
    expect(tested).toEqual([['https://custom-emoji.somebody.workers.dev', secret]]);
  });

  it('takes the token of the environment, and does not show it', async () => {
    const { calls, output, tested } = await run(EMPTY, { adminToken: TOKEN });
    expect(calls.at(-1)?.at(-1)).toBe(`{"ADMIN_TOKEN":"${TOKEN}"}`);
    expect(output).not.toContain(TOKEN);
    expect(tested).toMatchObject([[expect.any(String), TOKEN]]);
  });

  it('makes up for what another one left unfinished: the database and the bucket are there', async () => {
    const recording = { ...EMPTY, 'd1 list --json': said.A_DATABASE, deploy: said.UPDATED };
    const { error, commands } = await run(recording);
    expect(error).toBeNull();
    expect(commands).not.toContain('d1 create custom-emoji');
  });
});

it('leaves a secret alone that was set before anything was deployed', async () => {
  const set = { 'deployments status --json': said.NOT_DEPLOYED, 'secret list': said.A_SECRET };
  const { error, commands, tag } = await run({ ...EMPTY, ...set });
  expect(error).toBeNull();
  expect(commands.at(-1)).toBe(`deploy --tag ${tag}`);
});

describe('another deployment', () => {
  it('changes nothing where nothing has changed', async () => {
    const { tag } = await run(EMPTY);
    const { error, commands, output, tested } = await run(servedBy(tag), { adminToken: TOKEN });
    expect(error).toBeNull();
    expect(commands).toEqual([
      'whoami --json',
      'deploy --dry-run --outdir',
      'd1 list --json',
      'd1 migrations apply DB --remote',
      'deployments status --json',
      `versions view ${said.VERSION} --json`,
      'secret list',
      'triggers deploy',
    ]);
    expect(output).toContain('no table has changed');
    expect(tested).toEqual([['https://custom-emoji.somebody.workers.dev', TOKEN]]);
  });

  it('deploys other code, and leaves the secret alone', async () => {
    const { tag: before } = await run(EMPTY);
    const { error, calls, tag } = await run(servedBy(before), {
      code: 'export default { fetch() {} }',
      adminToken: TOKEN,
    });
    expect(error).toBeNull();
    expect(tag).not.toBe(before);
    expect(calls.at(-1)).toEqual(['deploy', '--tag', tag]);
  });

  it('deploys other pages, and other settings', async () => {
    const { tag: before } = await run(EMPTY);
    await writeFile(path.join(folder, 'dist', 'index.html'), 'another page');
    const { tag: pages } = await run(servedBy(before));
    await writeFile(path.join(folder, 'wrangler.production.json'), '{"vars":{}}');
    const { tag: settings } = await run(servedBy(pages));
    expect(new Set([before, pages, settings]).size).toBe(3);
  });

  it('deploys where two versions share the requests, one of which is the same', async () => {
    const { tag } = await run(EMPTY);
    const { commands } = await run({ ...servedBy(tag), 'deployments status --json': said.TWO_VERSIONS });
    expect(commands.at(-1)).toBe(`deploy --tag ${tag}`);
  });

  it('sets a secret that was taken away', async () => {
    const { tag } = await run(EMPTY);
    const { commands } = await run({ ...servedBy(tag), 'secret list': said.NO_SECRETS });
    expect(commands.at(-1)).toBe(`deploy --tag ${tag} --secrets-file`);
  });
});

describe('what goes wrong', () => {
  it.each<[string, Recording, string | RegExp, string]>([
    ['nobody is logged in', { 'whoami --json': said.NOT_LOGGED_IN }, 'npx wrangler login', 'whoami --json'],
    [
      'there are two accounts',
      { 'whoami --json': said.TWO_ACCOUNTS },
      /ACCOUNT_ID=4567 {3}Their firm/,
      'whoami --json',
    ],
    ['it cannot be built', { 'deploy --dry-run': said.NOT_BUILT }, 'Nothing was changed', 'deploy --dry-run --outdir'],
    [
      'a migration fails',
      { 'd1 migrations apply DB --remote': said.NOT_MIGRATED },
      /Nothing was deployed.*near "CREATTE": syntax error/s,
      'd1 migrations apply DB --remote',
    ],
    [
      'it is not known what is deployed',
      { 'deployments status --json': said.OVERLOADED },
      'Please try again. [code: 10013]',
      'deployments status --json',
    ],
  ])('stops before anything else is done: %s', async (_, recording, message, last) => {
    const { error, commands, tested } = await run({ ...EMPTY, ...recording });
    expect(error).toMatch(message);
    expect(commands.at(-1)).toBe(last);
    expect(tested).toEqual([]);
  });

  it.each([
    ['the plan', said.NOT_ON_FREE, 'leave out --paid'],
    ['R2 that is not enabled', said.NO_R2, 'enabled once in the dashboard'],
  ])('says what to do about %s', async (_, answer, message) => {
    const { error, output, tested } = await run({ ...EMPTY, deploy: answer });
    expect(error).toContain(message);
    // It may be set all the same.
    expect(output).toMatch(/\n {4}[\w-]{43}\n/);
    expect(tested).toEqual([]);
  });

  it('takes the account that is chosen', async () => {
    const { error } = await run({ ...EMPTY, 'whoami --json': said.TWO_ACCOUNTS }, { accountId: '4567' });
    expect(error).toBeNull();
  });

  it('makes no secret where it would be kept in a log', async () => {
    const { error, commands, output, tag, tested } = await run(EMPTY, { isLogged: true });
    expect(error).toBeNull();
    expect(commands.at(-1)).toBe(`deploy --tag ${tag}`);
    expect(output).toContain('npx wrangler secret put ADMIN_TOKEN');
    expect(tested).toEqual([['https://custom-emoji.somebody.workers.dev', undefined]]);
    const again = await run({ ...servedBy(tag), 'secret list': said.NO_SECRETS }, { isLogged: true });
    expect(again.commands.at(-1)).toBe('triggers deploy');
    const given = await run(EMPTY, { isLogged: true, adminToken: TOKEN });
    expect(given.calls.at(-1)?.at(-1)).toContain(TOKEN);
  });

  it('refuses a token that the service would refuse', async () => {
    const { error, calls } = await run(EMPTY, { adminToken: 'short' });
    expect(error).toContain('5 characters; it has to have 32');
    expect(calls).toEqual([]);
  });

  it('says the way back when the service does not do what it should', async () => {
    const smokeTest = () => Promise.reject(new Error('the emoji is blue'));
    const { error } = await run(servedBy('another'), { smokeTest });
    expect(error).toContain('the emoji is blue');
    expect(error).toContain(`npx wrangler rollback ${said.VERSION} --config`);
    const first = await run(EMPTY, { smokeTest });
    expect(first.error).not.toContain('rollback');
    expect(first.error).toContain('npx wrangler tail');
  });
});

it('finds the address of the service where it is one of its own', () => {
  expect(addressIn('Deployed\n  schedule: * * * * *\n  emoji.example.org (custom domain)\n')).toBe(
    'https://emoji.example.org',
  );
  expect(addressIn('Deployed\n  schedule: * * * * *\n')).toBeUndefined();
});
