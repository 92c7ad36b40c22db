/**
 * `npm run bench:uploads`: how much memory the Worker of `npm start` takes for uploads of 50 MB, one and four at once, by
 * each of the ways there are. `-- URL` has it fetch that one, of a picture of about 50 MB, as well.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MAX_UPLOAD_BYTES } from '../../src/domain/upload-size.ts';
import { freePort, startServer } from '../e2e/server.ts';
import { inspect, peakDuring } from './isolate-heap.ts';
import { printTable, save } from './report.ts';

/** What Cloudflare gives an isolate, for all that it does at a time. */
const LIMIT_MB = 128;
const MB = 1024 * 1024;

/** One byte too many: all of it is read and stored before it is refused, and no renderer loads it meanwhile. */
const picture = new Uint8Array(MAX_UPLOAD_BYTES + 1);

const [url] = process.argv.slice(2);
const ways: Record<string, (base: string) => Promise<void>> = {
  multipart,
  raw,
  ...(url && { 'by URL': (base: string) => byUrl(base, url) }),
};
const rows: { upload: string; restMb: number; peakMb: number }[] = [];
for (const [way, upload] of Object.entries(ways)) {
  for (const times of [1, 4]) rows.push({ upload: `${way}, ${times} at once`, ...(await measure(times, upload)) });
}
printTable(
  `The isolate's memory while 50 MB are uploaded, MB (limit ${LIMIT_MB})`,
  ['', 'at rest', 'peak', 'verdict'],
  rows.map(({ upload, restMb, peakMb }) => [upload, restMb, peakMb, peakMb <= LIMIT_MB ? 'within' : 'ABOVE']),
);
if (rows.some(({ peakMb }) => peakMb > LIMIT_MB)) process.exitCode = 1;
await save('uploads', { limitMb: LIMIT_MB, rows });

/** In a fresh process, since garbage of what was before may stay for long. */
async function measure(times: number, upload: (base: string) => Promise<void>) {
  const state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-bench-'));
  const port = await freePort();
  const server = await startServer('npm', 'start', '--', '--persist-to', state, '--inspector-port', String(port));
  try {
    // What every request needs is loaded by the first.
    await fetch(`${server.url}/healthz`);
    const inspector = await inspect(port);
    const rest = await inspector.heap();
    const uploads = () => Promise.all(Array.from({ length: times }, () => upload(server.url)));
    const peak = await peakDuring(inspector, uploads);
    inspector.close();
    return { restMb: rest / MB, peakMb: peak / MB };
  } finally {
    await server.stop();
    await rm(state, { recursive: true, force: true });
  }
}

async function multipart(base: string): Promise<void> {
  const body = new FormData();
  body.append('file', new Blob([picture]), 'picture');
  await expectTooLarge(fetch(address(base), { method: 'POST', body }));
}

/** In chunks, since with its length it would be refused unread. */
async function raw(base: string): Promise<void> {
  const body = new Blob([picture]).stream();
  const headers = { 'Content-Type': 'image/png' };
  await expectTooLarge(fetch(address(base), { method: 'POST', headers, body, duplex: 'half' } as RequestInit));
}

async function byUrl(base: string, url: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(address(base), { method: 'POST', headers, body: JSON.stringify({ url }) });
  if (response.status !== 202 && response.status !== 413)
    throw new Error(`${response.status} ${await response.text()}`);
}

function address(base: string): string {
  return `${base}/custom-emoji/emojis?name=${crypto.randomUUID()}`;
}

async function expectTooLarge(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  const text = await response.text();
  if (!text.includes('52,428,801 bytes')) throw new Error(`${response.status} ${text}`);
}
