import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { RESULTS } from './report.ts';

export const LIBRARY = path.join(import.meta.dirname, '../../src/imaging/index.ts');

/**
 * Builds a module that uses the image library for Node, as its users would: what is measured must not include the
 * stripping of types. Packages stay where they are.
 *
 * @returns the path of what was built
 */
export async function buildModule(source: string): Promise<{ entry: string; remove(): Promise<void> }> {
  // Inside the project, from where packages are found.
  await mkdir(RESULTS, { recursive: true });
  const folder = await mkdtemp(path.join(RESULTS, 'build-'));
  await build({
    entryPoints: { module: source },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'warning',
  });
  return { entry: path.join(folder, 'module.mjs'), remove: () => rm(folder, { recursive: true }) };
}
