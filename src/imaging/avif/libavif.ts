import avifDec from '@jsquash/avif/codec/dec/avif_dec.js';
import { InstanceSlot } from '../wasm/instance-slot.ts';

/** What is used of the interface of Emscripten's glue code, of which the package's types say nothing. */
const createModule: (options: {
  locateFile(name: string): string;
  instantiateWasm(imports: WebAssembly.Imports, onInstance: (instance: WebAssembly.Instance) => void): object;
  printErr(text: string): void;
}) => Promise<{ decode(file: Uint8Array, bitDepth: 8): ReturnType<Libavif['decode']> }> = avifDec;

/** libavif and libaom, in WebAssembly memory of their own. */
export interface Libavif {
  readonly memory: WebAssembly.Memory;
  /**
   * @param file a whole AVIF file
   * @returns straight 8-bit RGBA, a copy outside of WebAssembly's memory; `null` when the file cannot be decoded
   */
  decode(file: Uint8Array): { width: number; height: number; data: Uint8ClampedArray } | null;
}

/** Not the package's own wrapper: it has a single instance, which cannot be replaced after an abort. */
async function instantiate(): Promise<Libavif> {
  const { default: wasm } = await import('#wasm/avif.wasm');
  let memory: WebAssembly.Memory | undefined;
  const module = await createModule({
    // Without it the glue code makes an address of its own, which not every runtime has.
    locateFile: (name) => name,
    instantiateWasm(imports, onInstance) {
      const instance = new WebAssembly.Instance(wasm, imports);
      memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
      onInstance(instance);
      return instance.exports;
    },
    printErr: () => {},
  });
  if (!memory) throw new TypeError('libavif exports no memory');
  return { memory, decode: (file) => module.decode(file, 8) };
}

export const libavif = new InstanceSlot(instantiate);
