/**
 * `npm run bench:packs`: how much memory the Worker of `npm start` takes for a pack of 2,000 emoji with pictures of 200 MB
 * together, read as fast as it comes, and by somebody slow.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getPlatformProxy } from 'wrangler';
import { freePort, startServer } from '../e2e/server.ts';
import { inspect, peakDuring } from './isolate-heap.ts';
import { printTable, save } from './report.ts';

/** What Cloudflare gives an isolate, for all that it does at a time. */
const LIMIT_MB = 128;
const MB = 1024 * 1024;
const EMOJIS = 2_000;
const PICTURE_BYTES = 100_000;
/** How long the slow one takes his time, before he leaves. */
const SLOW_MS = 5_000;

const state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-bench-'));
try {
  // The first start makes the tables.
  await (await start()).server.stop();
  await fill();
  const rows: { pack: string; restMb: number; peakMb: number; readMb: number; seconds: number }[] = [];
  for (const format of ['custom-emoji', 'discord', 'mastodon']) {
    for (const read of [readAll, readSlowly]) rows.push(await measure(format, read));
  }
  printTable(
    `The isolate's memory while ${EMOJIS} emoji of ${Math.round((EMOJIS * PICTURE_BYTES) / MB)} MB are packed, MB (limit ${LIMIT_MB})`,
    ['', 'at rest', 'peak', 'read', 'seconds', 'verdict'],
    rows.map(({ pack, restMb, peakMb, readMb, seconds }) => [
      pack,
      restMb,
      peakMb,
      readMb,
      seconds,
      peakMb <= LIMIT_MB ? 'within' : 'ABOVE',
    ]),
  );
  if (rows.some(({ peakMb }) => peakMb > LIMIT_MB)) process.exitCode = 1;
  await save('packs', { limitMb: LIMIT_MB, rows });
} finally {
  await rm(state, { recursive: true, force: true });
}

async function start() {
  const port = await freePort();
  const server = await startServer('npm', 'start', '--', '--persist-to', state, '--inspector-port', String(port));
  return { server, port };
}

/** Names that Discord does not take, and pictures that nothing makes smaller. */
async function fill(): Promise<void> {
  const { env, dispose } = await getPlatformProxy<Env>({ persist: { path: path.join(state, 'v3') } });
  for (let number = 1; number <= EMOJIS; number++) {
    const [id, hash, name] = [`e${number}`, number.toString(16).padStart(64, '0'), `party-parrot-${number}`];
    const picture = new Uint8Array(PICTURE_BYTES);
    for (let at = 0; at < PICTURE_BYTES; at += 65_536) crypto.getRandomValues(picture.subarray(at, at + 65_536));
    await env.PICTURES.put(`images/${hash}.gif`, picture);
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO emojis (id, number, name, image_hash, image_bytes, image_frames, created_at, updated_at, version)
         VALUES (?, ?, ?, ?, ?, 1, 1790000000000, 1790000000000, 1)`,
      ).bind(id, number, name, hash, PICTURE_BYTES),
      env.DB.prepare("INSERT INTO emoji_names (name, emoji_id, kind) VALUES (?, ?, 'primary')").bind(name, id),
    ]);
  }
  await dispose();
}

/** In a fresh process, since garbage of what was before may stay for long. */
async function measure(format: string, read: (body: AsyncIterable<Uint8Array>) => Promise<number>) {
  const { server, port } = await start();
  try {
    // What every request needs is loaded by the first.
    await fetch(`${server.url}/healthz`);
    const inspector = await inspect(port);
    const rest = await inspector.heap();
    let bytes = 0;
    const began = performance.now();
    const peak = await peakDuring(inspector, async () => {
      const { body } = await fetch(`${server.url}/custom-emoji/packs/${format}`);
      if (body === null) throw new Error('there is no pack');
      bytes = await read(body);
    });
    const seconds = (performance.now() - began) / 1_000;
    inspector.close();
    const pack = `${format}, ${read === readAll ? 'whole' : 'slowly'}`;
    return { pack, restMb: rest / MB, peakMb: peak / MB, readMb: bytes / MB, seconds };
  } finally {
    await server.stop();
  }
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.byteLength;
  if (bytes < EMOJIS * PICTURE_BYTES) throw new Error(`of the pack only ${bytes} bytes came`);
  return bytes;
}

async function readSlowly(body: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  const until = Date.now() + SLOW_MS;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    await sleep(20);
    if (Date.now() > until) break;
  }
  return bytes;
}
