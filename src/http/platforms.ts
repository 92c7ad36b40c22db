import { z } from '@hono/zod-openapi';
import { PLATFORM_IDS } from '../domain/platforms/table.ts';
import { OUTCOMES } from '../domain/platforms/verdict.ts';

export const PlatformSchema = z.enum(PLATFORM_IDS).openapi('Platform');

export const OutcomeSchema = z.enum(OUTCOMES).openapi('PlatformOutcome', {
  description: 'Whether the emoji works there: as it is, by a fix, or not at all.',
});
