import { makeZip } from 'client-zip';
import { createTarPacker } from 'modern-tar';
import type { ArchivedFile, Archives } from '../application/ports.ts';
import { transformed } from './transformed.ts';

/** Archives that are written as they are read: each file is asked for when there is room for it. */
export const archives: Archives = { zip, 'tar.gz': tarGz };

/** Stored, not compressed: GIFs would not get smaller. */
function zip(files: AsyncIterable<ArchivedFile>): ReadableStream<Uint8Array> {
  return makeZip(inputs(files));
}

async function* inputs(files: AsyncIterable<ArchivedFile>) {
  for await (const { path, modifiedAt, body } of files) yield { name: path, lastModified: modifiedAt, input: body };
}

function tarGz(files: AsyncIterable<ArchivedFile>): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const packing = (async () => {
    for await (const { path, bytes, modifiedAt, body } of files) {
      const writer = controller.add({ name: path, size: bytes, mtime: new Date(modifiedAt) }).getWriter();
      for await (const chunk of body) await writer.write(chunk);
      await writer.close();
    }
    controller.finalize();
  })();
  // Whoever reads is told.
  packing.catch((fault) => controller.error(fault));
  return gzip(readable);
}

function gzip(source: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const packed = transformed(source, new CompressionStream('gzip'));
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await packed.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await packed.return(undefined);
    },
  });
}
