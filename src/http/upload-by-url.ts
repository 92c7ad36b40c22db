import { z } from '@hono/zod-openapi';
import { MAX_URL_LENGTH, serverUrl } from '../domain/public-url.ts';
import { invalidRequest } from './invalid-request.ts';
import { readJson } from './json-body.ts';
import { notifySchema } from './notify.ts';

/** A request that names a picture in place of sending it. */
const PictureAt = z.strictObject({
  url: z.string('send JSON such as {"url":"https://www.example.com/parrot.gif"}'),
  notify: z.string().default(''),
});

/** As the API page has it: a plain schema, since such a body is one of several. */
export const pictureAtSchema = {
  type: 'object' as const,
  required: ['url'],
  additionalProperties: false,
  properties: {
    url: {
      type: 'string' as const,
      format: 'uri',
      maxLength: MAX_URL_LENGTH,
      description:
        'Of the picture, on a public server: `https` on port 443, by the name of the server, without user and password. ' +
        'It is fetched before the answer, in 20 seconds at most; up to 5 redirects are followed, by the same rules.',
      example: 'https://www.example.com/parrot.gif',
    },
    notify: notifySchema,
  },
};

export function isByUrl(request: Request): boolean {
  return /^application\/json\b/i.test(request.headers.get('Content-Type') ?? '');
}

/**
 * The URL of the picture that a request names, and who is to be told, as it is written; empty for nobody.
 *
 * @param isLocal as `parseServerUrl` has it
 * @throws HttpError `body_too_large`, `malformed_json`, `invalid_request`
 * @throws Refusal `url_not_allowed`
 */
export async function readPictureUrl(request: Request, isLocal: boolean): Promise<{ url: URL; notify: string }> {
  const body = PictureAt.safeParse(await readJson(request));
  if (!body.success) throw invalidRequest(body.error);
  const { url, notify } = body.data;
  return { url: serverUrl(url, new URL(request.url), isLocal), notify };
}
