/** So much is given to a stream at once: what unpacks may make a thousand times as much of it, whether it is read or not. */
const PIECE_BYTES = 4 * 1024;

/** The bytes are none that a stream can read. */
export class CorruptData extends Error {
  override name = 'CorruptData';
}

/**
 * What a stream makes of chunks. In a pipe it takes all there is at once, whether it is read or not: here it gets no
 * more than it needs to give something.
 *
 * @param chunks each is good until the next one is asked for
 * @throws CorruptData
 */
export async function* transformed(
  chunks: AsyncIterable<Uint8Array>,
  { readable, writable }: CompressionStream | DecompressionStream,
): AsyncGenerator<Uint8Array> {
  const input = pieces(chunks);
  const writer = writable.getWriter();
  const output = readable.getReader();
  let isOver = false;
  try {
    for (;;) {
      let isReady = false;
      const reading = output.read().finally(() => {
        isReady = true;
      });
      // It is awaited below, but for a fault of what is read.
      reading.catch(() => {});
      while (!isReady && !isOver) {
        const { done, value } = await input.next();
        isOver = done === true;
        await corruptOtherwise(done ? writer.close() : writer.write(value as Uint8Array<ArrayBuffer>));
      }
      const { done, value } = await corruptOtherwise(reading);
      if (done) return;
      yield value;
    }
  } finally {
    await input.return(undefined);
    await writer.abort().catch(() => {});
    await output.cancel().catch(() => {});
  }
}

async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
  }
}

async function corruptOtherwise<Value>(promise: Promise<Value>): Promise<Value> {
  try {
    return await promise;
  } catch (error) {
    throw new CorruptData(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
