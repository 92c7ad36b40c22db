import { InstanceSlot } from '../wasm/instance-slot.ts';

/** What is used of photon's WebAssembly interface. A pair is an address and a length in its memory. */
export interface Photon {
  memory: WebAssembly.Memory;
  __wbindgen_start(): void;
  __wbindgen_malloc(bytes: number, alignment: number): number;
  __wbindgen_free(address: number, bytes: number, alignment: number): void;
  photonimage_new_from_byteslice(address: number, bytes: number): number;
  photonimage_get_width(image: number): number;
  photonimage_get_height(image: number): number;
  photonimage_get_raw_pixels(image: number): [address: number, bytes: number];
  __wbg_photonimage_free(image: number, owned: number): void;
}

/** A decoded picture in photon's memory. */
export interface PhotonImage {
  width: number;
  height: number;
  /** 8 bits a channel. */
  rgba: Uint8Array;
  free(): void;
}

/**
 * Decodes by photon.
 *
 * @throws a WebAssembly trap on what it cannot decode: photon panics, and tells no reason
 */
export function decodeByPhoton(photon: Photon, bytes: Uint8Array): PhotonImage {
  const address = photon.__wbindgen_malloc(bytes.length, 1) >>> 0;
  new Uint8Array(photon.memory.buffer).set(bytes, address);
  // It takes over the bytes, and frees them.
  const image = photon.photonimage_new_from_byteslice(address, bytes.length);
  const [pixels, length] = photon.photonimage_get_raw_pixels(image);
  return {
    width: photon.photonimage_get_width(image),
    height: photon.photonimage_get_height(image),
    rgba: new Uint8Array(photon.memory.buffer, pixels >>> 0, length),
    free() {
      photon.__wbindgen_free(pixels, length, 1);
      photon.__wbg_photonimage_free(image, 0);
    },
  };
}

/** Not the package's own wrapper: it has a single instance, which cannot be replaced after a trap. */
async function instantiate(): Promise<Photon> {
  const { default: module } = await import('#wasm/photon.wasm');
  const imports: Record<string, () => void> = {};
  for (const { name } of WebAssembly.Module.imports(module)) {
    // Decoding calls none of the browser's functions that photon links to; a panic does, on its way to the trap.
    imports[name] = () => {
      throw new Error(`photon called ${name}`);
    };
  }
  imports.__wbindgen_init_externref_table = () => {};
  const { exports } = new WebAssembly.Instance(module, { './photon_rs_bg.js': imports });
  const photon = exports as unknown as Photon;
  photon.__wbindgen_start();
  return photon;
}

export const photon = new InstanceSlot(instantiate);
