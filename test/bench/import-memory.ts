/**
 * `npm run bench:imports`: how much memory the Worker of `npm start` takes to import an archive of 200 MB, as a zip, stored and
 * deflated, and as a tar.gz, while it comes in and while its files become tasks.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { packTar } from 'modern-tar';
import { freePort, startServer } from '../e2e/server.ts';
import { inspect, peakDuring } from './isolate-heap.ts';
import { printTable, save } from './report.ts';

/** What Cloudflare gives an isolate, for all that it does at a time. */
const LIMIT_MB = 128;
const MB = 1024 * 1024;
const FILES = 40;
const FILE_BYTES = 5 * MB;

interface Import {
  state: string;
  counts: { failed: number };
}

const files = Object.fromEntries(
  Array.from({ length: FILES }, (_, index) => [`picture${index}.png`, noise(`${index}`)]),
);
const entries = Object.entries(files).map(([name, body]) => ({ header: { name, size: body.length }, body }));
const archives = {
  'zip, stored': () => zipSync(files, { level: 0 }),
  'zip, deflated': () => zipSync(files, { level: 1 }),
  'tar.gz': async () => gzipSync(await packTar(entries), { level: 1 }),
};
const rows: { archive: string; restMb: number; comingMb: number; orderingMb: number; seconds: number }[] = [];
for (const [archive, make] of Object.entries(archives)) rows.push(await measure(archive, await make()));
const peakOf = ({ comingMb, orderingMb }: (typeof rows)[number]) => Math.max(comingMb, orderingMb);
printTable(
  `The isolate's memory while an archive of ${(FILES * FILE_BYTES) / MB} MB is imported, MB (limit ${LIMIT_MB})`,
  ['', 'at rest', 'while it comes in', 'while it is imported', 'seconds', 'verdict'],
  rows.map((row) => [
    row.archive,
    row.restMb,
    row.comingMb,
    row.orderingMb,
    row.seconds,
    peakOf(row) <= LIMIT_MB ? 'within' : 'ABOVE',
  ]),
);
if (rows.some((row) => peakOf(row) > LIMIT_MB)) process.exitCode = 1;
await save('imports', { limitMb: LIMIT_MB, rows });

/** Bytes that nothing makes smaller, and no picture: what a renderer would take for one is measured elsewhere. */
function noise(seed: string): Uint8Array {
  const bytes = new Uint8Array(FILE_BYTES);
  for (let at = 0; at < FILE_BYTES; at += 32) bytes.set(createHash('sha256').update(`${seed} ${at}`).digest(), at);
  return bytes;
}

/** In a fresh process, since garbage of what was before may stay for long. */
async function measure(archive: string, bytes: Uint8Array) {
  const state = await mkdtemp(path.join(tmpdir(), 'custom-emoji-bench-'));
  const port = await freePort();
  const server = await startServer('npm', 'start', '--', '--persist-to', state, '--inspector-port', String(port));
  try {
    // What every request needs is loaded by the first.
    await fetch(`${server.url}/healthz`);
    const inspector = await inspect(port);
    const rest = await inspector.heap();
    const began = performance.now();
    let url = '';
    const coming = await peakDuring(inspector, async () => {
      const response = await fetch(`${server.url}/custom-emoji/imports`, { method: 'POST', body: bytes as BodyInit });
      url = ((await response.json()) as { import_url: string }).import_url;
    });
    const ordering = await peakDuring(inspector, async () => {
      for (;;) {
        const it = (await (await fetch(server.url + url)).json()) as Import;
        if (it.state === 'SUCCESS' && it.counts.failed === FILES) return;
        if (it.state === 'FAILURE' || it.state === 'SUCCESS') throw new Error(JSON.stringify(it));
        await sleep(500);
      }
    });
    const seconds = (performance.now() - began) / 1_000;
    inspector.close();
    return { archive, restMb: rest / MB, comingMb: coming / MB, orderingMb: ordering / MB, seconds };
  } finally {
    await server.stop();
    await rm(state, { recursive: true, force: true });
  }
}
