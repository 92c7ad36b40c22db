import type { Import } from './import-api.ts';

type Counts = Import['counts'];

/** How many emoji have come to their end, of how many: what is ignored is none. */
export function settled({ total, ignored, succeeded, skipped, failed }: Counts): { done: number; of: number } {
  return { done: succeeded + skipped + failed, of: total - ignored };
}

/** `1,204 would be added, 3 of them under another name, 12 left out. Nothing has been imported yet.` */
export function describePlan({ create, rename, replace, skipped, failed }: Counts): string {
  return sentence([
    [create + rename, 'would be added'],
    [rename, 'of them under another name'],
    [replace, 'would have another picture'],
    [skipped, 'left out'],
    [failed, 'cannot be used'],
  ]).concat(' Nothing has been imported yet.');
}

/** `1,204 imported, 3 failed.` */
export function describeEnd({ succeeded, skipped, failed }: Counts): string {
  return sentence([
    [succeeded, 'imported'],
    [skipped, 'left out'],
    [failed, 'failed'],
  ]);
}

function sentence(parts: [count: number, words: string][]): string {
  const said = parts.flatMap(([count, words]) => (count > 0 ? [`${count.toLocaleString('en')} ${words}`] : []));
  return `${said.join(', ') || 'There is nothing in it'}.`;
}
