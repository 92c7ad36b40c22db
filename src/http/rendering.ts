import { z } from '@hono/zod-openapi';
import { FITS } from '../domain/rendering.ts';

/** How a picture is made into an emoji, as the API tells it. */
export const RenderingSchema = z.object({
  fit: z.enum(FITS),
  size: z.int().openapi({ description: 'Pixels a side.' }),
  background: z.string().nullable().openapi({ description: '`#rrggbb`; null for transparent.' }),
  matte: z.string().nullable().openapi({ description: '`#rrggbb`, which soft edges are blended with.' }),
});
