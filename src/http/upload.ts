import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { ownChunks, recycledChunks } from '../adapters/recycled-chunks.ts';
import { MAX_URL_LENGTH } from '../domain/public-url.ts';
import { Refusal } from '../domain/refusal.ts';
import { checkUploadSize, limited, MAX_UPLOAD_BYTES } from '../domain/upload-size.ts';
import { HttpError } from './problems.ts';

/** What a multipart body may have around its picture: boundaries, headers, other fields. */
const MULTIPART_OVERHEAD_BYTES = 64 * 1024;

/** The picture and other fields: 50 MB of empty ones would be a million. */
const MOST_PARTS = 100;

/** What a request has in its body. */
export interface Sent {
  /** As it comes in, never whole in memory. */
  picture: AsyncIterable<Uint8Array>;
  /** Who is to be told, as it is written, with a space between several; known once the picture has been read. */
  notify(): string;
}

/**
 * The picture of an upload: the field `file` of a multipart body, which may have a field `notify` too, or the raw body of
 * an `image/*` request.
 *
 * @throws HttpError `unsupported_media_type` at once; `file_missing`, `malformed_multipart` and `upload_interrupted`
 * while it is read
 * @throws Refusal `file_too_large`, at once where `Content-Length` tells
 */
export function readUpload(request: Request): Sent {
  const contentType = request.headers.get('Content-Type') ?? '';
  const multipart = /^multipart\/form-data\b/i.test(contentType);
  if (!multipart && !/^(image\/|application\/octet-stream\b)/i.test(contentType)) {
    throw new HttpError(
      'unsupported_media_type',
      `The body is ${contentType === '' ? 'of no stated type' : `"${contentType}"`}. Send multipart/form-data with the ` +
        'picture in the field "file", or the picture itself as the body with its type, such as "Content-Type: image/png"; ' +
        'or, as application/json, {"url":"https://…"} of a picture.',
    );
  }
  const limit = MAX_UPLOAD_BYTES + (multipart ? MULTIPART_OVERHEAD_BYTES : 0);
  checkUploadSize(Number(request.headers.get('Content-Length') ?? 0), limit);
  if (!multipart) return { picture: limited(received(recycledChunks(request.body)), limit), notify: () => '' };
  const { file, notify } = formParts(limited(received(ownChunks(request.body)), limit), contentType);
  return { picture: limited(file), notify };
}

/** A client that sends nothing for so long has gone away, or holds memory on purpose. */
const STALLED_AFTER_MS = 30_000;

/** The same chunks as they come in. @throws HttpError `upload_interrupted`, `upload_stalled` */
export async function* received(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const patience = new Patience(STALLED_AFTER_MS);
  let bytes = 0;
  try {
    for (;;) {
      const next = await patience.with(iterator.next()).catch(() => {
        throw new HttpError(
          'upload_interrupted',
          `The connection broke off after ${bytes.toLocaleString('en')} bytes of the upload. Send it again.`,
        );
      });
      if (next === null) {
        throw new HttpError(
          'upload_stalled',
          `Nothing came of the upload for ${STALLED_AFTER_MS / 1_000} seconds, after ${bytes.toLocaleString('en')} ` +
            'bytes. Send it again.',
        );
      }
      if (next.done) return;
      bytes += next.value.byteLength;
      yield next.value;
    }
  } finally {
    patience.end();
    const left = Promise.resolve(iterator.return?.()).catch(() => {});
    // One that waits for what does not come would be waited for.
    if (!patience.isOver) await left;
  }
}

/** Waits for one thing after the other, for none too long. It has one timer: one for each chunk would cost more than that. */
class Patience {
  isOver = false;
  #since: number | null = null;
  #giveUp = () => {};
  readonly #most: number;
  #timer: ReturnType<typeof setTimeout>;

  /** @param most milliseconds */
  constructor(most: number) {
    this.#most = most;
    this.#timer = setTimeout(() => this.#look(), most);
  }

  /** @returns null when it does not come in time */
  async with<Value>(awaited: Promise<Value>): Promise<Value | null> {
    this.#since = Date.now();
    const either = Promise.withResolvers<Value | null>();
    this.#giveUp = () => either.resolve(null);
    awaited.then(either.resolve, either.reject);
    try {
      return await either.promise;
    } finally {
      this.#since = null;
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const waited = this.#since === null ? 0 : Date.now() - this.#since;
    this.isOver = waited >= this.#most;
    if (this.isOver) this.#giveUp();
    else this.#timer = setTimeout(() => this.#look(), this.#most - waited);
  }
}

/** The bytes of the first field called `file`, whether it has a file name or not, and the text of `notify`. */
function formParts(body: AsyncIterable<Uint8Array>, contentType: string) {
  const told: { text: string }[] = [];
  async function* read(): AsyncGenerator<Uint8Array> {
    const found = Promise.withResolvers<Readable>();
    let file: Readable | null = null;
    const parser = multipartParser(contentType);
    parser.on('file', (name, part) => {
      if (name === 'file' && file === null) {
        file = part;
        found.resolve(part);
      } else if (name === 'notify') {
        const field = { text: '' };
        told.push(field);
        part.setEncoding('utf8').on('data', (text: string) => {
          if (field.text.length <= MAX_URL_LENGTH) field.text += text;
        });
      } else {
        part.resume();
      }
    });
    const ended = pipeline(Readable.from(body), parser)
      .then(
        () => new HttpError('file_missing', 'The form has no field "file". Put the picture into a field of that name.'),
      )
      .catch((error: Error) => error)
      .then((error) => {
        // What goes wrong after the picture is whole is of no interest any more.
        found.reject(error);
        if (file !== null && !file.readableEnded) file.destroy(error);
      });
    try {
      yield* await found.promise;
      // Fields may follow.
      await ended;
    } catch (error) {
      throw error instanceof HttpError || error instanceof Refusal ? error : malformed(error);
    } finally {
      parser.destroy();
      await ended;
    }
  }
  return { file: read(), notify: () => told.map(({ text }) => text).join(' ') };
}

/** @param mostParts each costs far more than its bytes */
export function multipartParser(contentType: string, mostParts = MOST_PARTS): BusboyInstance {
  try {
    const parser = new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: () => true,
      preservePath: true,
      limits: { parts: mostParts },
    });
    const tooMany = new Error(`it has more than ${mostParts.toLocaleString('en')} parts`);
    return parser.on('partsLimit', () => parser.destroy(tooMany));
  } catch (error) {
    throw malformed(error);
  }
}

/** @param error of the parser */
export function malformed(error: unknown): HttpError {
  const reason = error instanceof Error ? error.message : String(error);
  return new HttpError('malformed_multipart', `The multipart body cannot be read (${reason}). Send it again, whole.`);
}
