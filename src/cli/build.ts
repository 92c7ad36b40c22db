/** `npm run build`: makes what the Worker is deployed with beside its code: pages, WebAssembly, the names of built-in emoji. */
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import asc from 'assemblyscript/asc';
import github from 'emojibase-data/en/shortcodes/github.json' with { type: 'json' };
import datasource from 'emojibase-data/en/shortcodes/iamcal.json' with { type: 'json' };
import { build as vite } from 'vite';
import { WASM_FILES, type WasmFile } from '../imaging/wasm/files.ts';
import { readWasm } from '../imaging/wasm/read.node.ts';

const OUT = 'dist';
const PAGES = ['index.html', 'tasks.html', 'notices.html', 'access.html'];
const swaggerUi = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

// Written over, and what is old is removed last: `wrangler dev` serves the folder, and may be doing so now.
const built = await vite({
  configFile: false,
  root: 'src/web',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: path.resolve(OUT),
    emptyOutDir: false,
    modulePreload: { polyfill: false },
    // All of these know light-dark(): what older ones need in its place takes no part of a page into another theme.
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    rolldownOptions: { input: PAGES.map((page) => path.resolve('src/web', page)) },
  },
});
if (!('output' in built)) throw new Error('Vite made several builds of one.');
const made = new Set(built.output.map(({ fileName }) => fileName));
for (const name of await readdir(path.join(OUT, 'assets'))) {
  if (!made.has(`assets/${name}`)) await rm(path.join(OUT, 'assets', name));
}
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE']) {
  await cp(path.join(swaggerUi, file), path.join(OUT, 'docs', file));
}

await mkdir('build', { recursive: true });
for (const name of Object.keys(WASM_FILES) as WasmFile[]) await write(name, readWasm(name));

// Without what they name, which is two thirds of these files.
const names = { datasource: Object.values(datasource).flat(), github: Object.values(github).flat() };
await write('built-in-names.json', JSON.stringify(names));

const ASSEMBLY = 'src/imaging/assembly';
const options = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub'];
for (const entry of await readdir(ASSEMBLY, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const { name } = entry;
  const source = path.join(ASSEMBLY, name, 'index.ts');
  const { error, stderr } = await asc.main([source, ...options, '--outFile', `${name}.wasm`], { writeFile: write });
  if (error) throw new Error(`${error.message}\n${stderr}`);
}

/**
 * Writes a file of `build/` at once: `npm start` builds while tests read what was built before. One that is there
 * already is left alone: whatever watches it would start anew.
 */
async function write(name: string, contents: Uint8Array | string): Promise<void> {
  const to = path.join('build', name);
  const before = await readFile(to).catch(() => null);
  if (before?.equals(Buffer.from(contents))) return;
  const unfinished = `${to}.${process.pid}`;
  await writeFile(unfinished, contents);
  await rename(unfinished, to);
}
