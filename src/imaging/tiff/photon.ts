/** What is used of photon's WebAssembly interface. A pair is an address and a length in its memory. */
interface Exports {
  memory: WebAssembly.Memory;
  __wbindgen_start(): void;
  __wbindgen_malloc(bytes: number, alignment: number): number;
  photonimage_new_from_byteslice(address: number, bytes: number): number;
  photonimage_get_width(image: number): number;
  photonimage_get_height(image: number): number;
  photonimage_get_raw_pixels(image: number): [address: number, bytes: number];
}

/** A decoded picture; the pixels, 8-bit RGBA, are in photon's memory. */
export interface PhotonImage {
  width: number;
  height: number;
  rgba: Uint8Array;
}

/**
 * Decodes by photon.
 *
 * The instance is for this picture alone (0.4 ms): a trap in one spoils no other, and WebAssembly memory, which never
 * shrinks, is dropped with it; so nothing is freed one by one. The package's own wrapper has a single instance that
 * cannot be replaced.
 *
 * @throws a WebAssembly trap on what it cannot decode: photon panics, and tells no reason
 */
export async function decodeByPhoton(bytes: Uint8Array): Promise<PhotonImage> {
  const { default: module } = await import('#wasm/photon.wasm');
  const photon = instantiate(module);
  const address = photon.__wbindgen_malloc(bytes.length, 1) >>> 0;
  new Uint8Array(photon.memory.buffer).set(bytes, address);
  const image = photon.photonimage_new_from_byteslice(address, bytes.length);
  const width = photon.photonimage_get_width(image);
  const height = photon.photonimage_get_height(image);
  const [pixels, length] = photon.photonimage_get_raw_pixels(image);
  return { width, height, rgba: new Uint8Array(photon.memory.buffer, pixels >>> 0, length) };
}

function instantiate(module: WebAssembly.Module): Exports {
  const imports: Record<string, () => void> = {};
  for (const { name } of WebAssembly.Module.imports(module)) {
    // Decoding calls none of the browser's functions that photon links to; a panic does, on its way to the trap.
    imports[name] = () => {
      throw new Error(`photon called ${name}`);
    };
  }
  imports.__wbindgen_init_externref_table = () => {};
  const { exports } = new WebAssembly.Instance(module, { './photon_rs_bg.js': imports });
  const photon = exports as unknown as Exports;
  photon.__wbindgen_start();
  return photon;
}
