import { mayChangeEmoji, type Principal } from '../../domain/access.ts';
import { Refusal } from '../../domain/refusal.ts';
import { findSubscription, refuseUnlessActive, type SubscribePorts } from './subscribe.ts';

/**
 * Has something told once more, under the same id and with all attempts, however it ended.
 *
 * @throws Refusal `delivery_not_found`, also for one of somebody else; `subscription_not_active`
 */
export async function resend(ports: SubscribePorts, id: string, by: Principal, now: number): Promise<void> {
  const { deliveries, noticeQueue } = ports;
  const delivery = await deliveries.find(id);
  if (delivery === null || !mayChangeEmoji(by, delivery))
    throw new Refusal('delivery_not_found', `You have no delivery with the id "${id}".`);
  refuseUnlessActive(await findSubscription(ports, delivery.subscriptionId, by));
  await deliveries.resend(id, now);
  await noticeQueue.wake([id]);
}
