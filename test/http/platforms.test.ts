import { env } from 'cloudflare:workers';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PLATFORM_IDS } from '../../src/domain/platforms/table.ts';
import { CACHE } from '../../src/http/cache.ts';
import { control, fill, gif, loop, screen, TRAILER } from '../imaging/gif-bytes.ts';
import { migrate } from '../support/database.ts';
import { addEmoji } from '../support/emojis.ts';
import { decodeGif, pixelAt } from '../support/gif.ts';
import { expectProblem } from '../support/problems.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest, upload } from '../support/service.ts';

interface Verdict {
  platform: string;
  title: string;
  outcome: string;
  broken: { rule: string; found: unknown; allowed: unknown; message: string }[];
  fix: { name: string | null; picture: { rendition: string | null } | null } | null;
  url: string | null;
  rules: Record<string, { words: string; source: string; checked: string; most?: number | null }>;
}

const animation = fixture('moving-square.gif');

const verdictsOf = async (name: string) => {
  const path = `/custom-emoji/emojis/${encodeURIComponent(name)}/platforms`;
  const { platforms, ...rest } = await requestJson<{ name: string; platforms: Verdict[] }>(path);
  return { ...rest, platforms: new Map(platforms.map((verdict) => [verdict.platform, verdict])) };
};

beforeEach(migrate);
afterEach(resetAtRest);

describe('where an emoji will work', () => {
  it('is told platform by platform, with the rules and what breaks them', async () => {
    const { task_id } = await accepted(await upload('Party-Parrot', animation));
    const status = await finished(task_id);
    const { name, platforms } = await verdictsOf('party-parrot');
    expect(name).toBe('party-parrot');
    expect([...platforms.keys()]).toEqual(PLATFORM_IDS);
    expect(platforms.get('slack')).toMatchObject({ title: 'Slack', outcome: 'works', broken: [], fix: null });
    expect(platforms.get('discord')).toMatchObject({
      title: 'Discord',
      outcome: 'fixable',
      broken: [{ rule: 'name_characters', found: '-' }],
      fix: { name: 'party_parrot', picture: null },
      rules: {
        name: { pattern: '^[A-Za-z0-9_]+$', least: 2, most: 32 },
        bytes: {
          most: 262_144,
          words: 'at most 256 KiB',
          source: expect.stringMatching(/^https:/),
          checked: '2026-11-29',
        },
        formats: { allowed: ['jpeg', 'png', 'gif', 'webp', 'avif'] },
      },
    });
    expect(platforms.get('discord')?.rules.name).toHaveProperty('reserved', null);
    expect(platforms.get('mattermost')?.rules.name).toMatchObject({
      reserved: { names: 'mattermost', source: expect.stringMatching(/emoji_data\.go$/), checked: '2026-11-30' },
    });
    // The task has the same in short.
    const outcomes = Object.fromEntries([...platforms.values()].map(({ platform, outcome }) => [platform, outcome]));
    expect(status).toMatchObject({ status: 'SUCCESS', platforms: outcomes });
    expect(await requestJson(`/task-queue/tasks/${task_id}`)).toMatchObject({ platforms: outcomes });
  });

  it('is under another name where a platform has an emoji of that name itself', async () => {
    const { task_id } = await accepted(await upload('heart', animation));
    expect(await finished(task_id)).toMatchObject({ platforms: { slack: 'fixable', discord: 'works' } });
    const { platforms } = await verdictsOf('heart');
    expect([...platforms.values()].filter(({ outcome }) => outcome !== 'works')).toMatchObject(
      ['slack', 'mattermost'].map((platform) => ({
        platform,
        outcome: 'fixable',
        broken: [{ rule: 'name_reserved', found: 'heart' }],
        fix: { name: 'heart_2', picture: null },
      })),
    );
    const { headers } = await request('/custom-emoji/emojis/heart/for/mattermost');
    expect(headers.get('content-disposition')).toContain('filename="heart_2.gif"');
  });

  it('goes by the bytes and frames of what is stored', async () => {
    const renditions = { gif64: { hash: 'a', bytes: 51_200 }, gif128: { hash: 'b', bytes: 300_000 } };
    await addEmoji({ name: 'heavy', bytes: 263_000, frames: 33, renditions });
    const { platforms } = await verdictsOf('heavy');
    const told = [...platforms.values()].map(({ platform, outcome, broken, fix }) => [
      platform,
      outcome,
      broken.map(({ rule }) => rule),
      fix?.picture?.rendition ?? null,
    ]);
    expect(told).toEqual([
      ['slack', 'fixable', ['bytes'], 'gif64'],
      ['discord', 'fixable', ['bytes'], 'gif64'],
      // No picture has fewer frames, and there is no upload to make another one from.
      ['mattermost', 'impossible', ['frames'], null],
      ['zulip', 'works', [], null],
      ['mastodon', 'fixable', ['bytes'], 'gif64'],
      ['misskey', 'works', [], null],
      ['rocket.chat', 'works', [], null],
      ['matrix', 'works', [], null],
      ['gotosocial', 'fixable', ['bytes'], 'gif64'],
      ['pleroma', 'works', [], null],
    ]);
    await env.DB.prepare("UPDATE emojis SET source_key = 'sources/x'").run();
    const kept = await verdictsOf('heavy');
    expect(kept.platforms.get('mattermost')).toMatchObject({
      outcome: 'fixable',
      fix: { name: null, picture: { rendition: null } },
    });
  });

  it('is nothing of a task that made no emoji', async () => {
    const { task_id } = await accepted(await upload('broken', animation.subarray(0, 10)));
    expect(await finished(task_id)).toMatchObject({ status: 'FAILURE', platforms: null });
  });

  it('is found by a former name, and not at all of an emoji that is not there', async () => {
    await addEmoji({ name: 'new', former: ['old'] });
    const moved = await request('/custom-emoji/emojis/old/platforms', { redirect: 'manual' });
    expect(moved.status).toBe(301);
    expect(moved.headers.get('Location')).toBe('/custom-emoji/emojis/new/platforms');
    await expectProblem(await request('/custom-emoji/emojis/nobody/platforms'), 404, 'emoji_not_found');
  });
});

/** Forty frames of 50 ms in which a square moves: more frames than Mattermost takes. */
const LONG = gif(
  screen(40, 20),
  loop(0),
  ...Array.from({ length: 40 }, (_, n) => [...control(2, 5, 3), ...fill([n, n % 20, 1, 1], n % 3)]),
  TRAILER,
);

const dictionaryOf = (response: Response) =>
  Object.fromEntries((response.headers.get('Emoji-Fit') ?? '').split(', ').map((member) => member.split('=')));

describe('the picture of an emoji for a platform', () => {
  const forPlatform = (name: string, platform: string, query = '', init?: RequestInit) =>
    request(`/custom-emoji/emojis/${encodeURIComponent(name)}/for/${platform}${query}`, init);

  it('is one that there is, where that fits', async () => {
    await finished((await accepted(await upload('party-parrot', animation))).task_id);
    const response = await forPlatform('party-parrot', 'discord');
    expect(response.status).toBe(200);
    const stored = await request('/custom-emoji/emojis/party-parrot@128.gif');
    expect(await response.bytes()).toEqual(await stored.bytes());
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/gif',
      'content-disposition': `attachment; filename="party_parrot.gif"; filename*=UTF-8''party_parrot.gif`,
      'emoji-fit': 'size=128, stored',
      etag: stored.headers.get('ETag'),
      'cache-control': CACHE.namedPicture,
    });
    const known = await forPlatform('party-parrot', 'discord', '', {
      headers: { 'If-None-Match': response.headers.get('ETag') ?? '' },
    });
    expect(known.status).toBe(304);
    for (const platform of PLATFORM_IDS) {
      const stored = await forPlatform('party-parrot', platform);
      expect(stored.status, platform).toBe(200);
      expect(stored.headers.get('Emoji-Fit')).toBe(`size=${platform === 'zulip' ? 64 : 128}, stored`);
    }
  });

  it('is made to fit from the upload, once, and kept', async () => {
    await finished((await accepted(await upload('sprinter', LONG))).task_id);
    const { platforms } = await verdictsOf('sprinter');
    expect(platforms.get('mattermost')).toMatchObject({
      outcome: 'fixable',
      broken: [{ rule: 'frames', found: 40, allowed: 32 }],
      fix: { name: null, picture: { rendition: null } },
      url: '/custom-emoji/emojis/sprinter/for/mattermost',
    });
    const ordered = await forPlatform('sprinter', 'mattermost', '?wait=0');
    expect(ordered.status).toBe(202);
    expect(ordered.headers.get('Retry-After')).toBe('2');
    expect(ordered.headers.get('Cache-Control')).toBe('no-store');
    expect(await ordered.json()).toEqual({ status: 'PENDING', url: '/custom-emoji/emojis/sprinter/for/mattermost' });

    const response = await forPlatform('sprinter', 'mattermost');
    expect(response.status).toBe(200);
    const bytes = await response.bytes();
    const { width, height, plays, frames } = decodeGif(bytes);
    expect([width, height, plays, frames.length]).toEqual([128, 128, 0, 32]);
    expect(frames.reduce((sum, { delay }) => sum + delay, 0)).toBe(2_000);
    expect(dictionaryOf(response)).toMatchObject({ size: '128', lossy: '0', frames: '32', of: '40' });
    expect(response.headers.get('ETag')).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`);
    expect(response.headers.get('Content-Length')).toBe(String(bytes.byteLength));

    const head = await forPlatform('sprinter', 'mattermost', '', { method: 'HEAD' });
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(response.headers));
    const { objects } = await env.PICTURES.list({ prefix: 'fitted/' });
    expect(objects.filter(({ key }) => !key.endsWith('.ordered'))).toHaveLength(1);
  });

  it('is drawn as the emoji is', async () => {
    const sent = await request('/custom-emoji/emojis?name=blue&background=%23336699', {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: new Uint8Array(LONG),
    });
    await finished((await accepted(sent)).task_id);
    const response = await forPlatform('blue', 'mattermost');
    expect(response.status).toBe(200);
    expect(pixelAt(decodeGif(await response.bytes()), 0, 64, 2)).toEqual([0x33, 0x66, 0x99, 255]);
  });

  it('is a problem where the upload is lost and nothing fits', async () => {
    await addEmoji({ name: 'lost', bytes: 600_000, frames: 40 });
    await expectProblem(await forPlatform('lost', 'mattermost'), 404, 'original_not_found');
    await env.DB.prepare("UPDATE emojis SET source_key = 'sources/gone'").run();
    await expectProblem(await forPlatform('lost', 'mattermost'), 404, 'original_not_found');
    await env.PICTURES.put('sources/gone', LONG.subarray(0, 10));
    await expectProblem(await forPlatform('lost', 'mattermost'), 422, 'not_fittable', /10 bytes/);
  });

  it('is a problem of an emoji or platform that nobody knows, and found by a former name', async () => {
    await addEmoji({ name: 'new', former: ['old'] });
    await expectProblem(await forPlatform('nobody', 'slack'), 404, 'emoji_not_found');
    await expectProblem(await forPlatform('new', 'icq'), 422, 'invalid_request');
    const moved = await request('/custom-emoji/emojis/old/for/slack?wait=0', { redirect: 'manual' });
    expect(moved.status).toBe(301);
    expect(moved.headers.get('Location')).toBe('/custom-emoji/emojis/new/for/slack?wait=0');
  });
});
