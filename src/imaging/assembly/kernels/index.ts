/**
 * The innermost loops, in AssemblyScript: the build compiles them to `build/kernels.wasm`. Addresses are of bytes in the
 * module's memory; what a function needs besides its own tables, its caller lays down there (`wasm/kernels.ts`).
 */
export { addRows, average, premultiply } from './boxes';
export { diffuseErrors } from './dither';
export { flatten, straighten } from './flatten';
export { cut, differ, erases, fingerprint, holdEqual, holdUnseen, markEqual, paint, planFrame } from './frame';
export {
  countColours,
  histogramColours,
  histogramCounts,
  histogramHasTransparency,
  histogramSize,
  startHistogram,
} from './histogram';
export { compactLzwInput, decodeLzw, lzwFilled, lzwInput, lzwWindow, startLzw, takeLzw } from './lzw-decoder';
export { codeSizeFor, encodeLzw, listAlike } from './lzw-encoder';
export { findNearest, setPalette } from './nearest';
export { errorOf, moveToMeans } from './palette';
export { filterScanlines } from './png-filter';
export { resample } from './resample';
export { splitColours } from './split';

/** @returns where the memory begins that the module does not use itself */
export function heapBase(): usize {
  return __heap_base;
}
