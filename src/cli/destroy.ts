/** `npm run destroy [-- --env staging] [--yes NAME]`: lists all that a service has in the account, asks, and removes it. */
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { checkAccount } from './deploying/account.ts';
import { destroy, listOf } from './deploying/removal.ts';
import { Steps } from './deploying/steps.ts';
import { environmentOf, resourcesOf, writeConfig } from './environment.ts';
import { emptyBucket, withBucket } from './storage.ts';
import { main, Stop, wranglerFor } from './wrangler.ts';

const { values } = parseArgs({ options: { env: { type: 'string' }, yes: { type: 'string' } } });

await main(async () => {
  const { config, file } = await writeConfig(environmentOf(values.env));
  const resources = resourcesOf(config);
  const wrangler = wranglerFor();
  await checkAccount(wrangler, process.env.CLOUDFLARE_ACCOUNT_ID ?? config.account_id);
  const list = listOf(resources).map((line) => `  ${line}\n`);
  process.stdout.write(`This removes for ever:\n${list.join('')}`);
  if ((values.yes ?? (await asked(resources.worker))) !== resources.worker) throw new Stop('Nothing was removed.');
  const steps = new Steps((line) => process.stdout.write(`${line}\n`));
  await destroy({ wrangler, resources, file, steps, emptyBucket: () => withBucket(config, false, emptyBucket) });
  steps.end();
});

async function asked(name: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Type its name (${name}) to go on: `);
  terminal.close();
  return answer.trim();
}
