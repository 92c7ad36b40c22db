import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compile } from './read.node.ts';

/** Compiled by `npm run build` from `assembly/`. */
export default compile(readFileSync(createRequire(import.meta.url).resolve('#build/kernels.wasm')));
