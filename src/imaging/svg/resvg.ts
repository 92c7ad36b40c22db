import { InstanceSlot } from '../wasm/instance-slot.ts';

/** What is used of resvg's WebAssembly interface, as wasm-bindgen laid it out. */
interface Exports {
  memory: WebAssembly.Memory;
  __wbindgen_malloc(bytes: number, alignment: number): number;
  __wbindgen_add_to_stack_pointer(bytes: number): number;
  resvg_new(result: number, svg: number, options: number, optionsBytes: number, fonts: number): void;
  resvg_render(result: number, document: number): void;
  renderedimage_width(image: number): number;
  renderedimage_height(image: number): number;
  renderedimage_pixels(image: number): number;
  __wbg_renderedimage_free(image: number): void;
  __wbg_resvg_free(document: number): void;
}

/** A picture as resvg draws it: 8-bit RGBA, multiplied by alpha. */
export interface Drawing {
  width: number;
  height: number;
  premultiplied: Uint8Array;
}

/** No fonts are on a Worker, and none are to be looked for. */
const OPTIONS = JSON.stringify({ font: { loadSystemFonts: false } });

/**
 * Not the package's own `initWasm`: it makes one instance for good, which cannot be replaced after a trap, and of which
 * the memory never shrinks. The names below change with the package's version, which is therefore pinned.
 */
export const resvg = new InstanceSlot(async () => {
  const { default: module } = await import('#wasm/resvg.wasm');
  return new Resvg(module);
});

export class Resvg {
  readonly memory: WebAssembly.Memory;
  readonly #exports: Exports;
  /** JavaScript's values that WebAssembly holds by number. Those below are reserved for undefined, null, true, false. */
  readonly #objects = new Map<number, unknown>();
  #nextObject = 132;

  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module, { wbg: this.#imports(module) });
    this.#exports = instance.exports as unknown as Exports;
    this.memory = this.#exports.memory;
  }

  /**
   * Draws an SVG document at its own size.
   *
   * @param fonts files that text is drawn with; the first one stands in for families that are not there
   * @throws resvg's reason as an Error, or a WebAssembly trap when memory or stack do not suffice
   */
  draw(svg: string, fonts: Uint8Array[]): Drawing {
    const resvg = this.#exports;
    const [options, optionsBytes] = this.#passText(OPTIONS);
    const document = this.#call((result) =>
      resvg.resvg_new(result, this.#add(svg), options, optionsBytes, fonts.length > 0 ? this.#add(fonts) : 0),
    );
    // What a trap leaves behind cannot be freed, and goes with the instance.
    const image = this.#call((result) => resvg.resvg_render(result, document));
    const drawing = {
      width: resvg.renderedimage_width(image),
      height: resvg.renderedimage_height(image),
      premultiplied: this.#take(resvg.renderedimage_pixels(image)) as Uint8Array,
    };
    resvg.__wbg_renderedimage_free(image);
    resvg.__wbg_resvg_free(document);
    return drawing;
  }

  /** Calls what returns three words through memory: a value, an error, and whether it is the error. */
  #call(run: (result: number) => void): number {
    const resvg = this.#exports;
    const result = resvg.__wbindgen_add_to_stack_pointer(-16);
    run(result);
    const [value, error, isError] = new Uint32Array(resvg.memory.buffer, result, 3);
    resvg.__wbindgen_add_to_stack_pointer(16);
    if (isError) throw this.#take(error);
    return value;
  }

  #add(object: unknown): number {
    this.#objects.set(this.#nextObject, object);
    return this.#nextObject++;
  }

  #take(index: number): unknown {
    const object = this.#objects.get(index);
    this.#objects.delete(index);
    return object;
  }

  /** Text that WebAssembly takes over, and frees. */
  #passText(text: string): [address: number, bytes: number] {
    const utf8 = new TextEncoder().encode(text);
    const address = this.#exports.__wbindgen_malloc(utf8.length, 1) >>> 0;
    new Uint8Array(this.#exports.memory.buffer).set(utf8, address);
    return [address, utf8.length];
  }

  #textAt(address: number, bytes: number): string {
    return new TextDecoder().decode(new Uint8Array(this.#exports.memory.buffer, address >>> 0, bytes >>> 0));
  }

  #imports(module: WebAssembly.Module): Record<string, (...words: number[]) => unknown> {
    const used: Record<string, (...words: number[]) => unknown> = {
      // `new Error(text)`, `throw new Error(text)`
      __wbg_new_28c511d9baebfa89: (address, bytes) => this.#add(new Error(this.#textAt(address, bytes))),
      __wbindgen_throw: (address, bytes) => {
        throw new Error(this.#textAt(address, bytes));
      },
      // The document is a string, and fonts are bytes.
      __wbg_instanceof_Uint8Array_2b3bbecd033d19f6: (index) => Number(this.#objects.get(index) instanceof Uint8Array),
      __wbindgen_string_get: (result, index) => {
        const [address, bytes] = this.#passText(this.#objects.get(index) as string);
        new Uint32Array(this.#exports.memory.buffer, result, 2).set([address, bytes]);
      },
      // `for (const font of fonts)`
      __wbg_values_839f3396d5aac002: (index) => this.#add((this.#objects.get(index) as Uint8Array[]).values()),
      __wbg_next_196c84450b364254: (index) => this.#add((this.#objects.get(index) as Iterator<Uint8Array>).next()),
      __wbg_done_298b57d23c0fc80c: (index) => Number((this.#objects.get(index) as IteratorResult<Uint8Array>).done),
      __wbg_value_d93c65011f51a456: (index) =>
        this.#add((this.#objects.get(index) as IteratorResult<Uint8Array>).value),
      // `new Uint8Array(memory.buffer).set(font, address)`
      __wbg_length_c20a40f15020d68a: (index) => (this.#objects.get(index) as Uint8Array).length,
      __wbg_set_a47bac70306a19a7: (index, from, address) =>
        (this.#objects.get(index) as Uint8Array).set(this.#objects.get(from) as Uint8Array, address >>> 0),
      // `new Uint8Array(new Uint8Array(memory.buffer, offset, length))`
      __wbindgen_memory: () => this.#add(this.#exports.memory),
      __wbg_buffer_12d079cc21e14bdb: (index) => this.#add((this.#objects.get(index) as WebAssembly.Memory).buffer),
      __wbg_newwithbyteoffsetandlength_aa4a17c33a06e5cb: (index, offset, length) =>
        this.#add(new Uint8Array(this.#objects.get(index) as ArrayBuffer, offset >>> 0, length >>> 0)),
      __wbg_new_63b92bc8671ed464: (index) => this.#add(new Uint8Array(this.#objects.get(index) as Uint8Array)),
      __wbindgen_object_drop_ref: (index) => void this.#objects.delete(index),
    };
    return Object.fromEntries(
      WebAssembly.Module.imports(module).map(({ name }) => [
        name,
        used[name] ??
          (() => {
            throw new Error(`resvg called ${name}`);
          }),
      ]),
    );
  }
}
