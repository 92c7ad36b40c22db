import { type MultipartError, make } from 'multipasta';
import { Refusal } from '../domain/refusal.ts';
import { HttpError } from './problems.ts';

/** The largest picture that can be uploaded. */
export const MAX_UPLOAD_BYTES = 50 * 1024 * 1024;

/** What a multipart body may have around its file: boundaries, headers, other fields. */
const MULTIPART_OVERHEAD_BYTES = 64 * 1024;

/**
 * The picture of an upload as it comes in, never whole in memory: the field `file` of a multipart body, or the raw
 * body of an `image/*` request.
 *
 * @throws HttpError `unsupported_media_type` at once; `file_missing` and `malformed_multipart` while it is read
 * @throws Refusal `file_too_large`, at once where `Content-Length` tells
 */
export function readUpload(request: Request): AsyncIterable<Uint8Array> {
  const contentType = request.headers.get('Content-Type') ?? '';
  const multipart = /^multipart\/form-data\b/i.test(contentType);
  if (!multipart && !/^(image\/|application\/octet-stream\b)/i.test(contentType)) {
    throw new HttpError(
      'unsupported_media_type',
      `The body is ${contentType === '' ? 'of no stated type' : `"${contentType}"`}. Send multipart/form-data with the ` +
        'picture in the field "file", or the picture itself as the body with its type, such as "Content-Type: image/png".',
    );
  }
  const length = Number(request.headers.get('Content-Length') ?? 0);
  if (length > MAX_UPLOAD_BYTES + (multipart ? MULTIPART_OVERHEAD_BYTES : 0)) throw tooLarge(length);
  const body = request.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  return limited(multipart ? filePart(body, contentType) : body);
}

async function* limited(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > MAX_UPLOAD_BYTES) throw tooLarge(bytes);
    yield chunk;
  }
}

/** The bytes of the first field called `file`, whether it has a file name or not. */
async function* filePart(body: AsyncIterable<Uint8Array>, contentType: string): AsyncGenerator<Uint8Array> {
  let found = false;
  let failure: MultipartError | null = null;
  let ready: Uint8Array[] = [];
  const parser = make({
    headers: { 'content-type': contentType },
    isFile: () => true,
    onFile: ({ name }) => {
      const wanted = name === 'file' && !found;
      found ||= wanted;
      return (chunk) => {
        if (wanted && chunk !== null) ready.push(chunk);
      };
    },
    onField: () => {},
    onError: (error) => {
      failure ??= error;
    },
    onDone: () => {},
  });
  for await (const chunk of body) {
    parse(() => parser.write(chunk));
    if (failure !== null) throw malformed(failure);
    yield* ready;
    ready = [];
  }
  parse(() => parser.end());
  if (failure !== null) throw malformed(failure);
  if (!found) {
    throw new HttpError('file_missing', 'The form has no field "file". Put the picture into a field of that name.');
  }
}

/** The parser reports most of what is wrong, and throws on the rest (a file name that cannot be decoded). */
function parse(step: () => void): void {
  try {
    step();
  } catch {
    throw malformed({ _tag: 'InvalidDisposition' });
  }
}

function malformed(error: MultipartError): HttpError {
  const what = {
    InvalidBoundary: 'its Content-Type names no boundary',
    BadHeaders: 'a part has headers that cannot be read',
    InvalidDisposition: 'a part has a Content-Disposition that cannot be read',
    ReachedLimit: 'a part is too long',
    EndNotReached: 'it ends before its closing boundary, so the upload was cut off',
  }[error._tag];
  return new HttpError('malformed_multipart', `The multipart body cannot be read: ${what}. Send it again.`);
}

function tooLarge(bytes: number): Refusal {
  return new Refusal(
    'file_too_large',
    `The upload has ${bytes.toLocaleString('en')} bytes or more; the limit is 50 MB ` +
      `(${MAX_UPLOAD_BYTES.toLocaleString('en')} bytes). Scale the picture down or shorten the animation first.`,
  );
}
