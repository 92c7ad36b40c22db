/** The WebAssembly files of decoders that others maintain, by the name that `#wasm/` in package.json's "imports" gives them. */
export const WASM_FILES = {
  'avif.wasm': '@jsquash/avif/codec/dec/avif_dec.wasm',
  'resvg.wasm': '@cf-wasm/resvg/resvg.wasm',
} as const;

export type WasmFile = keyof typeof WASM_FILES;
