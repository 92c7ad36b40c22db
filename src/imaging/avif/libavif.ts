import avifDec from '@jsquash/avif/codec/dec/avif_dec.js';

/** What is used of the interface of Emscripten's glue code, of which the package's types say nothing. */
const createModule: (options: {
  locateFile(name: string): string;
  instantiateWasm(imports: WebAssembly.Imports, onInstance: (instance: WebAssembly.Instance) => void): object;
  printErr(text: string): void;
}) => Promise<{ decode(file: Uint8Array, bitDepth: 8): ReturnType<Libavif['decode']> }> = avifDec;

/** libavif and libaom, in WebAssembly memory of their own. */
export interface Libavif {
  /**
   * @param file a whole AVIF file
   * @returns straight 8-bit RGBA, a copy outside of WebAssembly's memory; `null` when the file cannot be decoded
   */
  decode(file: Uint8Array): { width: number; height: number; data: Uint8ClampedArray } | null;
}

/**
 * An instance of its own for each picture (2 ms): an abort in one spoils no other, and WebAssembly memory, which never
 * shrinks, is dropped with it.
 */
export async function instantiateLibavif(): Promise<Libavif> {
  const { default: wasm } = await import('#wasm/avif.wasm');
  const module = await createModule({
    // Without it the glue code makes an address of its own, which not every runtime has.
    locateFile: (name) => name,
    instantiateWasm(imports, onInstance) {
      const instance = new WebAssembly.Instance(wasm, imports);
      onInstance(instance);
      return instance.exports;
    },
    printErr: () => {},
  });
  return { decode: (file) => module.decode(file, 8) };
}
