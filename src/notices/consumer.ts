import { jsonLog } from '../adapters/json-log.ts';
import { readNoticeMessage } from '../adapters/notice-message.ts';
import { noticePorts } from '../adapters/ports.ts';
import { deliverNotice } from '../application/notices/deliver-notice.ts';

/** Of a message: 12 hours. */
const MAX_DELAY_SECONDS = 12 * 3_600;

const FAULT_SECONDS = 30;

/** Tells others what they are to be told: all of a batch at once, since they wait more than they work. */
export async function consumeNotices(batch: MessageBatch, env: Env): Promise<void> {
  const ports = noticePorts(env);
  await Promise.all(
    batch.messages.map(async (message) => {
      const id = readNoticeMessage(message.body);
      if (id === null) {
        jsonLog.info('message not understood', { body: message.body });
        return message.ack();
      }
      try {
        const again = await deliverNotice(ports, id);
        if (again === null) return message.ack();
        const delaySeconds = Math.ceil((again.askAgainAt - Date.now()) / 1_000);
        message.retry({ delaySeconds: Math.min(Math.max(1, delaySeconds), MAX_DELAY_SECONDS) });
      } catch (error) {
        jsonLog.error('notice not looked at', error, { delivery: id });
        message.retry({ delaySeconds: FAULT_SECONDS });
      }
    }),
  );
}

/** Of messages that the queue gave up on nothing is lost: the sweep finds what they were about. */
export async function consumeDeadNotices(batch: MessageBatch): Promise<void> {
  for (const message of batch.messages) {
    jsonLog.info('dead letter', { delivery: readNoticeMessage(message.body) });
    message.ack();
  }
}
