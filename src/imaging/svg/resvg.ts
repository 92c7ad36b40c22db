/** What is used of resvg's WebAssembly interface, as wasm-bindgen laid it out. */
interface Exports {
  memory: WebAssembly.Memory;
  __wbindgen_malloc(bytes: number, alignment: number): number;
  __wbindgen_add_to_stack_pointer(bytes: number): number;
  resvg_new(result: number, svg: number, options: number, optionsBytes: number, fonts: number): void;
  resvg_render(result: number, svg: number): void;
  renderedimage_width(image: number): number;
  renderedimage_height(image: number): number;
  renderedimage_pixels(image: number): number;
  __wbg_renderedimage_free(image: number): void;
  __wbg_resvg_free(svg: number): void;
}

/** A picture as resvg draws it: RGBA, multiplied by alpha. */
export interface Drawing {
  width: number;
  height: number;
  premultiplied: Uint8Array;
}

/**
 * Draws an SVG document at its own size.
 *
 * The instance is for this picture alone (1 ms): a trap in one spoils no other, and WebAssembly memory, which never
 * shrinks, is dropped with it. The package's own wrapper has a single instance that cannot be replaced.
 *
 * @throws Error with resvg's reason, or a WebAssembly trap
 */
export async function drawSvg(svg: string): Promise<Drawing> {
  const { default: module } = await import('#wasm/resvg.wasm');
  const objects = new ObjectTable();
  const instance = new WebAssembly.Instance(module, { wbg: importsOf(module, objects, () => resvg.memory) });
  const resvg = instance.exports as unknown as Exports;

  const options = new TextEncoder().encode(JSON.stringify({ font: { loadSystemFonts: false } }));
  const address = resvg.__wbindgen_malloc(options.length, 1);
  new Uint8Array(resvg.memory.buffer).set(options, address);
  const document = call(resvg, objects, (result) => {
    resvg.resvg_new(result, objects.add(svg), address, options.length, 0);
  });
  try {
    const image = call(resvg, objects, (result) => resvg.resvg_render(result, document));
    try {
      const premultiplied = objects.take(resvg.renderedimage_pixels(image));
      if (!(premultiplied instanceof Uint8Array)) throw new TypeError('resvg drew no pixels');
      return {
        width: resvg.renderedimage_width(image),
        height: resvg.renderedimage_height(image),
        premultiplied,
      };
    } finally {
      resvg.__wbg_renderedimage_free(image);
    }
  } finally {
    resvg.__wbg_resvg_free(document);
  }
}

/** Calls what returns three words through memory: a value, an error, and whether it is the error. */
function call(resvg: Exports, objects: ObjectTable, run: (result: number) => void): number {
  const result = resvg.__wbindgen_add_to_stack_pointer(-16);
  try {
    run(result);
    const [value, error, isError] = new Uint32Array(resvg.memory.buffer, result, 3);
    if (isError) throw objects.take(error);
    return value;
  } finally {
    resvg.__wbindgen_add_to_stack_pointer(16);
  }
}

/** JavaScript values that WebAssembly holds by number. */
class ObjectTable {
  readonly #objects = new Map<number, unknown>();
  #next = 1;

  add(object: unknown): number {
    this.#objects.set(this.#next, object);
    return this.#next++;
  }

  get(index: number): unknown {
    return this.#objects.get(index);
  }

  take(index: number): unknown {
    const object = this.#objects.get(index);
    this.#objects.delete(index);
    return object;
  }
}

type Import = (...words: number[]) => unknown;

/** The imports that drawing calls; the others, which lists of fonts and images need, throw. */
function importsOf(
  module: WebAssembly.Module,
  objects: ObjectTable,
  memoryOf: () => WebAssembly.Memory,
): Record<string, Import> {
  const text = (address: number, bytes: number) =>
    new TextDecoder().decode(new Uint8Array(memoryOf().buffer, address >>> 0, bytes >>> 0));
  const known: Record<string, Import> = {
    __wbg_new: (address, bytes) => objects.add(new Error(text(address, bytes))),
    __wbindgen_throw: (address, bytes) => {
      throw new Error(text(address, bytes));
    },
    __wbindgen_memory: () => objects.add(memoryOf()),
    __wbindgen_object_drop_ref: (index) => void objects.take(index),
  };
  void known;
  return Object.fromEntries(
    WebAssembly.Module.imports(module).map(({ name }): [string, Import] => [
      name,
      () => {
        throw new Error(`resvg called ${name}`);
      },
    ]),
  );
}
