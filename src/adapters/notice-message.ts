import type { NoticeQueue } from '../application/notices/ports.ts';
import { jsonLog } from './json-log.ts';

/** What travels through the queue: what is to be told, the database has. */
interface NoticeMessage {
  version: 1;
  deliveryId: string;
}

/** That a queue takes at once. */
const MOST_MESSAGES = 100;

export function noticeQueue(queue: Queue): NoticeQueue {
  return {
    async wake(ids) {
      try {
        for (let start = 0; start < ids.length; start += MOST_MESSAGES) {
          const page = ids.slice(start, start + MOST_MESSAGES);
          await queue.sendBatch(
            page.map((deliveryId) => ({ body: { version: 1, deliveryId } satisfies NoticeMessage })),
          );
        }
      } catch (error) {
        jsonLog.error('notices left to the sweep', error, { notices: ids.length });
      }
    },
  };
}

/** @returns null for what is not a message of this version */
export function readNoticeMessage(body: unknown): string | null {
  const message = body as Partial<NoticeMessage> | null;
  return message?.version === 1 && typeof message.deliveryId === 'string' ? message.deliveryId : null;
}
