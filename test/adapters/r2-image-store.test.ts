import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it } from 'vitest';
import { r2ImageStore } from '../../src/adapters/r2-image-store.ts';
import { must } from '../support/tasks.ts';

const store = r2ImageStore(env.PICTURES);

afterEach(reset);

it('keeps pictures of both types under their hash, with their type', async () => {
  await store.put('ab', 'gif', Uint8Array.of(1, 2, 3), 'task');
  await store.put('ab', 'png', Uint8Array.of(4, 5), 'task');
  for (const [type, bytes] of [
    ['gif', [1, 2, 3]],
    ['png', [4, 5]],
  ] as const) {
    const file = must(await store.get('ab', type));
    expect(file.bytes).toBe(bytes.length);
    expect(await new Response(file.body).bytes()).toEqual(Uint8Array.from(bytes));
    expect(await store.size('ab', type)).toBe(bytes.length);
    expect((await env.PICTURES.head(`images/ab.${type}`))?.httpMetadata).toEqual({ contentType: `image/${type}` });
  }
});

it('has nothing else', async () => {
  await store.put('ab', 'gif', Uint8Array.of(1, 2, 3), 'task');
  expect(await store.get('ab', 'png')).toBeNull();
  expect(await store.size('ab', 'png')).toBeNull();
  expect(await store.size('cd', 'gif')).toBeNull();
});
