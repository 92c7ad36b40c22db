import type { InferRequestType, InferResponseType } from 'hono/client';
import { answered, bodyOf, emojiApi, publishingApi } from '../shared/api.ts';
import { byName } from '../shared/emojis.ts';
import { newKey } from '../shared/upload.ts';

const { targets } = publishingApi;
const ofEmoji = publishingApi.emojis[':name'].publications;

export type Target = InferResponseType<typeof targets.$get, 200>['data'][number];
export type NewTarget = InferRequestType<typeof targets.$post>['json'];
/** What the platform says to the secret of a target. */
export type Check = InferResponseType<(typeof targets)[':target']['check']['$post'], 200>;
export type Publication = InferResponseType<typeof ofEmoji.$get, 200>['publications'][number];

const at = (target: string) => ({ param: { target: encodeURIComponent(target) } });

/** All of these throw a ProblemError where the service says no. */
export const fetchTargets = (cursor?: string) =>
  bodyOf(targets.$get({ query: { limit: '100', ...(cursor && { cursor }) } }));

export const addTarget = (json: NewTarget) => bodyOf(targets.$post({ json }));

export const changeSecret = (target: string, secret: string) =>
  bodyOf(targets[':target'].$patch({ ...at(target), json: { secret } }));

export async function deleteTarget(target: string): Promise<void> {
  await answered(targets[':target'].$delete(at(target)));
}

export const checkTarget = (target: string) => bodyOf(targets[':target'].check.$post(at(target)));

export async function fetchPublications(name: string): Promise<Publication[]> {
  return (await bodyOf(ofEmoji.$get({ param: byName(name) }))).publications;
}

/** What an emoji would be called where it is published, by the platform. */
export async function fetchNames(name: string): Promise<Map<string, string>> {
  const { platforms } = await bodyOf(emojiApi.emojis[':name'].platforms.$get({ param: byName(name) }));
  return new Map(platforms.map(({ platform, fix }) => [platform, fix?.name ?? name]));
}

type Order = InferRequestType<typeof ofEmoji.$post>['json'];

/** @param emoji its name @param order has a name where that there is to be another one @returns the id of its task */
export async function publishEmoji(emoji: string, order: Order): Promise<string> {
  const header = { 'Idempotency-Key': newKey() };
  return (await bodyOf(ofEmoji.$post({ param: byName(emoji), header, json: order }))).task_id;
}
