import type { InferResponseType } from 'hono/client';
import type { noticeApi } from '../shared/api.ts';

type Api = typeof noticeApi;

export type Subscription = InferResponseType<Api['subscriptions']['$get'], 200>['data'][number];
/** With what its webhooks are signed with, which is told once. */
export type MadeSubscription = InferResponseType<Api['subscriptions']['$post'], 201>;
export type Delivery = InferResponseType<Api['deliveries']['$get'], 200>['data'][number];
