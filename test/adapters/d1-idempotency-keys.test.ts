import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1IdempotencyKeys } from '../../src/adapters/d1-idempotency-keys.ts';
import { migrate, plansOf } from '../support/database.ts';

const HOURS = 3_600_000;
const NOW = 1_700_000_000_000;
const keys = d1IdempotencyKeys(env.DB);

beforeEach(migrate);
afterEach(reset);

describe('the keys of requests in D1', () => {
  it('belong to one of many who begin at once', async () => {
    const outcomes = await Promise.all(['a', 'b', 'c'].map((taskId) => keys.begin('k', taskId, NOW)));
    expect(outcomes.filter((earlier) => earlier === null)).toHaveLength(1);
    const winner = ['a', 'b', 'c'][outcomes.indexOf(null)];
    for (const earlier of outcomes.filter((earlier) => earlier !== null)) {
      expect(earlier).toEqual({ taskId: winner, fingerprint: null, createdAt: NOW });
    }
  });

  it('tell of the earlier request what was noted, for 24 hours', async () => {
    await keys.begin('k', 'a', NOW);
    // The upload took a minute.
    const noted = NOW + 60_000;
    expect(await keys.note('k', 'a', 'print', noted)).toBe(true);
    const earlier = { taskId: 'a', fingerprint: 'print', createdAt: noted };
    expect(await keys.begin('k', 'b', noted + 24 * HOURS - 1)).toEqual(earlier);
    // Then it is as if the key had never been.
    expect(await keys.begin('k', 'b', noted + 24 * HOURS)).toBeNull();
    expect(await keys.begin('k', 'c', noted + 24 * HOURS)).toEqual({
      taskId: 'b',
      fingerprint: null,
      createdAt: noted + 24 * HOURS,
    });
  });

  it('are free again when the request is abandoned, by nobody else', async () => {
    await keys.begin('k', 'a', NOW);
    await keys.abandon('k', 'b');
    expect(await keys.begin('k', 'b', NOW)).toMatchObject({ taskId: 'a' });
    await keys.abandon('k', 'a');
    expect(await keys.begin('k', 'b', NOW)).toBeNull();
  });

  it('are taken over by one of two, and what the first one notes then counts for nothing', async () => {
    await keys.begin('k', 'dead', NOW);
    const earlier = { taskId: 'dead', fingerprint: null, createdAt: NOW };
    const later = NOW + HOURS;
    const outcomes = await Promise.all(['b', 'c'].map((taskId) => keys.takeOver('k', earlier, taskId, later)));
    expect(outcomes.sort()).toEqual([false, true]);
    expect(await keys.note('k', 'dead', 'print', later)).toBe(false);
    expect(await keys.begin('k', 'd', later)).toMatchObject({ fingerprint: null, createdAt: later });
  });

  it('are found by their index', async () => {
    const plans = await plansOf(async (db) => {
      const watched = d1IdempotencyKeys(db);
      await watched.begin('k', 'a', NOW);
      await watched.begin('k', 'b', NOW);
      await watched.note('k', 'a', 'print', NOW);
      await watched.takeOver('k', { taskId: 'a', fingerprint: null, createdAt: NOW }, 'b', NOW);
      await watched.abandon('k', 'b');
    });
    expect(plans).toHaveLength(6);
    expect(plans.join('\n')).not.toContain('SCAN');
  });
});
