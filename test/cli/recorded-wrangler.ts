import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Answer } from './recordings.ts';

/** The answers to each command, by how it begins: one for each time that it is run, the last one for all others. */
export type Recording = Record<string, Answer | Answer[]>;

/** An executable in the place of wrangler, which says what wrangler said. */
export interface RecordedWrangler {
  file: string;
  /** What it was run with so far, but for the configuration. */
  calls(): string[][];
}

const PROGRAM = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const args = process.argv.slice(2);
const line = args.join(' ');
const called = existsSync(log) ? readFileSync(log, 'utf8').split('\\n') : [];
// The longest one: "deploy" begins others.
const command = Object.keys(recording).filter((start) => line.startsWith(start)).sort((a, b) => b.length - a.length)[0];
const contents = args.includes('--secrets-file') ? readFileSync(args[args.indexOf('--secrets-file') + 1], 'utf8') : '';
appendFileSync(log, JSON.stringify({ command, args, contents }) + '\\n');
if (command === undefined) throw new Error('nothing is recorded of: wrangler ' + line);
const times = called.filter((entry) => entry !== '' && JSON.parse(entry).command === command).length;
const answers = [recording[command]].flat();
const { code, out, err } = answers[Math.min(times, answers.length - 1)];
if (args.includes('--outdir')) {
  const folder = args[args.indexOf('--outdir') + 1];
  mkdirSync(folder);
  writeFileSync(folder + '/index.js', bundled);
  writeFileSync(folder + '/README.md', 'built at ' + Date.now() + Math.random());
}
process.stdout.write(out);
process.stderr.write(err);
process.exitCode = code;
`;

/** @param code that the Worker is bundled to */
export async function recordWrangler(
  folder: string,
  recording: Recording,
  code = 'export default {}',
): Promise<RecordedWrangler> {
  const file = path.join(folder, `wrangler-${crypto.randomUUID()}.mjs`);
  const log = `${file}.log`;
  const known = { recording, log, bundled: code };
  const constants = Object.entries(known).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
  await writeFile(file, `${constants.join('\n')}${PROGRAM}`);
  return {
    file,
    calls() {
      if (!existsSync(log)) return [];
      const lines = readFileSync(log, 'utf8').trim().split('\n');
      return lines.map((line) => {
        const { args, contents } = JSON.parse(line) as { args: string[]; contents: string };
        const at = args.indexOf('--config');
        return [...args.filter((_, i) => at < 0 || (i !== at && i !== at + 1)), ...(contents ? [contents] : [])];
      });
    },
  };
}
