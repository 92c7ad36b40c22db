/** `npm run deploy [-- --env staging] [--paid] [--url https://…] [--dry-run]`: see "Deploy it" in README.md. */
import { parseArgs } from 'node:util';
import { deploy } from './deploying/sequence.ts';
import { smokeTest } from './deploying/smoke-test.ts';
import { Steps } from './deploying/steps.ts';
import { environmentOf, writeConfig } from './environment.ts';
import { main, must, wranglerFor } from './wrangler.ts';

const { values } = parseArgs({
  options: {
    env: { type: 'string' },
    paid: { type: 'boolean', default: process.env.CLOUDFLARE_PLAN === 'paid' },
    url: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  },
});

await main(async () => {
  const { config, file } = await writeConfig(environmentOf(values.env, values.paid));
  const wrangler = wranglerFor();
  if (values['dry-run']) {
    must(await wrangler(['deploy', '--dry-run', '--config', file], { show: true }), 'It cannot be built.');
    return;
  }
  process.stdout.write(`${config.name}, on Workers ${values.paid ? 'Paid' : 'Free'}\n`);
  const steps = new Steps((line) => process.stdout.write(`${line}\n`));
  // Empty where a workflow has no such secret.
  const [adminToken, accountId] = ['ADMIN_TOKEN', 'CLOUDFLARE_ACCOUNT_ID'].map(
    (name) => process.env[name] || undefined,
  );
  const isLogged = process.env.CI !== undefined;
  await deploy({ wrangler, config, file, url: values.url, adminToken, accountId, isLogged, steps, smokeTest });
  steps.end();
});
