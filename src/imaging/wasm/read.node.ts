import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { LIMITS } from '../limits.ts';
import { WASM_FILES, type WasmFile } from './files.ts';
import { limitMemory } from './limit-memory.ts';

/**
 * Reads a decoder from its package and limits its memory. The build writes it down for Workers, where a module cannot be
 * made from bytes; Node compiles it.
 */
export function readWasm(name: WasmFile): Uint8Array<ArrayBuffer> {
  const path = createRequire(import.meta.url).resolve(WASM_FILES[name]);
  return limitMemory(readFileSync(path), LIMITS.wasmBytes);
}

/** Compiles it. */
export function compileWasm(name: WasmFile): WebAssembly.Module {
  return compile(readWasm(name));
}

/** Compiles what `npm run build` made of a folder of `assembly/`. */
export function compileBuilt(name: string): WebAssembly.Module {
  return compile(readFileSync(createRequire(import.meta.url).resolve(`#build/${name}.wasm`)));
}

function compile(wasm: Uint8Array): WebAssembly.Module {
  // The types of Workers know no such constructor.
  return Reflect.construct(WebAssembly.Module, [wasm]);
}
