import { z } from '@hono/zod-openapi';
import { PLATFORM_IDS } from '../domain/platforms/table.ts';
import { OUTCOMES } from '../domain/platforms/verdict.ts';

export const PlatformSchema = z.enum(PLATFORM_IDS).openapi('Platform');

export const OutcomeSchema = z.enum(OUTCOMES).openapi('PlatformOutcome', {
  description: 'Whether the emoji works there: as it is, by a fix, or not at all.',
});

/** What a verdict says of an emoji that breaks rules. */
export const BrokenSchema = z.array(
  z.object({
    rule: z.enum(['name_characters', 'name_length', 'name_reserved', 'pixels', 'bytes', 'frames', 'format']),
    found: z.union([z.string(), z.number()]),
    allowed: z.union([z.string(), z.number()]),
    message: z.string(),
  }),
);
