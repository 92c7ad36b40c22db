import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** What each layer of `src/` may import: other layers, and packages. Arrows point inward only. */
const ALLOWED: Record<string, { layers: string[]; packages: RegExp }> = {
  domain: { layers: [], packages: /^$/ },
  application: { layers: ['domain'], packages: /^$/ },
  imaging: { layers: [], packages: /^@cf-wasm\/photon/ },
  adapters: { layers: ['domain', 'application'], packages: /^cloudflare:workers$/ },
  renderer: { layers: ['domain', 'application', 'adapters', 'imaging'], packages: /^$/ },
  http: { layers: ['domain', 'application', 'adapters'], packages: /^(hono|@hono\/zod-openapi|multipasta)(\/|$)/ },
  cli: { layers: [], packages: /^node:/ },
  web: { layers: [], packages: /^$/ },
  'index.ts': { layers: ['adapters', 'http', 'renderer'], packages: /^$/ },
};

const STATIC = /^(?:import|export)\s(?<type>type\s)?(?:[^;'"]*?\sfrom\s*)?['"](?<from>[^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"](?<from>[^'"]+)['"]/g;

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => /\.(ts|tsx|js)$/.test(file));

function importsOf(file: string, ...kinds: RegExp[]): { from: string; typeOnly: boolean }[] {
  const source = readFileSync(path.join('src', file), 'utf8');
  return kinds.flatMap((kind) =>
    [...source.matchAll(kind)].map(({ groups = {} }) => ({
      from: groups.from ?? '',
      typeOnly: groups.type !== undefined,
    })),
  );
}

const layerOf = (file: string): string => file.split(path.sep)[0] ?? '';

describe('the dependency rule', () => {
  it('knows every layer there is', () => {
    expect(new Set(files.map(layerOf))).toEqual(new Set(Object.keys(ALLOWED)));
  });

  it.each(files)('is kept by %s', (file) => {
    const { layers = [], packages = /^$/ } = ALLOWED[layerOf(file)] ?? {};
    const broken = importsOf(file, STATIC, DYNAMIC).filter(({ from }) => {
      if (!from.startsWith('.')) return !packages.test(from);
      const target = layerOf(path.join(path.dirname(file), from));
      return target !== layerOf(file) && !layers.includes(target);
    });
    expect(broken).toEqual([]);
  });

  it('keeps image code out of all that the API loads: it is reached by a dynamic import only', () => {
    const loaded = new Set<string>();
    const load = (file: string): void => {
      if (loaded.has(file)) return;
      loaded.add(file);
      for (const { from, typeOnly } of importsOf(file, STATIC)) {
        if (from.startsWith('.') && !typeOnly) load(path.join(path.dirname(file), from));
      }
    };
    load('index.ts');
    expect([...loaded].filter((file) => /^(imaging|renderer)/.test(file))).toEqual([]);
    expect([...loaded].filter((file) => file.startsWith('http'))).not.toEqual([]);
  });
});
