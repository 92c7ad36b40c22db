import { expect, vi } from 'vitest';
import { request, requestJson } from './service.ts';

/** What a server of `internet.ts` was sent. */
export interface Posted {
  headers: Record<string, string>;
  body: string;
  at: number;
}

export interface Attempt {
  at: string;
  status: number | null;
  latency_ms: number | null;
  fault: string | null;
  answer: string | null;
}

export interface Delivery {
  id: string;
  subscription_id: string;
  event: string;
  state: string;
  emoji_name: string | null;
  next_attempt_at: string | null;
  attempts: Attempt[];
}

export interface Subscription {
  id: string;
  target: string;
  state: string;
  secret: string | null;
}

/** Where something may be posted that only one test looks at. @param how it is answered: a status, or as `HOOKS` has it */
export function hook(how = '200'): { url: string; inbox: () => Promise<Posted[]> } {
  const name = crypto.randomUUID();
  return {
    url: `https://www.example.com/hook/${name}/${how}`,
    inbox: async () => (await fetch(`https://www.example.com/inbox/${name}`)).json<Posted[]>(),
  };
}

export async function subscribeTo(target: string, more: object = {}): Promise<Subscription> {
  const response = await request('/notices/subscriptions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ kind: 'webhook', target, ...more }),
  });
  expect(response.status, await response.clone().text()).toBe(201);
  return response.json<Subscription>();
}

/** As soon as there are so many. */
export function posted(inbox: () => Promise<Posted[]>, count: number): Promise<Posted[]> {
  return vi.waitFor(
    async () => {
      const all = await inbox();
      expect(all.length).toBeGreaterThanOrEqual(count);
      return all;
    },
    { timeout: 20_000, interval: 50 },
  );
}

export async function deliveries(query = ''): Promise<Delivery[]> {
  return (await requestJson<{ data: Delivery[] }>(`/notices/deliveries${query}`)).data;
}

/** As soon as none is on its way. */
export function settled(query = ''): Promise<Delivery[]> {
  return vi.waitFor(
    async () => {
      const all = await deliveries(query);
      expect(all.filter(({ state, attempts }) => state === 'waiting' && attempts.at(-1)?.latency_ms == null)).toEqual(
        [],
      );
      return all;
    },
    { timeout: 20_000, interval: 50 },
  );
}
