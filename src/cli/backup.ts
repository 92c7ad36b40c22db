/** `npm run backup -- FOLDER [--env staging] [--local]`: see docs/operating.md. */
import { runBackup } from './backups/command.ts';
import { backup } from './backups/run.ts';

await runBackup(backup);
