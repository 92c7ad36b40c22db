const CHUNK_BYTES = 64 * 1024;

/**
 * The bytes of a stream that comes from the network, in chunks that share their memory: each is good until the next one
 * is asked for. 50 MB leave no garbage, which would count until it is collected.
 */
export async function* recycledChunks(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (stream === null) return;
  const reader = stream.getReader({ mode: 'byob' });
  let memory = new Uint8Array(CHUNK_BYTES);
  try {
    for (;;) {
      const { done, value } = await reader.read(memory);
      if (done) return;
      yield value;
      memory = new Uint8Array(value.buffer as ArrayBuffer);
    }
  } finally {
    // Of who has enough, or of what is over already.
    await reader.cancel().catch(() => {});
  }
}

/** The same, for who keeps chunks for a while: each has memory of its own, of just its size. */
export async function* ownChunks(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  for await (const chunk of recycledChunks(stream)) yield chunk.slice();
}
