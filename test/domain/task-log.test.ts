import { describe, expect, it } from 'vitest';
import * as moves from '../../src/domain/task.ts';
import { entryOf, type LogEntry, logWith } from '../../src/domain/task-log.ts';
import { FAILURE, must, newOrder, RESULT } from '../support/tasks.ts';

const T0 = 1_000_000;
const pending = moves.submit(newOrder({ kind: 'replace', receivedAt: T0 }));
const sent = must(moves.send(pending, T0));
const started = must(moves.claim(sent, 'token', T0 + 10));
const retrying = must(moves.retry(started, 'token', 'R2 is away', T0 + 20));
const failed = must(moves.fail(started, 'token', FAILURE, T0 + 20));
const again = must(moves.restart(failed, 2, T0 + 30));

describe('the entry of a move', () => {
  it.each([
    ['send', pending, sent, 'message_sent', { sends: 1 }],
    ['send once more', sent, must(moves.send(sent, T0 + 40_000)), 'message_sent', { sends: 2 }],
    ['sendFailed', sent, must(moves.sendFailed(sent, sent, T0)), 'message_not_sent', {}],
  ] as const)('tells of %s, now', (_, before, after, event, details) => {
    expect(entryOf(before, after, T0 + 50)).toEqual({ at: T0 + 50, event, details });
  });

  it.each([
    ['submit', null, pending, 0, 'accepted', { kind: 'replace' }],
    ['claim', sent, started, 10, 'claimed', { attempt: 1 }],
    ['succeed', started, must(moves.succeed(started, 'token', RESULT, T0 + 20)), 20, 'succeeded', {}],
    ['fail', started, failed, 20, 'failed', { code: 'corrupt_picture' }],
    ['undeliverable', sent, must(moves.undeliverable(sent, sent, T0 + 5)), 5, 'failed', { code: 'not_delivered' }],
    ['cancel', started, must(moves.cancel(started, T0 + 20)), 20, 'cancelled', {}],
    ['restart', failed, again, 30, 'tried_again', {}],
    ['restart of a forgotten one', null, again, 30, 'tried_again', {}],
  ] as const)('tells of %s, at the time of the history', (_, before, after, since, event, details) => {
    expect(entryOf(before, after, T0 + 50)).toEqual({ at: T0 + since, event, details });
  });

  it('is none for another attempt: the fault before it tells', () => {
    expect(entryOf(started, retrying, T0 + 50)).toBeNull();
  });
});

describe('the log', () => {
  const entry = (at: number, attempt = 1): LogEntry => ({ at, event: 'claimed', details: { attempt } });
  const timesOf = (log: LogEntry[]) => log.map(({ at }) => at);

  it('is in order, though the clock of a renderer be behind or ahead', () => {
    const log = logWith([], [entry(100)], 100);
    expect(timesOf(logWith(log, [entry(90), entry(150), entry(999), entry(200)], 200))).toEqual([
      100, 100, 150, 200, 200,
    ]);
    expect(timesOf(log)).toEqual([100]);
  });

  it('keeps the last 200 entries', () => {
    const all = Array.from({ length: 250 }, (_, i) => entry(i, i));
    const log = logWith(all.slice(0, 120), all.slice(120), 1_000);
    expect(log).toEqual(all.slice(50));
  });
});
