import { createHash } from 'node:crypto';

/** A picture, and its SHA-256: of what is left of it, that is read where it has not been read to its end. */
export interface Hashed {
  picture: AsyncIterable<Uint8Array>;
  /** @throws Error as long as it has not been read to its end */
  hash(): string;
  skim(): Promise<string>;
}

export function hashed(chunks: AsyncIterable<Uint8Array>): Hashed {
  const running = createHash('sha256');
  let digest: string | null = null;
  async function* read(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      running.update(chunk);
      yield chunk;
    }
    digest = running.digest('hex');
  }
  const picture = read();
  const hash = () => {
    if (digest === null) throw new Error('the picture has not been read to its end');
    return digest;
  };
  return {
    picture,
    hash,
    async skim() {
      for await (const _ of picture);
      return hash();
    },
  };
}
