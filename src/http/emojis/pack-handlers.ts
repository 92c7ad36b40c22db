import type { RouteHandler } from '@hono/zod-openapi';
import { packFiles, packList } from '../../application/export-pack.ts';
import type { PackFormat } from '../../domain/packs/format.ts';
import { PACK_FORMATS } from '../../domain/packs/formats.ts';
import { checkScopes } from '../access/guard.ts';
import { CACHE } from '../cache.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { attachment } from './attachment.ts';
import { queryOf } from './list-handlers.ts';
import type { pack } from './pack-routes.ts';

const TYPES = { zip: 'application/zip', 'tar.gz': 'application/gzip', yaml: 'application/yaml' };

export const packHandler: RouteHandler<typeof pack, AppEnv> = async (c) => {
  const { format: id } = c.req.valid('param');
  const filter = c.req.valid('query');
  if (filter.owner !== undefined) await checkScopes(c, ['emoji:read']);
  const format: PackFormat = PACK_FORMATS[id];
  const extension = format.archive ?? 'yaml';
  const name = id === 'custom-emoji' ? 'custom-emoji' : `custom-emoji-${id}`;
  const headers = {
    'Content-Type': TYPES[extension],
    'Content-Disposition': attachment(name, extension),
    'Cache-Control': CACHE.none,
  };
  // A HEAD request is answered without reading anything.
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  const { emojiList, images, archives } = portsOf(c);
  const query = queryOf(filter);
  const from = { origin: new URL(c.req.url).origin, at: Date.now() };
  const stream =
    format.archive === null
      ? encoded(packList(emojiList, format, query, from))
      : archives[format.archive](packFiles({ emojiList, images }, format, query, from));
  return c.body(stream, 200, headers);
};

/** A text as it comes, in UTF-8. (A `TextEncoderStream` would take all of it at once.) */
function encoded(text: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await text.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await text.return(undefined);
    },
  });
}
