import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isArchive, limited, zipOf, zipped } from '../../adapters/zipped.ts';
import { LONE_LIST } from '../../application/imports/find-lists.ts';
import { MAX_ARCHIVE_BYTES, MAX_ENTRIES } from '../../domain/packs/import-limits.ts';
import { tooLarge } from '../../domain/packs/pack-fault.ts';
import { Refusal } from '../../domain/refusal.ts';
import { NOTIFY_HEADER, wrongNotify } from '../notify.ts';
import { HttpError } from '../problems.ts';
import { malformed, multipartParser, received } from '../upload.ts';

interface Part {
  path: string;
  body: Readable;
}

/**
 * The pack of a request as a zip, made as it comes in: of an archive, of a list, or of files with their paths as the fields
 * `file` of a multipart body.
 *
 * @throws Refusal `pack_too_large`, at once where `Content-Length` tells; `pack_unreadable` while it is read
 * @throws HttpError `file_missing`, `malformed_multipart`, `upload_interrupted`, `upload_stalled` while it is read
 */
export function readPack(request: Request): AsyncIterable<Uint8Array> {
  const bytes = Number(request.headers.get('Content-Length') ?? 0);
  if (bytes > MAX_ARCHIVE_BYTES) {
    throw new Refusal('pack_too_large', tooLarge(bytes, 'bytes', MAX_ARCHIVE_BYTES).message);
  }
  const body = received(request.body ?? new Blob().stream());
  const contentType = request.headers.get('Content-Type') ?? '';
  return /^multipart\/form-data\b/i.test(contentType)
    ? packOf(parts(limited(body), contentType))
    : zipped(body, LONE_LIST);
}

async function* packOf(files: AsyncGenerator<Part>): AsyncGenerator<Uint8Array> {
  try {
    const { done, value: first } = await files.next();
    if (done)
      throw new HttpError(
        'file_missing',
        'The form has no field "file". Put each file of the pack into a field of that name.',
      );
    const { is, all } = await isArchive(first.body);
    // In a folder it is a file among others, as it would be if it came later.
    if (!is || first.path.includes('/')) {
      yield* zipOf(following({ path: first.path, body: all }, files));
      return;
    }
    yield* zipped(all, LONE_LIST);
    if ((await files.next()).done) return;
    throw new Refusal('pack_unreadable', 'The form has an archive, and other files beside it. Send the archive alone.');
  } finally {
    await files.return(undefined);
  }
}

async function* following(first: { path: string; body: AsyncIterable<Uint8Array> }, others: AsyncIterable<Part>) {
  yield first;
  yield* others;
}

/**
 * The fields called `file`, each to be read to its end before the next one is asked for. The parser itself stops for none that
 * is small enough: no more of the body is taken while several wait, however fast it comes.
 */
async function* parts(body: AsyncIterable<Uint8Array>, contentType: string): AsyncGenerator<Part> {
  const waiting: Part[] = [];
  let news = Promise.withResolvers<void>();
  let over: { fault: unknown } | null = null;
  let reading: Readable | null = null;
  let room = Promise.withResolvers<void>();
  async function* held(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      yield chunk;
      // All but the last of them are whole, so that what is read meanwhile needs no more of it.
      while (waiting.length > 1) await room.promise;
    }
  }
  const parser = multipartParser(contentType, MAX_ENTRIES);
  parser.on('file', (field, part, path) => {
    // Whoever reads it is told; of one that nobody reads any more, nobody need be.
    part.on('error', () => {});
    if (field === 'file') waiting.push({ path: path || LONE_LIST, body: part });
    else if (field === 'notify') parser.destroy(wrongNotify(`send it as the header ${NOTIFY_HEADER}`));
    else part.resume();
    news.resolve();
  });
  const feeding = pipeline(Readable.from(held()), parser)
    .then(
      () => null,
      (error: unknown) => (error instanceof HttpError || error instanceof Refusal ? error : malformed(error)),
    )
    .then((fault) => {
      over = { fault };
      if (fault !== null) for (const { body: part } of [...waiting, { body: reading }]) part?.destroy(fault);
      news.resolve();
    });
  const isOver = (): { fault: unknown } | null => over;
  try {
    for (;;) {
      const part = waiting.shift();
      if (part !== undefined) {
        room.resolve();
        room = Promise.withResolvers();
        reading = part.body;
        yield part;
        continue;
      }
      const end = isOver();
      if (end?.fault) throw end.fault;
      if (end) return;
      await news.promise;
      news = Promise.withResolvers();
    }
  } finally {
    waiting.length = 0;
    room.resolve();
    parser.destroy();
    await feeding;
  }
}
