/** `npm run restore -- FOLDER [--env staging] [--local]`: see docs/operating.md. */
import { runBackup } from './backups/command.ts';
import { restore } from './backups/run.ts';

await runBackup(restore);
