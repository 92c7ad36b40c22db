import type { Resources } from '../environment.ts';
import { Stop, said, type Wrangler } from '../wrangler.ts';
import type { Steps } from './steps.ts';

export interface Removal {
  wrangler: Wrangler;
  resources: Resources;
  /** Of the configuration. */
  file: string;
  steps: Steps;
  /** Deletes all that is in the bucket. @returns how many objects there were */
  emptyBucket(): Promise<number>;
}

/** All that is removed, a line each. */
export function listOf({ worker, queues, database, buckets }: Resources): string[] {
  return [
    `the Worker ${worker}, with its secrets and the state of its tasks`,
    ...queues.map((queue) => `the queue ${queue}`),
    `the database ${database}`,
    ...buckets.map((bucket) => `the bucket ${bucket}, with all pictures`),
  ];
}

/** What wrangler says of what is not there: removed before, or never made. */
const GONE = /code: (10007|10090|10006|7404)\]|does not exist|Couldn't find a D1 DB|No worker consumer/;

/**
 * Removes a service and all that it has. What cannot be removed is left, and the rest is removed all the same; what is
 * gone already is no fault, so that it can be run again.
 *
 * @throws Stop with what is left
 */
export async function destroy({ wrangler, resources, file, steps, emptyBucket }: Removal): Promise<void> {
  const { worker, queues, database, buckets } = resources;
  const left: string[] = [];
  const remove = async (what: string, ...args: string[]) => {
    const ran = await wrangler([...args, '--config', file]);
    const isGone = ran.code !== 0 && GONE.test(said(ran));
    if (ran.code === 0 || isGone) return steps.done(isGone ? 'not there' : 'removed', what);
    left.push(`${what}: ${said(ran).split('\n').slice(-5).join('\n  ')}`);
  };
  // A Worker that a queue delivers to is not deleted, nor a queue that a Worker sends to.
  for (const queue of queues)
    await remove(`consumer of ${queue}`, 'queues', 'consumer', 'worker', 'remove', queue, worker);
  await remove(worker, 'delete', '--force');
  for (const queue of queues) await remove(queue, 'queues', 'delete', queue);
  await remove(`database ${database}`, 'd1', 'delete', database, '--skip-confirmation');
  try {
    steps.done('removed', `${await emptyBucket()} objects`);
  } catch (error) {
    const { message } = error as Error;
    if (GONE.test(message)) steps.done('not there', 'objects');
    else left.push(`objects: ${message}`);
  }
  for (const bucket of buckets) await remove(bucket, 'r2', 'bucket', 'delete', bucket);
  if (left.length > 0) throw new Stop(`Not removed; run it again, or look in the dashboard:\n  ${left.join('\n  ')}`);
}
