import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TaskStatus {
  id: string;
  status: string;
  error: { code: string; message: string; remedy: string } | null;
}

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
  });
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
  const { task_id } = (await response.json()) as { task_id: string };
  return task_id;
}

/** Asks for the status, every `interval` milliseconds, until the task is at its end. */
export async function finished(base: string, taskId: string, interval = 20): Promise<TaskStatus> {
  for (let tries = 0; tries < 1_000; tries++) {
    const response = await fetch(`${base}/task-queue/status?task_id=${taskId}`);
    const status = (await response.json()) as TaskStatus;
    if (['SUCCESS', 'FAILURE', 'REVOKED'].includes(status.status)) return status;
    await sleep(interval);
  }
  throw new Error(`the task ${taskId} does not come to an end`);
}

export async function fetchEmoji(base: string, name: string): Promise<Uint8Array> {
  const response = await fetch(`${base}/custom-emoji/emojis/${encodeURIComponent(name)}`);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return response.bytes();
}
