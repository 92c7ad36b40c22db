import { expect, it, vi } from 'vitest';
import { edgeCache, emojiTag } from '../../src/adapters/edge-cache.ts';

const answerAbout = (emojiId: string): Response =>
  new Response('picture', { headers: { 'Cache-Control': 'public, max-age=60', 'Cache-Tag': emojiTag(emojiId) } });

const found = async (path: string): Promise<string | undefined> =>
  (await edgeCache({}).match(path, new Request('https://emoji.example')))?.text();

it('keeps an answer until its emoji is purged', async () => {
  await edgeCache({}).put('/kept', answerAbout('a'));
  await edgeCache({}).purge('b');
  expect(await found('/kept')).toBe('picture');

  await edgeCache({}).purge('a');
  expect(await found('/kept')).toBeUndefined();
});

it('keeps no answer that was begun before a purge, put before its end or after', async () => {
  const [early, late] = [edgeCache({}), edgeCache({})];
  await Promise.all([edgeCache({}).purge('a'), early.put('/early', answerAbout('a'))]);
  await late.put('/late', answerAbout('a'));

  expect(await found('/early')).toBeUndefined();
  expect(await found('/late')).toBeUndefined();
});

it('purges what was kept while a purge before was under way', async () => {
  await edgeCache({}).put('/before', answerAbout('a'));
  const drop = caches.default.delete.bind(caches.default);
  let kept: Promise<void> | undefined;
  const spied = vi.spyOn(caches.default, 'delete').mockImplementation(async (key) => {
    // Begun after the purge: what it tells is true.
    kept ??= edgeCache({}).put('/meanwhile', answerAbout('a'));
    await kept;
    return drop(key);
  });
  await edgeCache({}).purge('a');
  spied.mockRestore();
  expect(await found('/before')).toBeUndefined();
  expect(await found('/meanwhile')).toBe('picture');

  await edgeCache({}).purge('a');
  expect(await found('/meanwhile')).toBeUndefined();
});

it('goes on where a request is broken off while its answer is being kept', async () => {
  // What a request waits for when the one who asked has gone is never told to it.
  const match = vi.spyOn(caches.default, 'match').mockReturnValueOnce(new Promise(() => {}));
  void edgeCache({}).put('/broken-off', answerAbout('a'));
  await edgeCache({}).put('/whole', answerAbout('a'));
  match.mockRestore();
  expect(await found('/whole')).toBe('picture');

  await edgeCache({}).purge('a');
  expect(await found('/whole')).toBeUndefined();
});

it('drops all that is kept of an emoji at once, in however many forms it is asked for at the same time', async () => {
  const paths = Array.from({ length: 20 }, (_, form) => `/at-once/${form}`);
  await Promise.all(paths.map((path) => edgeCache({}).put(path, answerAbout('b'))));
  const kept = async () => (await Promise.all(paths.map(found))).filter(Boolean);
  expect(await kept()).toHaveLength(20);
  await edgeCache({}).purge('b');
  expect(await kept()).toEqual([]);
});

it('drops what was listed while the list before was still being written, and came to be written last', async () => {
  const write = caches.default.put.bind(caches.default);
  let later: Promise<void> | undefined;
  const spied = vi.spyOn(caches.default, 'put').mockImplementation(async (key, answer) => {
    if (later === undefined) {
      later = edgeCache({}).put('/later', answerAbout('c'));
      await later;
    }
    return write(key, answer);
  });
  await edgeCache({}).put('/earlier', answerAbout('c'));
  spied.mockRestore();
  expect([await found('/earlier'), await found('/later')]).toEqual(['picture', 'picture']);

  await edgeCache({}).purge('c');
  expect([await found('/earlier'), await found('/later')]).toEqual([undefined, undefined]);
});
