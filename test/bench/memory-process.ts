/**
 * Tells the peak memory of this process after the rendering of a picture: `memory-process.ts FILE [rest]`, built first.
 * At `rest` the same is loaded, and only a tiny picture rendered.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { renderEmoji } from '../../src/imaging/index.ts';

export interface Peak {
  rssMb: number;
  /** Of all WebAssembly memories together, which never shrink. */
  wasmMb: number;
  /** Why no emoji was made. */
  error?: string;
}

const TINY_GIF = Buffer.from('R0lGODdhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBADs=', 'base64');

const memories = new Set<WebAssembly.Memory>();
watchMemories();
const [, , file, mode] = process.argv;
// As it is: a copy that is gone again would count as rest.
const picture = await readFile(file);
// What the service asks for.
const options = { furtherSizes: [64, 128], still: true };
await renderEmoji(new Uint8Array(TINY_GIF), options);
const failure = mode === 'rest' ? undefined : await renderEmoji(picture, options).then(() => undefined, String);
const wasm = [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
const peak: Peak = { rssMb: peakRssKb() / 1024, wasmMb: wasm / 2 ** 20 };
process.send?.(failure === undefined ? peak : { ...peak, error: failure });

/** On Linux `maxRSS` counts what the parent had when it forked; the kernel tells this program's own peak elsewhere. */
function peakRssKb(): number {
  const status = '/proc/self/status';
  const found = existsSync(status) ? /VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8')) : null;
  return found ? Number(found[1]) : process.resourceUsage().maxRSS;
}

/** Modules bring their memories with them; each is seen when its module is instantiated. */
function watchMemories(): void {
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct: (target, [module, imports]) => seen(new target(module, imports)),
  });
  WebAssembly.instantiate = new Proxy(WebAssembly.instantiate, {
    async apply(target, receiver, args) {
      const result: WebAssembly.Instance | { instance: WebAssembly.Instance } = await Reflect.apply(
        target,
        receiver,
        args,
      );
      seen('instance' in result ? result.instance : result);
      return result;
    },
  });
}

function seen(instance: WebAssembly.Instance): WebAssembly.Instance {
  for (const exported of Object.values(instance.exports)) {
    if (exported instanceof WebAssembly.Memory) memories.add(exported);
  }
  return instance;
}
