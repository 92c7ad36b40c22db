import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TaskStatus {
  id: string;
  status: string;
  error: { code: string; message: string; remedy: string } | null;
}

/** Whatever is asked for is there by then, or will never be. */
const PATIENCE_MS = 30_000;

const inTime = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);

export function fixture(name: string): Promise<Buffer<ArrayBuffer>> {
  return readFile(`test/fixtures/${name}`);
}

/** Uploads a picture as a form does. @returns the id of its task */
export async function upload(base: string, name: string, picture: Uint8Array<ArrayBuffer>): Promise<string> {
  const body = new FormData();
  body.append('file', new Blob([picture]), 'picture');
  const response = await fetch(`${base}/custom-emoji/emojis?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    body,
    signal: inTime(),
  });
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
  const { task_id } = (await response.json()) as { task_id: string };
  return task_id;
}

/** Asks for the status, every `interval` milliseconds, until the task is at its end. */
export async function finished(base: string, taskId: string, interval = 20): Promise<TaskStatus> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`${base}/task-queue/status?task_id=${taskId}`, { signal: inTime() });
    const status = (await response.json()) as TaskStatus;
    if (['SUCCESS', 'FAILURE', 'REVOKED'].includes(status.status)) return status;
    await sleep(interval);
  }
  throw new Error(`the task ${taskId} does not come to an end`);
}

export async function fetchEmoji(base: string, name: string): Promise<Uint8Array> {
  const response = await fetch(`${base}/custom-emoji/emojis/${encodeURIComponent(name)}`, {
    signal: inTime(),
  });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return response.bytes();
}
