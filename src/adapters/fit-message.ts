import type { FitQueue } from '../application/ports.ts';
import type { FitOrder } from '../domain/platforms/budget.ts';

/** Travels through the queue of the renderers, as the messages about tasks do. */
interface FitMessage {
  version: 1;
  fit: FitOrder;
}

export function fitQueue(queue: Queue): FitQueue {
  return {
    async send(fit) {
      await queue.send({ version: 1, fit } satisfies FitMessage);
    },
  };
}

/** @returns null for what is no such message of this version */
export function readFitMessage(body: unknown): FitOrder | null {
  const message = body as Partial<FitMessage> | null;
  return message?.version === 1 && typeof message.fit?.key === 'string' ? message.fit : null;
}
