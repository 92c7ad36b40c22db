/**
 * The innermost loops, in AssemblyScript: the build compiles them to `build/kernels.wasm`. Addresses are of bytes in the
 * module's memory; what a function needs besides its own tables, its caller lays down there (`wasm/kernels.ts`).
 */
export { addRow, average } from './boxes';
export { diffuseErrors } from './dither';
export { compactLzwInput, decodeLzw, lzwFilled, lzwInput, lzwWindow, startLzw, takeLzw } from './lzw';
export { findNearest, setPalette } from './nearest';
export { resample } from './resample';
export { splitColours } from './split';

/** @returns where the memory begins that the module does not use itself */
export function heapBase(): usize {
  return __heap_base;
}
