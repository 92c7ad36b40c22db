import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const promises = [...readFileSync('SECURITY.md', 'utf8').matchAll(/\| `(?<file>test\/[^`]+)`: (?<title>.+) \|$/gm)].map(
  ({ groups = {} }) => ({ file: groups.file ?? '', title: groups.title ?? '' }),
);

describe('SECURITY.md', () => {
  it('names a test for each promise', () => {
    const table = readFileSync('SECURITY.md', 'utf8').split('## What is promised')[1]?.split('\n## ')[0] ?? '';
    const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| promise'));
    expect(promises).toHaveLength(rows.length);
    expect(rows.length).toBeGreaterThan(10);
  });

  it.each(promises)('names one that is there: $file: $title', ({ file, title }) => {
    const source = readFileSync(file, 'utf8').replaceAll("\\'", "'");
    expect([`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => source.includes(quoted))).toBe(true);
    // It is run, too.
    expect(source).not.toMatch(/\b(describe|it)(\.\w+)*\.(skip|todo|only|fails)\b/);
  });
});

it('no statement changes or deletes what the audit has', () => {
  const sources = ['src', 'migrations'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|tsx|sql)$/.test(file))
      .map((file) => readFileSync(path.join(folder, file), 'utf8')),
  );
  expect(sources.some((source) => /INSERT INTO audit_entries/.test(source))).toBe(true);
  for (const source of sources) {
    expect(source).not.toMatch(/(UPDATE|DELETE FROM|REPLACE INTO|DROP TABLE|ALTER TABLE)\s+audit_(entries|outcomes)/i);
  }
});
