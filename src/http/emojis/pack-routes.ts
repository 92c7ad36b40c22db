import { createRoute, z } from '@hono/zod-openapi';
import { PACK_FORMAT_IDS } from '../../domain/packs/formats.ts';
import { needs } from '../access/needs.ts';
import { problemResponses } from '../problems.ts';
import { filter } from './list-routes.ts';
import { binary, TAGS } from './schemas.ts';

export const pack = createRoute({
  method: 'get',
  path: '/custom-emoji/packs/{format}',
  tags: TAGS,
  security: needs('emoji:read'),
  summary: 'Save all emoji as a pack',
  description:
    'As one file, made while it is sent: of all emoji, or of those that meet all filters. It reads every picture from ' +
    'storage, and is therefore not for everybody. `custom-emoji` is a zip with ' +
    'all that is to be known of them, for this service. `slack` and `discord` are zips of pictures; `mastodon` is a ' +
    'tar.gz for `tootctl emoji import`; `misskey` a zip with its `meta.json`; `matrix` a zip with the content of an image ' +
    'pack (MSC2545), whose pictures are to be uploaded and put in by their `mxc:` URI; `pleroma`, for Akkoma too, a zip ' +
    'with an `emoji.txt`; `mattermost` a zip for `mmctl import`; `emojipacks` a YAML file with URLs. Names are made to fit ' +
    'where a platform does not take them. What was changed, is larger than the platform takes, or was left out since its ' +
    'picture is missing in storage, is in `notes.txt`.',
  request: {
    params: z.object({ format: z.enum(PACK_FORMAT_IDS).openapi('PackFormat') }),
    query: z.object(filter),
  },
  responses: {
    200: {
      description: 'The pack.',
      headers: z.object({ 'Content-Disposition': z.string() }),
      content: {
        'application/zip': { schema: binary },
        'application/gzip': { schema: binary },
        'application/yaml': { schema: z.string() },
      },
    },
    ...problemResponses('invalid_request'),
  },
});
