/** `npm run build`: gathers what the Worker is deployed with beside its code: static files and WebAssembly. */
import { cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import asc from 'assemblyscript/asc';
import { WASM_FILES, type WasmFile } from '../imaging/wasm/files.ts';
import { readWasm } from '../imaging/wasm/read.node.ts';

const OUT = 'dist';
const swaggerUi = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

// Written over, never removed first: `wrangler dev` serves the folder, and may be doing so now.
await cp('src/web', OUT, { recursive: true });
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE']) {
  await cp(path.join(swaggerUi, file), path.join(OUT, 'docs', file));
}

await mkdir('build', { recursive: true });
for (const name of Object.keys(WASM_FILES) as WasmFile[]) await write(name, readWasm(name));

const ASSEMBLY = 'src/imaging/assembly';
const options = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub'];
for (const entry of await readdir(ASSEMBLY, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const { name } = entry;
  const source = path.join(ASSEMBLY, name, 'index.ts');
  const { error, stderr } = await asc.main([source, ...options, '--outFile', `${name}.wasm`], { writeFile: write });
  if (error) throw new Error(`${error.message}\n${stderr}`);
}

/** Writes a file of `build/` at once: `npm start` builds while tests read what was built before. */
async function write(name: string, contents: Uint8Array | string): Promise<void> {
  const to = path.join('build', name);
  const unfinished = `${to}.${process.pid}`;
  await writeFile(unfinished, contents);
  await rename(unfinished, to);
}
