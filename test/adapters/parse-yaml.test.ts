import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/adapters/parse-yaml.ts';

describe('YAML', () => {
  it('is read as people write it', async () => {
    const text = 'title: x\nemojis:\n  - &a { name: on, src: "https://x" }\n  - <<: *a\n    name: 100\n';
    expect(await parseYaml(text)).toMatchObject({
      title: 'x',
      emojis: [{ name: 'on', src: 'https://x' }, { name: 100 }],
    });
  });

  it('is no bomb: a billion laughs', async () => {
    const laughs = Array.from(
      { length: 9 },
      (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`)}]`,
    );
    await expect(parseYaml(['a0: &a0 [lol]', ...laughs].join('\n'))).rejects.toThrow(/alias/);
  });

  it('is refused where it is none, or nests too deep', async () => {
    await expect(parseYaml('a: [')).rejects.toThrow();
    await expect(parseYaml('['.repeat(100_000))).rejects.toThrow();
  });

  it('takes a time that grows with the text, of any number of keys', async () => {
    const text = Array.from({ length: 80_000 }, (_, index) => `a${index}: b`).join('\n');
    expect(Object.keys((await parseYaml(text)) as object)).toHaveLength(80_000);
  }, 8_000);
});
