import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** What each layer of `src/` may import: other layers, and packages. Arrows point inward only. */
const ALLOWED: Record<string, { layers: string[]; packages: RegExp }> = {
  // What the build makes of a package is data alone.
  domain: { layers: [], packages: /^#build\/built-in-names\.json$/ },
  application: { layers: ['domain'], packages: /^$/ },
  imaging: { layers: [], packages: /^(@cf-wasm\/resvg|@jsquash\/avif|#)/ },
  adapters: {
    layers: ['domain', 'application'],
    packages:
      /^(cloudflare:workers|client-zip|modern-tar|@zip\.js\/zip\.js\/lib\/zip-core-reader\.js|yaml|zod|node:(crypto|zlib))$/,
  },
  renderer: { layers: ['domain', 'application', 'adapters', 'imaging'], packages: /^$/ },
  notices: { layers: ['domain', 'application', 'adapters'], packages: /^$/ },
  work: { layers: ['domain', 'application', 'adapters'], packages: /^$/ },
  http: {
    layers: ['domain', 'application', 'adapters'],
    packages: /^(hono|@hono\/zod-openapi|@fastify\/busboy|node:(stream|crypto))(\/|$)/,
  },
  cli: {
    layers: ['adapters', 'imaging'],
    packages: /^(node:|assemblyscript\/|emojibase-data\/en\/shortcodes\/|omggif$|vite$|wrangler$)/,
  },
  // Of `http` the types only, by which a client is typed; of `imaging` what a preview goes by.
  web: { layers: ['domain', 'http', 'imaging'], packages: /^(preact(\/|$)|hono\/client$|@tanstack\/virtual-core$)/ },
  'index.ts': { layers: ['adapters', 'application', 'http', 'renderer', 'work', 'notices'], packages: /^$/ },
};

const STATIC = /^(?:import|export)\s(?<type>type\s)?(?:[^;'"]*?\sfrom\s*)?['"](?<from>[^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"](?<from>[^'"]+)['"]/g;

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.(ts|tsx|js|mjs)$/.test(file),
);

function importsOf(file: string, ...kinds: RegExp[]): { from: string; typeOnly: boolean }[] {
  const source = readFileSync(path.join('src', file), 'utf8');
  return kinds.flatMap((kind) =>
    [...source.matchAll(kind)].map(({ groups = {} }) => ({
      from: groups.from ?? '',
      typeOnly: groups.type !== undefined,
    })),
  );
}

/** The files that are loaded with these, by imports that are neither dynamic nor of types only. */
function loadedFrom(...entries: string[]): string[] {
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { from, typeOnly } of importsOf(file, STATIC)) {
      if (from.startsWith('.') && !typeOnly) load(path.join(path.dirname(file), from));
    }
  };
  for (const entry of entries) load(entry);
  return [...loaded];
}

const layerOf = (file: string): string => file.split(path.sep)[0] ?? '';

describe('the dependency rule', () => {
  it('knows every layer there is', () => {
    expect(new Set(files.map(layerOf))).toEqual(new Set(Object.keys(ALLOWED)));
  });

  it.each(files)('is kept by %s', (file) => {
    const { layers = [], packages = /^$/ } = ALLOWED[layerOf(file)] ?? {};
    const broken = importsOf(file, STATIC, DYNAMIC).filter(({ from }) => {
      // What a file called *.node.ts needs of Node, Workers have another file for.
      if (from.startsWith('node:') && file.endsWith('.node.ts')) return false;
      if (!from.startsWith('.')) return !packages.test(from);
      const target = layerOf(path.join(path.dirname(file), from));
      return target !== layerOf(file) && !layers.includes(target);
    });
    expect(broken).toEqual([]);
  });

  it('keeps image code out of all that the API loads: it is reached by a dynamic import only', () => {
    const loaded = loadedFrom('index.ts');
    expect(loaded.filter((file) => /^(imaging|renderer|work)/.test(file))).toEqual([]);
    expect(loaded.filter((file) => file.startsWith('http'))).not.toEqual([]);
  });

  it('keeps the code of the API out of the pages, which have its types only, and all decoders', () => {
    const loaded = loadedFrom(...files.filter((file) => /^web.*\.tsx$/.test(file)));
    expect(loaded.filter((file) => file.startsWith('http'))).toEqual([]);
    expect(loaded.filter((file) => file.startsWith('imaging'))).toEqual(['imaging/pixel-art.ts']);
    // It has all names of built-in emoji in it.
    expect(loaded).not.toContain('domain/platforms/built-in-names.ts');
    expect(loaded.filter((file) => file.startsWith('web/shared'))).not.toEqual([]);
  });

  it('keeps D1 and HTTP out of all that a renderer loads, so that it can be deployed on its own', () => {
    const loaded = loadedFrom('renderer/consumer.ts', 'renderer/dead-letters.ts');
    expect(loaded.filter((file) => /d1-|^http/.test(file))).toEqual([]);
    expect(loaded.filter((file) => file.startsWith('imaging'))).not.toEqual([]);
  });
});

it('names the queues in index.ts as wrangler.toml does', () => {
  const config = readFileSync('wrangler.toml', 'utf8');
  const consumed = [...config.matchAll(/\[\[queues\.consumers\]\]\nqueue = "([^"]+)"/g)].map(([, name]) => name);
  const produced = [...config.matchAll(/\[\[queues\.producers\]\]\nbinding = "\w+"\nqueue = "([^"]+)"/g)].map(
    ([, name]) => name,
  );
  const handled = [...readFileSync('src/index.ts', 'utf8').matchAll(/case '([^']+)'/g)].map(([, name]) => name);
  expect(handled).toEqual(consumed);
  // A queue that has a consumer only is not created on deploy.
  expect(produced).toEqual(consumed);
  for (const dead of [consumed[1], consumed.at(-1)]) expect(config).toContain(`dead_letter_queue = "${dead}"`);
});
