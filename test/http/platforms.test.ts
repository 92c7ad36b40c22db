import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PLATFORM_IDS } from '../../src/domain/platforms/table.ts';
import { migrate } from '../support/database.ts';
import { addEmoji } from '../support/emojis.ts';
import { expectProblem } from '../support/problems.ts';
import { accepted, finished, fixture, request, requestJson, resetAtRest, upload } from '../support/service.ts';

interface Verdict {
  platform: string;
  title: string;
  outcome: string;
  broken: { rule: string; found: unknown; allowed: unknown; message: string }[];
  fix: { name: string | null; picture: { rendition: string | null } | null } | null;
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
    // The task has the same in short.
    const outcomes = Object.fromEntries([...platforms.values()].map(({ platform, outcome }) => [platform, outcome]));
    expect(status).toMatchObject({ status: 'SUCCESS', platforms: outcomes });
    expect(await requestJson(`/task-queue/tasks/${task_id}`)).toMatchObject({ platforms: outcomes });
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
