import type { InferResponseType } from 'hono/client';
import { bodyOf, importApi, taskApi } from '../shared/api.ts';
import { newKey } from '../shared/upload.ts';

const one = importApi[':id'];

export type Import = InferResponseType<typeof one.$get, 200>;
export type ImportItem = InferResponseType<typeof one.items.$get, 200>['data'][number];
export type Conflict = Import['on_conflict'];
export type Outcome = ImportItem['outcome'];

/** Where a pack is sent to be read: nothing is imported yet. */
export const readingUrl = (): URL => importApi.$url({ query: { dry_run: 'true' } });

/** All of these throw a ProblemError where the service says no. */
export const fetchImport = (id: string) => bodyOf(one.$get({ param: { id } }));

export const fetchItems = (id: string, outcome: Outcome | null, cursor: string | null) =>
  bodyOf(
    one.items.$get({
      param: { id },
      query: { limit: '100', ...(outcome && { outcome }), ...(cursor !== null && { cursor }) },
    }),
  );

/** Has what a dry run has listed done. @returns the id of the import that does it */
export const run = (id: string) => ask(id, {});

/** Has it listed what would be done with another policy. @returns the id of that dry run */
export const planAgain = (id: string, on_conflict: Conflict) => ask(id, { on_conflict, dry_run: 'true' });

async function ask(id: string, query: { on_conflict?: Conflict; dry_run?: 'true' }): Promise<string> {
  const header = { 'Idempotency-Key': newKey() };
  return (await bodyOf(one.run.$post({ param: { id }, query, header }))).task_id;
}

export async function stop(id: string): Promise<void> {
  await bodyOf(taskApi.tasks[':id'].cancel.$post({ param: { id } }));
}

/** After it was stopped, or has failed. */
export async function goOn(id: string): Promise<void> {
  await bodyOf(taskApi.tasks[':id'].retry.$post({ param: { id } }));
}
