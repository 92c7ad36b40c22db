import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Git does not keep it. */
export const RESULTS = path.join(import.meta.dirname, 'results');

/** The value below which a part of all values lie: 0.5 is the median. */
export function quantile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: number[]): number {
  return quantile(values, 0.5);
}

/** Writes `results/NAME.json`, with what is needed to judge the numbers. */
export async function save(name: string, result: object): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  const file = path.join(RESULTS, `${name}.json`);
  const { version, platform, arch } = process;
  await writeFile(file, JSON.stringify({ at: new Date(), node: version, platform, arch, ...result }, null, 2));
  console.log(`\n${path.relative('.', file)}`);
}

/** Prints rows under their headings: numbers to the right, `undefined` as a dash. */
export function printTable(title: string, headings: string[], rows: (string | number | undefined)[][]): void {
  const cells = [headings, ...rows.map((row) => row.map(format))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const row of cells) {
    console.log(
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
    );
  }
}

/** Three digits say all that a measurement knows. */
function format(value: string | number | undefined): string {
  if (typeof value === 'string') return value;
  if (value === undefined || Number.isNaN(value)) return '–';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
