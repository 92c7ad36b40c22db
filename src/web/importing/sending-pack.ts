import { type Problem, problemFrom } from '../shared/api.ts';
import { Store } from '../shared/store.ts';
import { newKey, type Sending, upload } from '../shared/upload.ts';
import { readingUrl } from './import-api.ts';
import { bodyOf, refusalOf } from './pack-files.ts';

/** Where the files of a pack stand on their way to the service. */
export type Outgoing = { at: 'none' } | { at: 'refused'; detail: string } | (Sending & { files: File[] });

export const outgoing = new Store<Outgoing>({ at: 'none' });

let controller = new AbortController();

/**
 * Sends files to have them read: nothing is imported yet.
 *
 * @returns the id of that; null where they were not sent, which `outgoing` tells why
 */
export async function sendPack(files: File[]): Promise<string | null> {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const refused = refusalOf(files);
  if (refused !== null) return refuse(refused);
  try {
    const request = {
      method: 'POST' as const,
      url: readingUrl(),
      headers: { 'Idempotency-Key': newKey() },
      body: bodyOf(files),
    };
    const tell = (step: Sending) => {
      if (!signal.aborted) outgoing.value = { ...step, files };
    };
    const { task_id } = await upload<{ task_id: string }>(request, tell, signal);
    outgoing.value = { at: 'none' };
    return task_id;
  } catch (error) {
    if (signal.aborted) return null;
    return refuse(problemFrom(error).detail);
  }
}

export function stopSending(): void {
  controller.abort();
  outgoing.value = { at: 'none' };
}

function refuse(detail: Problem['detail']): null {
  outgoing.value = { at: 'refused', detail };
  return null;
}
