import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderEmoji } from '../../src/imaging/index.ts';
import { LIMITS } from '../../src/imaging/limits.ts';
import { WASM_FILES, type WasmFile } from '../../src/imaging/wasm/files.ts';
import { dropGrownInstance, InstanceSlot } from '../../src/imaging/wasm/instance-slot.ts';
import { limitMemory } from '../../src/imaging/wasm/limit-memory.ts';
import { readWasm } from '../../src/imaging/wasm/read.node.ts';

const PAGE = 65_536;
/** One white pixel. */
const GIF = 'R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=';

/**
 * A module that exports a memory of its own: WebAssembly Core Specification, 5.5. A custom section of 200 bytes comes
 * before it, so that a length takes two bytes.
 */
function moduleWith(...limits: number[]): Uint8Array {
  const custom = [0, 0xc8, 0x01, 1, 0x78, ...Array(198).fill(0)];
  const memory = [5, limits.length + 1, 1, ...limits];
  const exported = [7, 5, 1, 1, 0x6d, 2, 0];
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...custom, ...memory, ...exported]);
}

function memoryOf(wasm: Uint8Array): WebAssembly.Memory {
  const module: WebAssembly.Module = Reflect.construct(WebAssembly.Module, [wasm]);
  const memory = Object.values(new WebAssembly.Instance(module, {}).exports).find(
    (value) => value instanceof WebAssembly.Memory,
  );
  if (!memory) throw new Error('no memory');
  return memory;
}

describe('limitMemory', () => {
  it.each([
    ['no maximum', [0, 1]],
    ['a higher maximum', [1, 1, 0x80, 0x02]],
  ])('lets memory with %s grow so far and no further', (_, limits) => {
    const memory = memoryOf(limitMemory(moduleWith(...limits), 130 * PAGE + 1));
    memory.grow(129);
    expect(memory.buffer.byteLength).toBe(130 * PAGE);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it('is refused by a module that starts with more, or has no memory', () => {
    expect(() => limitMemory(moduleWith(0, 3), 2 * PAGE)).toThrow(/3 pages/);
    expect(() => limitMemory(moduleWith().subarray(0, 8), 2 * PAGE)).toThrow(RangeError);
  });

  it.each(Object.keys(WASM_FILES) as WasmFile[])('%s is a valid module, limited', (name) => {
    const wasm = readWasm(name);
    expect(() => limitMemory(wasm, PAGE)).toThrow(RangeError);
    expect(() => Reflect.construct(WebAssembly.Module, [wasm])).not.toThrow();
    expect(LIMITS.wasmBytes % PAGE).toBe(0);
  });

  it('is what Workers are deployed with', () => {
    // `npm run build`, which comes before the tests, has written it.
    for (const name of Object.keys(WASM_FILES) as WasmFile[]) {
      expect(Buffer.compare(readFileSync(`build/${name}`), readWasm(name))).toBe(0);
    }
  });
});

describe('an instance', () => {
  const slot = () => {
    let made = 0;
    const instances = new InstanceSlot(async () => ({ number: ++made, memory: memoryOf(moduleWith(0, 1)) }));
    const next = () => instances.use(({ number }) => number);
    return { instances, next };
  };

  it('serves one picture after the other', async () => {
    const { next } = slot();
    expect([await next(), await next()]).toEqual([1, 1]);
  });

  it('serves one picture at a time', async () => {
    const { next } = slot();
    expect(await Promise.all([next(), next()])).toEqual([1, 2]);
  });

  it('is dropped when it failed', async () => {
    const { instances, next } = slot();
    await expect(
      instances.use(() => {
        throw new WebAssembly.RuntimeError('unreachable');
      }),
    ).rejects.toThrow('unreachable');
    expect(await next()).toBe(2);
  });

  it('serves on when its memory has grown', async () => {
    const { instances, next } = slot();
    await instances.use(({ memory }) => memory.grow(1000));
    expect([await next(), await next()]).toEqual([1, 1]);
  });

  it.each([
    ['another decoder works', (other: () => Promise<number>) => other()],
    ['a picture comes that needs none', async () => dropGrownInstance()],
    ['a picture of another format comes', () => renderEmoji(Buffer.from(GIF, 'base64'))],
  ])('is dropped when its memory has grown and %s', async (_, happens) => {
    const { instances, next } = slot();
    await instances.use(({ memory }) => memory.grow(1000));
    await happens(slot().next);
    expect(await next()).toBe(2);
  });
});

describe('renders at the same time', () => {
  it('share kernels and decoders, and make what each makes alone', async () => {
    const pictures = readdirSync('test/fixtures')
      .filter((name) => /\.(png|jpg|gif|webp|avif|bmp|ico|svg|tiff)$/.test(name))
      .map((name) => readFileSync(`test/fixtures/${name}`));
    /** Which picture each frame that was done is of; and how often it was another than before. */
    const turns: number[] = [];
    const changes = () => turns.filter((number, i) => i > 0 && number !== turns[i - 1]).length;
    const render = (picture: Uint8Array, number: number) =>
      renderEmoji(picture, {
        // After each frame the others have a turn.
        onFrame: async () => {
          turns.push(number);
          await new Promise((resolve) => setTimeout(resolve, 0));
        },
      });
    const alone: Uint8Array[] = [];
    for (const [number, picture] of pictures.entries()) alone.push((await render(picture, number)).gif);
    expect(changes()).toBe(pictures.length - 1);
    turns.length = 0;
    const together = await Promise.all([...pictures, ...pictures].map((picture, number) => render(picture, number)));
    for (const [number, { gif }] of together.entries()) expect(gif).toEqual(alone[number % pictures.length]);
    expect(changes()).toBeGreaterThan(together.length - 1);
  });
});
