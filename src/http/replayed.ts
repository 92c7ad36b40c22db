import { z } from '@hono/zod-openapi';
import type { Accepted } from '../application/accept-upload.ts';

/** Of an answer that is given again, as many services say it. */
export const ReplayedHeader = z.object({
  'Idempotent-Replayed': z
    .literal('true')
    .optional()
    .openapi({
      description:
        'An earlier request under the same Idempotency-Key was accepted as this task, which may have ended since; nothing ' +
        'was ordered now.',
    }),
});

export const replayed = ({ isReplay }: Accepted) => isReplay && ({ 'Idempotent-Replayed': 'true' } as const);
