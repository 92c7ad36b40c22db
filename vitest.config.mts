import { readdir, readFile } from 'node:fs/promises';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { internet } from './test/support/internet.ts';

/** The files of a folder by name, in base64: tests inside workerd have no file system. */
async function filesOf(folder: string, extensions: RegExp): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => extensions.test(name));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(`${folder}/${name}`, 'base64')])),
  );
}

/** What the tests in `test/faults` are to run, from the environment. */
const { FAULTS = '', FAULT_PLAN = '', FAULT_PAIRS = '', FAULT_SEED = '' } = process.env;
const faultSettings = { FAULTS, FAULT_PLAN, FAULT_PAIRS, FAULT_SEED };

/** See test/rolling/record.ts. */
const recorded = process.env.RECORD_STATEMENTS ? { setupFiles: ['test/rolling/print-statements.ts'] } : {};

/** The Worker of `wrangler.toml`, in the runtime it is deployed to. */
function workerd(consumer?: { maxBatchSize: number; maxBatchTimeout: number }) {
  return cloudflareTest(async () => ({
    wrangler: { configPath: './wrangler.toml' },
    miniflare: {
      bindings: {
        MIGRATIONS: await readD1Migrations('migrations'),
        FIXTURES: await filesOf('test/fixtures', /\.(png|jpg|gif|webp|avif|bmp|ico|svg|tiff)$/),
        ARCHIVES: await filesOf('test/fixtures/archives', /\.(zip|gz)$/),
        // As `npm start` has it.
        OPEN_TO_LOOPBACK: 'true',
        ...faultSettings,
      },
      // What the Worker fetches from anywhere, this answers.
      outboundService: { node: internet },
      // A limit that a test can reach.
      ratelimits: { LIMIT_OF_THREE: { namespace_id: '1', simple: { limit: 3, period: 60 as const } } },
      ...(consumer && { queueConsumers: { 'custom-emoji-render': consumer, 'custom-emoji-work': consumer } }),
    },
  }));
}

export default defineConfig({
  test: {
    // What a service or a page is waited for in one file, another file can use.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/*.test.ts', 'test/{cli,domain,application,imaging,web,scale}/**/*.test.ts'],
          setupFiles: ['test/support/fast-check.ts'],
          testTimeout: 120_000,
        },
      },
      {
        // Its queues hand over nothing by themselves, so that a test has each step to itself.
        plugins: [workerd({ maxBatchSize: 100, maxBatchTimeout: 60 })],
        test: {
          name: 'workerd',
          include: ['test/{adapters,renderer,work,faults,rolling}/**/*.test.ts'],
          testTimeout: 30_000,
          ...recorded,
        },
      },
      {
        plugins: [workerd()],
        test: { name: 'flow', include: ['test/http/**/*.test.ts'], testTimeout: 30_000, ...recorded },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/e2e/global-setup.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A busy machine takes longer than the second that is usual.
          expect: { poll: { timeout: 20_000 } },
          // After all others.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
