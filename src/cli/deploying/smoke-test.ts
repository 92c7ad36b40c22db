import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GifReader } from 'omggif';

/** Two frames of 8×8 pixels, red and blue, 0.2 s each. */
const PICTURE = Buffer.from(
  'R0lGODlhCAAIAIAAAP8AAAAA/yH/C05FVFNDQVBFMi4wAwEAAAAh+QQAFAAAACwAAAAACAAIAAACBoSPqcvtXQAh+QQAFAAAACwAAAAACAAIAAACBoyPqcvtXQA7',
  'base64',
);

const EMOJI_PIXELS = 100;

/** How the names of its emoji begin. */
export const SMOKE_TEST = 'smoke-test-';

/** A new address takes some time until every name server knows it. */
const THERE_WITHIN_MS = 120_000;
const ENDS_WITHIN_MS = 60_000;
const ANSWERS_WITHIN_MS = 30_000;

/**
 * Tries a service out as somebody who uses it does: uploads an animation, follows its task, decodes the emoji, and
 * deletes it. It goes to the bin, and is gone from there after 30 days.
 *
 * @param url of the service, whoever runs it
 * @param token with which all that may be done; without one it is only asked whether it is well
 * @returns what was found to be well
 * @throws with what is not
 */
export async function smokeTest(url: string, token: string | undefined): Promise<string> {
  await isThere(url);
  if (token === undefined) return 'it answers; set ADMIN_TOKEN to have a picture uploaded and deleted too';
  const name = `${SMOKE_TEST}${randomBytes(6).toString('hex')}`;
  const call = (path: string, init: RequestInit = {}) => ask(url, path, token, init);
  const headers = { 'Content-Type': 'image/gif' };
  const { task_id } = await call(`/custom-emoji/emojis?name=${name}`, { method: 'POST', body: PICTURE, headers }).then(
    (response) => response.json() as Promise<{ task_id: string }>,
  );
  await isDone(call, task_id);
  try {
    const response = await call(`/custom-emoji/emojis/${name}`);
    checkEmoji(new Uint8Array(await response.arrayBuffer()));
  } finally {
    await call(`/custom-emoji/emojis/${name}`, { method: 'DELETE' });
  }
  const { status } = await send(url, `/custom-emoji/emojis/${name}/info`, token);
  if (status !== 404) throw new Error(`an emoji that was deleted is answered ${status} instead of 404.`);
  return `uploaded, rendered, decoded and deleted ${name}`;
}

async function isThere(url: string): Promise<void> {
  const deadline = Date.now() + THERE_WITHIN_MS;
  for (;;) {
    const found = await send(url, '/healthz').then(
      async (response) => ({ status: response.status, text: await response.text() }),
      (error: Error) => ({ status: 0, text: String(error.cause ?? error.message) }),
    );
    if (found.status === 200) return;
    if (found.status >= 300 && found.status < 404) {
      throw new Error(`/healthz is answered ${found.status}: is something in front of it, as Cloudflare Access?`);
    }
    if (Date.now() > deadline) throw new Error(`/healthz is answered ${found.status} ${found.text}`);
    await sleep(2_000);
  }
}

async function isDone(call: (path: string) => Promise<Response>, id: string): Promise<void> {
  const deadline = Date.now() + ENDS_WITHIN_MS;
  for (;;) {
    const response = await call(`/task-queue/status?task_id=${id}&wait=10`);
    const { status, error } = (await response.json()) as { status: string; error: { message: string } | null };
    if (status === 'SUCCESS') return;
    const isOver = status === 'FAILURE' || status === 'REVOKED';
    if (isOver) throw new Error(`the task ${id} ended as ${status}: ${error?.message}`);
    if (Date.now() > deadline) {
      throw new Error(
        `the task ${id} is ${status} after ${ENDS_WITHIN_MS / 1_000} s: does the queue have its consumer?`,
      );
    }
  }
}

function checkEmoji(bytes: Uint8Array): void {
  const gif = new GifReader(bytes);
  const { width, height } = gif;
  if (width !== EMOJI_PIXELS || height !== EMOJI_PIXELS || gif.numFrames() !== 2) {
    throw new Error(`the emoji has ${gif.numFrames()} frames of ${width}×${height} pixels instead of 2 of 100×100.`);
  }
  const first = new Uint8Array(width * height * 4);
  gif.decodeAndBlitFrameRGBA(0, first);
  const [red = 0, green = 0, blue = 0] = first.subarray((width * 50 + 50) * 4);
  if (red < 200 || green > 50 || blue > 50) throw new Error(`the emoji is (${red}, ${green}, ${blue}) instead of red.`);
}

async function ask(url: string, path: string, token: string, init: RequestInit): Promise<Response> {
  const response = await send(url, path, token, init);
  if (response.ok) return response;
  const hint = response.status === 401 ? ' Is ADMIN_TOKEN that of this service?' : '';
  throw new Error(`${init.method ?? 'GET'} ${path} is answered ${response.status}: ${await response.text()}${hint}`);
}

function send(url: string, path: string, token?: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...init.headers, ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
  return fetch(new URL(path, url), {
    ...init,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
  });
}
