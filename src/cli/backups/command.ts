import { parseArgs } from 'node:util';
import { checkAccount } from '../deploying/account.ts';
import { Steps } from '../deploying/steps.ts';
import { environmentOf, writeConfig } from '../environment.ts';
import { withBucket } from '../storage.ts';
import { main, Stop, wranglerFor } from '../wrangler.ts';
import { databaseBy } from './database.ts';
import type { Service } from './run.ts';

/** Runs `npm run backup` and `npm run restore`, which differ in nothing but what they do with the service. */
export async function runBackup(
  work: (service: Service, folder: string, steps: Steps) => Promise<void>,
): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { env: { type: 'string' }, local: { type: 'boolean', default: false } },
  });
  await main(async () => {
    const [folder] = positionals;
    if (folder === undefined || positionals.length > 1) throw new Stop('Say which folder: npm run backup -- FOLDER');
    const { config, file } = await writeConfig(environmentOf(values.env));
    const wrangler = wranglerFor();
    if (!values.local) await checkAccount(wrangler, process.env.CLOUDFLARE_ACCOUNT_ID ?? config.account_id);
    const database = databaseBy(wrangler, file, values.local);
    const steps = new Steps((line) => process.stdout.write(`${line}\n`));
    await withBucket(config, values.local, (bucket) =>
      work({ name: config.name ?? '', database, bucket }, folder, steps),
    );
    steps.end();
  });
}
