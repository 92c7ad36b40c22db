import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { readPack } from '../../src/http/imports/read-pack.ts';
import { joined } from '../support/zip-bytes.ts';

const PARTS = 400;
const CONTENT = 'x'.repeat(10_000);

/** A form of small files, and how many of them have been taken. */
function form() {
  const encoder = new TextEncoder();
  const sent = { parts: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent.parts === PARTS) {
          controller.enqueue(encoder.encode('--edge--\r\n'));
          controller.close();
          return;
        }
        const head = `Content-Disposition: form-data; name="file"; filename="pack/${sent.parts++}.txt"`;
        controller.enqueue(encoder.encode(`--edge\r\n${head}\r\n\r\n${CONTENT}\r\n`));
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'Content-Type': 'multipart/form-data; boundary=edge' };
  return { request: new Request('https://emoji.example.org/', { method: 'POST', headers, body }), sent };
}

it('takes no more of a form than is read of it, however small its files are', async () => {
  const { request, sent } = form();
  const pack = readPack(request)[Symbol.asyncIterator]();
  await pack.next();
  await scheduler.wait(300);
  expect(sent.parts).toBeLessThan(20);
  // What makes the zip throws what it was cancelled for, which is nothing.
  await pack.return?.().catch(() => {});
  expect(sent.parts).toBeLessThan(20);
});

it('takes all of a form', async () => {
  const { request } = form();
  const files = unzipSync(joined(await Array.fromAsync(readPack(request))));
  expect(Object.keys(files)).toHaveLength(PARTS);
  expect(files[`pack/${PARTS - 1}.txt`]).toEqual(new TextEncoder().encode(CONTENT));
});
