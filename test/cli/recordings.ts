/*
 * What wrangler 4.164.0 printed, asked as `npm run deploy` and `npm run destroy` do, by an API that was made up: no account
 * was there. Tables and lists of bindings are cut short. Codes and texts of faults are those that its source and
 * Cloudflare's documentation have.
 */

export interface Answer {
  code: number;
  out: string;
  err: string;
}

const BANNER = '\n ⛅️ wrangler 4.164.0\n────────────────────\n';

const went = (out: string, err = ''): Answer => ({ code: 0, out, err });

function failed(title: string, notes = '', out = BANNER): Answer {
  const mark = '\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m';
  const log = '🪵  Logs were written to "/root/.config/.wrangler/logs/wrangler-2026-11-29_21-27-08_084.log"';
  return { code: 1, out, err: `${mark} \u001b[1m${title}\u001b[0m\n\n${notes}\n${log}\n` };
}

const apiFailed = (path: string, why: string, out?: string): Answer =>
  failed(
    `A request to the Cloudflare API (/accounts/0123456789abcdef0123456789abcdef${path}) failed.`,
    `  ${why}\n  \n  If you think this is a bug, please open an issue at: \u001b[4mhttps://github.com/cloudflare/workers-sdk/issues/new/choose\u001b[0m\n`,
    out,
  );

const account = (id: string, name: string) => ({ id, name });
const who = (...accounts: { id: string; name: string }[]) =>
  went(
    `${JSON.stringify({ loggedIn: true, authType: 'User API Token', email: 'somebody@example.org', accounts }, null, 4)}\n`,
  );

export const LOGGED_IN = who(account('0123456789abcdef0123456789abcdef', 'Somebody'));
export const TWO_ACCOUNTS = who(account('0123', 'Somebody'), account('4567', 'Their firm'));
export const NOT_LOGGED_IN: Answer = { code: 1, out: '\n{"loggedIn":false}\n', err: '' };

export const BUILT = went(`${BANNER}[custom build] Running: npm run --silent build
✨ Read 52 files from the assets directory /home/somebody/custom-emoji/dist
Total Upload: 6009.01 KiB / gzip: 2036.44 KiB
Your Worker has access to the following bindings:
Binding                                                 Resource
env.TASKS (TaskObject)                                  Durable Object

--dry-run: exiting now.
`);
export const NOT_BUILT = failed(
  'Running custom build `npm run --silent build` failed. There are likely more logs from your build command above.',
);

export const NO_DATABASES = went('[]\n');
export const A_DATABASE = went(`[
  {
    "uuid": "7ae41455-9d88-498e-a439-d0a6b2d9a695",
    "name": "custom-emoji",
    "version": "production",
    "created_at": "2026-11-29T21:23:31.621Z",
    "created_in_region": "WEUR"
  }
]
`);
export const CREATED = went(`${BANNER}✅ Successfully created DB 'custom-emoji' in region WEUR
Created your new D1 database.

To access your new D1 Database in your Worker, add the following snippet to your configuration file:
{
  "d1_databases": [
    {
      "binding": "custom_emoji",
      "database_name": "custom-emoji",
      "database_id": "7ae41455-9d88-498e-a439-d0a6b2d9a695"
    }
  ]
}
? Would you like Wrangler to add it on your behalf?
🤖 Using fallback value in non-interactive context: no
`);

const TO_APPLY = `${BANNER}Resource location: remote

Migrations to be applied:
┌───────────────────────────┐
│ name                      │
├───────────────────────────┤
│ 0007_emoji_rendering.sql  │
├───────────────────────────┤
│ 0008_work.sql             │
└───────────────────────────┘
? About to apply 2 migration(s)
Your database may not be available to serve requests during the migration, continue?
🤖 Using fallback value in non-interactive context: yes
🌀 Executing on remote database DB (7ae41455-9d88-498e-a439-d0a6b2d9a695):
🌀 To execute on your local development database, remove the --remote flag from your wrangler command.
`;
export const MIGRATED = went(`${TO_APPLY}🚣 Executed 1 command in 0.30ms
┌───────────────────────────┬────────┐
│ name                      │ status │
├───────────────────────────┼────────┤
│ 0007_emoji_rendering.sql  │ ✅     │
├───────────────────────────┼────────┤
│ 0008_work.sql             │ 🕒️    │
└───────────────────────────┴────────┘
`);
export const NOTHING_TO_MIGRATE = went(`${BANNER}Resource location: remote

✅ No migrations to apply!
`);
export const NOT_MIGRATED = apiFailed(
  '/d1/database/7ae41455-9d88-498e-a439-d0a6b2d9a695/query',
  'near "CREATTE": syntax error at offset 0: SQLITE_ERROR [code: 7500]',
  TO_APPLY,
);

export const NO_WORKER = apiFailed(
  '/workers/scripts/custom-emoji/deployments',
  'This Worker does not exist on your account. [code: 10007]',
  '',
);
export const NOT_DEPLOYED = failed('The Worker custom-emoji has no deployments.', '', '');
export const OVERLOADED = apiFailed('/workers/scripts/custom-emoji/deployments', 'Please try again. [code: 10013]', '');
export const VERSION = '2305e3f7-202d-4d96-95f0-913625391a28';
const deployment = (...versions: { version_id: string; percentage: number }[]) =>
  went(
    `${JSON.stringify({ id: '32f2e2c4-2966-40aa-8b51-c024d6bd9e54', source: 'wrangler', strategy: 'percentage', versions }, null, 2)}\n`,
  );
export const DEPLOYED = deployment({ version_id: VERSION, percentage: 100 });
export const TWO_VERSIONS = deployment(
  { version_id: VERSION, percentage: 90 },
  { version_id: '0b0e3c5c-7c4f-4f0e-9d3b-0c1de5a5c6d1', percentage: 10 },
);
export const versionTagged = (tag: string) =>
  went(
    `${JSON.stringify({ id: VERSION, number: 1, annotations: { 'workers/tag': tag, 'workers/triggered_by': 'upload' } }, null, 2)}\n`,
  );

export const NO_WORKER_TO_LIST = failed(
  'Worker "custom-emoji" not found.',
  "  \n  If this is a new Worker, run `wrangler deploy` first to create it.\n  Otherwise, check that the Worker name is correct and you're logged into the right account.\n",
  '',
);
export const NO_SECRETS = went('[]\n');
export const A_SECRET = went('[\n  {\n    "name": "ADMIN_TOKEN",\n    "type": "secret_text"\n  }\n]\n');

const UPLOADING = `${BANNER}[custom build] Running: npm run --silent build
🌀 Building list of assets...
✨ Read 52 files from the assets directory /home/somebody/custom-emoji/dist
🌀 Starting asset upload...
No updated asset files to upload. Proceeding with deployment...
Total Upload: 6009.01 KiB / gzip: 2036.44 KiB
`;
const PROVISIONING = `
The following bindings need to be provisioned:
Binding                       Resource
env.RENDER_QUEUE              Queue
env.PICTURES                  R2 Bucket


Provisioning PICTURES (R2 Bucket)...
Resource name found in config: custom-emoji-pictures
🌀 Creating new R2 Bucket "custom-emoji-pictures"...
✨ PICTURES provisioned 🎉

🎉 Resources provisioned, continuing with deployment...
`;
const TRIGGERS = `Deployed custom-emoji triggers (0.05 sec)
  https://custom-emoji.somebody.workers.dev
  schedule: */15 * * * *
  Producer for custom-emoji-render
  Consumer for custom-emoji-render
`;
const UPLOADED = `
Worker Startup Time: 41 ms
Uploaded custom-emoji (3.19 sec)
${TRIGGERS}Current Version ID: ${VERSION}
`;
export const ALL_MADE = went(UPLOADING + PROVISIONING + UPLOADED);
/** The bucket and the queues were there. */
export const UPDATED = went(UPLOADING + UPLOADED);
export const TRIGGERS_SET = went(
  `${BANNER}${TRIGGERS}`,
  '\u001b[33m▲ \u001b[43;33m[\u001b[43;30mWARNING\u001b[43;33m]\u001b[0m \u001b[1m🚧 `wrangler triggers deploy` is an experimental command.\u001b[0m\n',
);
export const NOT_ON_FREE = apiFailed(
  '/workers/scripts/custom-emoji',
  'CPU limits are not supported for the Free plan. [code: 100328]',
  UPLOADING,
);
export const NO_R2 = apiFailed(
  '/r2/buckets/custom-emoji-pictures',
  'Please enable R2 through the Cloudflare Dashboard. [code: 10042]',
  UPLOADING,
);

export const WORKER_DELETED = went(`${BANNER}Successfully deleted custom-emoji\n`);
export const WORKER_GONE = apiFailed('/workers/services/custom-emoji', 'This service does not exist. [code: 10090]');
export const CONSUMER_REMOVED = went(
  `${BANNER}Removing consumer from queue custom-emoji-work.\nRemoved consumer from queue custom-emoji-work.\n`,
);
export const QUEUE_DELETED = went(`${BANNER}Deleting queue custom-emoji-work.\nDeleted queue custom-emoji-work.\n`);
export const QUEUE_GONE = failed(
  'Queue "custom-emoji-work" does not exist. To create it, run: wrangler queues create custom-emoji-work',
);
export const DATABASE_DELETED = went(`${BANNER}Resource location: remote

About to delete remote database DB 'custom-emoji' (a7558704-a903-4d97-8299-fd4991ebf8ce).
This action is irreversible and will permanently delete all data in the database.

Deleting...
Deleted 'custom-emoji' successfully.
`);
export const DATABASE_GONE = failed(
  "Couldn't find a D1 DB named 'custom-emoji' (bound as 'custom-emoji') in the API. Run 'wrangler d1 create custom-emoji' to create it.",
);
export const BUCKET_DELETED = went(
  `${BANNER}Deleting bucket custom-emoji-pictures.\nDeleted bucket custom-emoji-pictures.\n`,
);
export const BUCKET_GONE = apiFailed(
  '/r2/buckets/custom-emoji-pictures',
  'The specified bucket does not exist. [code: 10006]',
);
export const BUCKET_FULL = apiFailed(
  '/r2/buckets/custom-emoji-pictures',
  'The bucket you tried to delete is not empty. [code: 10008]',
);
