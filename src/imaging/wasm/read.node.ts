import { LIMITS } from '../limits.ts';
import { WASM_FILES, type WasmFile } from './files.ts';
import { limitMemory } from './limit-memory.ts';

// An import of `node:fs` would bring in all of Node's streams, at 10 ms.
const { readFileSync } = process.getBuiltinModule('node:fs');
const { createRequire } = process.getBuiltinModule('node:module');

/** @param specifier of a package's file, or one of package.json's "imports" */
export function readFile(specifier: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(createRequire(import.meta.url).resolve(specifier)));
}

/**
 * Reads a decoder from its package and limits its memory. The build writes it down for Workers, where a module cannot be
 * made from bytes; Node compiles it.
 */
export function readWasm(name: WasmFile): Uint8Array<ArrayBuffer> {
  return limitMemory(readFile(WASM_FILES[name]), LIMITS.wasmBytes);
}

/** Compiles it. */
export function compileWasm(name: WasmFile): WebAssembly.Module {
  return compile(readWasm(name));
}

/** Compiles what `npm run build` made of a folder of `assembly/`. */
export function compileBuilt(name: string): WebAssembly.Module {
  return compile(readFile(`#build/${name}.wasm`));
}

function compile(wasm: Uint8Array): WebAssembly.Module {
  // The types of Workers know no such constructor.
  return Reflect.construct(WebAssembly.Module, [wasm]);
}
