import { env } from 'cloudflare:workers';
import { GifWriter } from 'omggif';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { d1TaskHistory } from '../../src/adapters/d1-task-history.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import type { TaskObject } from '../../src/adapters/task-object.ts';
import { TASK_STATES } from '../../src/domain/task.ts';
import { migrate } from '../support/database.ts';
import { allEvents, follow, readEvents } from '../support/events.ts';
import {
  accepted,
  finished,
  fixture,
  request,
  requestJson,
  resetAtRest,
  submitUnsent,
  upload,
} from '../support/service.ts';
import { FAILURE, must, newOrder, RESULT, taskIn } from '../support/tasks.ts';

const T0 = Date.UTC(2026, 10, 25, 12);

const failed = taskIn('FAILURE', T0, {
  actor: 'ada',
  attempts: 2,
  startedAt: T0 + 500,
  finishedAt: T0 + 750,
  history: [
    { state: 'PENDING', at: T0, reason: null },
    { state: 'STARTED', at: T0 + 500, reason: null },
    { state: 'FAILURE', at: T0 + 750, reason: 'PNG: broken' },
  ],
});
const revoked = taskIn('REVOKED', T0 + 1_000, { kind: 'replace' });
const done = taskIn('SUCCESS', T0 + 2_000, { emojiName: 'parrot' });

const facts = {
  kind: 'create',
  parent_id: null,
  emoji_name: 'tada',
  actor: 'ada',
  attempts: 2,
  received_at: '2026-11-25T12:00:00.000Z',
  started_at: '2026-11-25T12:00:00.500Z',
  finished_at: '2026-11-25T12:00:00.750Z',
  queued_ms: 500,
  duration_ms: 250,
  error: FAILURE,
};

beforeEach(async () => {
  await migrate();
  // Their owners have forgotten them.
  for (const task of [failed, revoked, done]) await recordTask(env.DB, task);
});
afterEach(async () => {
  for (const owner of owners.splice(0)) await owner.cancel();
  await resetAtRest();
});

interface Page {
  data: { id: string; state: string }[];
  next_cursor: string | null;
}

interface Detail {
  emoji_id: string;
  image: { hash: string; url: string; bytes: number; frames: number } | null;
  log: { at: string; event: string; details: Record<string, unknown> }[];
}

const isoOf = (milliseconds: number) => new Date(milliseconds).toISOString();

interface Moved {
  dry_run: boolean;
  matched?: number;
  moved: string[];
  refused: { id: string; code: string; message: string }[];
  next_cursor: string | null;
}

/** Takes a second or so to render. */
const FRAMES = 150;

/** A GIF that is all change. */
function longAnimation(frames: number): Uint8Array {
  const [size, colours] = [200, 64];
  const gif = new Uint8Array(frames * size * size * 2);
  const palette = Array.from({ length: colours }, (_, i) => i * 0x030201);
  const writer = new GifWriter(gif, size, size, { palette, loop: 0 });
  for (let frame = 0; frame < frames; frame++) {
    const pixels = Array.from({ length: size * size }, (_, i) => ((i * (frame + 7)) >> 3) % colours);
    writer.addFrame(0, 0, size, size, pixels, { delay: 5 });
  }
  return gif.subarray(0, writer.end());
}

/** Of the tasks that wait. */
const owners: DurableObjectStub<TaskObject>[] = [];

const UNKNOWN = crypto.randomUUID();

async function listed(query: string): Promise<string[]> {
  return (await requestJson<Page>(`/task-queue/tasks?${query}`)).data.map(({ state }) => state);
}

const post = (path: string) => request(path, { method: 'POST' });
const move = (id: string, what: 'cancel' | 'retry') => post(`/task-queue/tasks/${id}/${what}`);
const moveMany = async (what: 'cancel' | 'retry', query: string) =>
  (await post(`/task-queue/tasks/${what}?${query}`)).json<Moved>();
const stateOf = async (id: string) => (await requestJson<{ state: string }>(`/task-queue/tasks/${id}`)).state;

/** A task that waits for the test to go on, and is cancelled at its end. */
async function waiting(emojiName = 'waiting') {
  const order = newOrder({ emojiName });
  await submitUnsent(order);
  const owner = env.TASKS.getByName(order.id);
  owners.push(owner);
  return { order, owner };
}

async function expectState(response: Response, state: string): Promise<void> {
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({ code: 'task_state', state, detail: expect.stringContaining(state) });
}

describe('GET /task-queue/status', () => {
  it('tells the status, and why it failed', async () => {
    expect(await requestJson(`/task-queue/status?task_id=${failed.id}`)).toEqual({
      id: failed.id,
      status: 'FAILURE',
      ...facts,
      duplicates: null,
      platforms: null,
    });
    const { order, owner } = await waiting();
    expect(await requestJson(`/task-queue/status?task_id=${order.id}`)).toMatchObject({
      status: 'PENDING',
      started_at: null,
      finished_at: null,
      duration_ms: null,
      error: null,
    });
    await owner.cancel();
  });

  it.each([UNKNOWN, 'nonsense'])('answers 404 for a task that was never there: %s', async (id) => {
    for (const wait of ['', '&wait=20']) {
      const response = await request(`/task-queue/status?task_id=${id}${wait}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'task_not_found', detail: expect.stringContaining(id) });
    }
  });

  it.each(['', '?task_id=a&wait=31', '?task_id=a&wait=-1', '?task_id=a&wait=x'])('refuses %j', async (query) => {
    expect((await request(`/task-queue/status${query}`)).status).toBe(422);
  });

  it('knows a task that its owner has not copied to the history yet', async () => {
    const order = newOrder({ kind: 'replace' });
    await env.DB.exec('ALTER TABLE tasks RENAME TO away');
    await submitUnsent(order);
    await env.DB.exec('ALTER TABLE away RENAME TO tasks');
    expect(await requestJson(`/task-queue/status?task_id=${order.id}`)).toMatchObject({ id: order.id });
    await env.TASKS.getByName(order.id).cancel();
  });

  it('waits for the end of the task, when asked to', async () => {
    const { order, owner } = await waiting();
    const status = requestJson(`/task-queue/status?task_id=${order.id}&wait=20`);
    await owner.succeed(must(await owner.claim()).token, RESULT);
    expect(await status).toMatchObject({ status: 'SUCCESS' });
    expect(await requestJson(`/task-queue/status?task_id=${order.id}&wait=20`)).toMatchObject({ status: 'SUCCESS' });
    expect(await requestJson(`/task-queue/status?task_id=${done.id}&wait=20`)).toMatchObject({ status: 'SUCCESS' });
  });

  it('tells how it stands when the wait is over first', async () => {
    const { order, owner } = await waiting();
    const answer = await requestJson(`/task-queue/status?task_id=${order.id}&wait=0.01`);
    expect(answer).toMatchObject({ status: 'PENDING' });
    await owner.cancel();
  });

  it('follows an upload to its end with one request', async () => {
    const { task_id } = await accepted(await upload('halves', fixture('halves.png')));
    expect(await requestJson(`/task-queue/status?task_id=${task_id}&wait=30`)).toMatchObject({ status: 'SUCCESS' });
    expect((await request('/custom-emoji/halves')).status).toBe(200);
  });
});

describe('GET /task-queue/tasks', () => {
  it('lists all, newest first', async () => {
    expect(await listed('')).toEqual(['SUCCESS', 'REVOKED', 'FAILURE']);
    const { data } = await requestJson<Page>('/task-queue/tasks?state=FAILURE');
    expect(data).toEqual([{ id: failed.id, state: 'FAILURE', ...facts }]);
  });

  it('filters by one or several states', async () => {
    expect(await listed('state=REVOKED')).toEqual(['REVOKED']);
    expect(await listed('state=REVOKED&state=failure')).toEqual(['REVOKED', 'FAILURE']);
    expect(await listed('state=SUCCESS,FAILURE')).toEqual(['SUCCESS', 'FAILURE']);
    expect(await listed('state=PENDING')).toEqual([]);
    expect(await listed('state=&cursor=')).toEqual(['SUCCESS', 'REVOKED', 'FAILURE']);
  });

  it.each([
    ['kind=replace', ['REVOKED']],
    ['name=:TADA:', ['REVOKED', 'FAILURE']],
    ['name=tada&kind=create', ['FAILURE']],
    ['name=nobody', []],
    ['name=no%20name', []],
    // From is included, to is not; with any offset.
    ['from=2026-11-25T12:00:01Z', ['SUCCESS', 'REVOKED']],
    ['to=2026-11-25T12:00:01Z', ['FAILURE']],
    ['from=2026-11-25T13:00:01%2B01:00&to=2026-11-25T12:00:02.000Z', ['REVOKED']],
    ['reason=BROKEN', ['FAILURE']],
    ['reason=by%20a%20person', ['REVOKED']],
    ['reason=broken&state=REVOKED', []],
    ['reason=%25', []],
  ])('filters by ?%s', async (query, states) => {
    expect(await listed(query)).toEqual(states);
  });

  it.each([
    ['state=DONE', 'REVOKED'],
    ['kind=delete', 'create'],
    ['from=yesterday', 'write a time as 2026-11-25T08:00:00Z'],
    ['to=2026-11-25', 'write a time as'],
    ['reason=', 'reason'],
    ['sort=name', 'finished'],
  ])('refuses ?%s', async (query, detail) => {
    const response = await request(`/task-queue/tasks?${query}`);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining(detail) });
  });

  it.each([
    ['sort=newest', ['SUCCESS', 'REVOKED', 'FAILURE']],
    ['sort=oldest', ['FAILURE', 'REVOKED', 'SUCCESS']],
    ['sort=oldest&name=tada', ['FAILURE', 'REVOKED']],
    ['sort=finished', ['SUCCESS', 'REVOKED', 'FAILURE']],
    ['sort=finished&state=FAILURE,REVOKED,PENDING', ['REVOKED', 'FAILURE']],
    ['sort=finished&state=PENDING', []],
  ])('orders by ?%s', async (query, states) => {
    const { order } = await waiting();
    expect((await listed(query)).filter((state) => state !== 'PENDING')).toEqual(states);
    // One that waits is in none that has those that ended.
    expect((await listed(query)).includes('PENDING')).toBe(/^sort=(newest|oldest)$/.test(query));
    expect(order.emojiName).toBe('waiting');
  });

  it.each(['oldest', 'finished'])('goes on in the order of sort=%s, and with its cursors only', async (sort) => {
    const path = `/task-queue/tasks?sort=${sort}&limit=1`;
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page = await requestJson<Page>(`${path}&cursor=${cursor}`);
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    const [first, second, third] = sort === 'oldest' ? [failed, revoked, done] : [done, revoked, failed];
    expect(seen).toEqual([first?.id, second?.id, third?.id]);
    const { next_cursor } = await requestJson<Page>(path);
    for (const other of ['newest', 'oldest', 'finished'].filter((one) => one !== sort)) {
      const response = await request(`/task-queue/tasks?sort=${other}&cursor=${next_cursor}`);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: 'invalid_cursor' });
    }
  });

  it('goes on where the page before ended', async () => {
    const first = await requestJson<Page>('/task-queue/tasks?limit=2');
    expect(first.data.map(({ id }) => id)).toEqual([done.id, revoked.id]);
    const second = await requestJson<Page>(`/task-queue/tasks?limit=2&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ data: [{ id: failed.id }], next_cursor: null });
  });
});

describe('GET /task-queue/tasks/{id}', () => {
  it('tells the history', async () => {
    expect(await requestJson(`/task-queue/tasks/${failed.id}`)).toEqual({
      id: failed.id,
      state: 'FAILURE',
      ...facts,
      emoji_id: failed.emojiId,
      version: 1,
      rendering: { fit: 'contain', size: 100, background: null, matte: null },
      duplicates: null,
      outcome: null,
      platforms: null,
      progress: null,
      lease: null,
      next_message_at: null,
      source: null,
      image: null,
      history: [
        { state: 'PENDING', at: '2026-11-25T12:00:00.000Z', reason: null },
        { state: 'STARTED', at: '2026-11-25T12:00:00.500Z', reason: null },
        { state: 'FAILURE', at: '2026-11-25T12:00:00.750Z', reason: 'PNG: broken' },
      ],
      // Its owner has forgotten it.
      log: [],
    });
  });

  it('tells what was made, and how, step by step', async () => {
    const picture = fixture('moving-square.gif');
    const response = await request('/custom-emoji/emojis?name=moving&fit=cover&size=64&matte=%23ffffff', {
      method: 'POST',
      headers: { 'Content-Type': 'image/gif', 'X-Actor': 'ada' },
      body: picture,
    });
    const { task_id } = await accepted(response);
    await finished(task_id);
    const task = await requestJson<Detail>(`/task-queue/tasks/${task_id}`);
    expect(task).toMatchObject({
      actor: 'ada',
      version: 1,
      rendering: { fit: 'cover', size: 64, background: null, matte: '#ffffff' },
      queued_ms: expect.any(Number),
      lease: null,
      next_message_at: null,
    });
    const image = must(task.image);
    expect(image).toMatchObject({ url: `/custom-emoji/images/${image.hash}.gif`, frames: 3 });
    expect((await (await request(image.url)).bytes()).byteLength).toBe(image.bytes);
    // The third file is a still; the one of 64×64 is the emoji itself.
    const { renditions, id } = await requestJson<{ renditions: Record<string, { bytes: number }>; id: string }>(
      '/custom-emoji/emojis/moving/info',
    );
    expect(task.emoji_id).toBe(id);
    const stored = [image, renditions.gif128, renditions.png].reduce((sum, file) => sum + must(file).bytes, 0);
    const ms = expect.any(Number);
    expect(task.log.map(({ event, details }) => [event, details])).toEqual([
      ['accepted', { kind: 'create' }],
      ['message_sent', { sends: 1 }],
      ['claimed', { attempt: 1 }],
      ['upload_read', { bytes: picture.byteLength, ms }],
      ['rendered_and_stored', { frames: 3, bytes: stored, ms }],
      ['succeeded', {}],
    ]);
    const times = task.log.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
  });

  it('tells when the next message is due, and until when its renderer may take', async () => {
    const { order, owner } = await waiting();
    const detail = () => requestJson<Detail>(`/task-queue/tasks/${order.id}`);
    const sent = must((await owner.read())?.sendAt);
    expect(await detail()).toMatchObject({ state: 'PENDING', lease: null, next_message_at: isoOf(sent) });
    const { token } = must(await owner.claim());
    const { expiresAt } = must((await owner.read())?.lease);
    await expect.poll(detail).toMatchObject({
      state: 'STARTED',
      lease: { attempt: 1, expires_at: isoOf(expiresAt) },
      next_message_at: null,
      log: [{}, {}, { event: 'claimed' }],
    });
    expect(JSON.stringify(await detail())).not.toContain(token);
  });

  it('tells what the upload was found to be', async () => {
    const picture = fixture('moving-square.gif');
    const { task_id } = await accepted(await upload('moving', picture));
    await finished(task_id);
    expect(await requestJson(`/task-queue/tasks/${task_id}`)).toMatchObject({
      // 50×50, three frames of 50, 120 and 200 ms.
      source: { format: 'gif', bytes: picture.byteLength, width: 50, height: 50, frames: 3, duration_ms: 370 },
    });
  });

  it('tells how far a renderer is', async () => {
    const { order, owner } = await waiting();
    const { token } = must(await owner.claim());
    await owner.progress(token, { done: 3, of: 10 });
    // A start is seen a moment later: most renderings are over by then.
    await expect
      .poll(() => requestJson(`/task-queue/tasks/${order.id}`))
      .toMatchObject({ state: 'STARTED', progress: { done: 3, of: 10 } });
  });

  it('answers 404 for a task that was never there', async () => {
    expect((await request(`/task-queue/tasks/${UNKNOWN}`)).status).toBe(404);
  });
});

describe('POST /task-queue/tasks/{id}/cancel', () => {
  it('ends a task in PENDING, STARTED and RETRY, and frees its name', async () => {
    for (const state of ['PENDING', 'STARTED', 'RETRY']) {
      const { order, owner } = await waiting();
      const token = state === 'PENDING' ? '' : must(await owner.claim()).token;
      if (state === 'RETRY') await owner.retry(token, 'R2 is away');
      const response = await move(order.id, 'cancel');
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ id: order.id, state: 'REVOKED', emoji_name: 'waiting' });
      expect(await owner.succeed(token, RESULT)).toBe(false);
    }
  });

  it('refuses a task that has ended, with its state, and one that is not there', async () => {
    await expectState(await move(done.id, 'cancel'), 'SUCCESS');
    await expectState(await move(failed.id, 'cancel'), 'FAILURE');
    await expectState(await move(revoked.id, 'cancel'), 'REVOKED');
    expect((await move(UNKNOWN, 'cancel')).status).toBe(404);
  });
});

describe('POST /task-queue/tasks/{id}/retry', () => {
  it('renders the kept upload again', async () => {
    const { order, owner } = await waiting('again');
    await env.PICTURES.put(order.sourceKey, fixture('halves.png'));
    await owner.fail(must(await owner.claim()).token, FAILURE);
    expect((await request('/custom-emoji/again')).status).toBe(404);
    const response = await move(order.id, 'retry');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ state: 'PENDING', attempts: 0, error: null });
    // Its messages are lost still: somebody else renders it.
    await owner.succeed(must(await owner.claim()).token, RESULT);
    expect(await stateOf(order.id)).toBe('SUCCESS');
    expect((await d1TaskHistory(env.DB).find(order.id))?.history.map(({ reason }) => reason)).toEqual([
      null,
      null,
      'PNG: broken',
      'tried again by a person',
      null,
      null,
    ]);
  });

  it('does so for a task that its owner has forgotten, by the queue', async () => {
    await env.PICTURES.put(failed.sourceKey, fixture('halves.png'));
    expect((await move(failed.id, 'retry')).status).toBe(200);
    expect(await finished(failed.id)).toMatchObject({ status: 'SUCCESS', attempts: 1 });
    expect((await request('/custom-emoji/tada')).status).toBe(200);
  });

  it('refuses any other state, with it, a name that is taken by now, and a task that is not there', async () => {
    await expectState(await move(done.id, 'retry'), 'SUCCESS');
    const { order, owner } = await waiting('tada');
    await expectState(await move(order.id, 'retry'), 'PENDING');
    const response = await move(failed.id, 'retry');
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'name_taken' });
    expect(await stateOf(failed.id)).toBe('FAILURE');
    await owner.cancel();
    // The emoji that it was to replace is not there.
    const gone = await move(revoked.id, 'retry');
    expect(gone.status).toBe(404);
    expect(await gone.json()).toMatchObject({ code: 'emoji_not_found' });
    expect((await move(UNKNOWN, 'retry')).status).toBe(404);
  });
});

describe('moving many tasks', () => {
  it('only counts them, unless it is told to do it', async () => {
    expect(await moveMany('retry', '')).toEqual({
      dry_run: true,
      matched: 2,
      moved: [],
      refused: [],
      next_cursor: null,
    });
    expect(await moveMany('retry', 'state=FAILURE')).toMatchObject({ matched: 1 });
    expect(await moveMany('cancel', 'dry_run=true')).toMatchObject({ matched: 0 });
    expect(await listed('')).toEqual(['SUCCESS', 'REVOKED', 'FAILURE']);
  });

  it('moves those that match and can be moved, and tells of the others', async () => {
    await env.PICTURES.put(failed.sourceKey, fixture('halves.png'));
    const { moved, refused, ...rest } = await moveMany('retry', 'name=tada&dry_run=false');
    expect(rest).toEqual({ dry_run: false, next_cursor: null });
    expect(moved).toEqual([failed.id]);
    expect(refused).toMatchObject([{ id: revoked.id, code: 'emoji_not_found' }]);
    expect(await finished(failed.id)).toMatchObject({ status: 'SUCCESS' });
  });

  it('cancels by the same filter as the list', async () => {
    const orders = [(await waiting('a')).order, (await waiting('b')).order, (await waiting('c')).order];
    expect(await moveMany('cancel', 'name=b&dry_run=false')).toMatchObject({ moved: [orders[1]?.id] });
    const { moved } = await moveMany('cancel', 'dry_run=false');
    expect(moved.sort()).toEqual([orders[0]?.id, orders[2]?.id].sort());
    // Asked to cancel what has ended: refused one by one.
    const { refused } = await moveMany('cancel', 'state=SUCCESS&dry_run=false');
    expect(refused).toMatchObject([{ id: done.id, code: 'task_state' }]);
  });

  it.each(['dry_run=maybe', 'state=DONE', 'dry_run=false&cursor=abc', 'dry_run=false&sate=FAILURE'])(
    'refuses ?%s',
    async (query) => {
      expect((await post(`/task-queue/tasks/cancel?${query}`)).status).toBe(422);
    },
  );
});

describe('GET /task-queue/counts', () => {
  it('counts the tasks of each state', async () => {
    const none = Object.fromEntries(TASK_STATES.map((state) => [state, 0]));
    const expected = { ...none, SUCCESS: 1, FAILURE: 1, REVOKED: 1 };
    expect(await requestJson('/task-queue/counts')).toEqual(expected);
    const { order, owner } = await waiting();
    expect(await requestJson('/task-queue/counts')).toEqual({ ...expected, PENDING: 1 });
    await owner.cancel();
    expect(await requestJson('/task-queue/counts')).toEqual({ ...expected, REVOKED: 2 });
    expect(order.id).not.toBe('');
  });
});

describe('GET /task-queue/stats', () => {
  interface Stats {
    from: string;
    to: string;
    points: { at: string; accepted: number; succeeded: number; failed: number }[];
    totals: Record<string, unknown>;
  }

  it('tells of the last hour by minutes, and of the last day by quarters of an hour', async () => {
    // Those that are there by now ended days ago.
    const none = { accepted: 0, succeeded: 0, failed: 0, revoked: 0, queue_ms: null, render_ms: null };
    for (const [query, window, step, count] of [
      ['', 'hour', 60, 60],
      ['?window=hour', 'hour', 60, 60],
      ['?window=day', 'day', 900, 96],
    ] as const) {
      const stats = await requestJson<Stats>(`/task-queue/stats${query}`);
      expect(stats).toMatchObject({ window, step_seconds: step, totals: none, failures: [] });
      expect(stats.points).toEqual(
        Array.from({ length: count }, (_, i) => ({ at: isoOf(Date.parse(stats.from) + i * step * 1_000), ...none })),
      );
      expect(Date.parse(stats.to) - Date.parse(stats.from)).toBe(count * step * 1_000);
      const untilTheEnd = Date.parse(stats.to) - Date.now();
      expect(untilTheEnd).toBeLessThanOrEqual(step * 1_000);
      expect(untilTheEnd).toBeGreaterThan(-10_000);
    }
  });

  it('tells what came and ended, how long it took and why it failed', async () => {
    const picture = fixture('halves.png');
    for (const name of ['a', 'b']) await finished((await accepted(await upload(name, picture))).task_id);
    const broken = await finished((await accepted(await upload('broken', picture.subarray(0, 30)))).task_id);
    await (await waiting()).owner.cancel();
    const percentiles = { p50: expect.any(Number), p95: expect.any(Number) };
    for (const window of ['hour', 'day']) {
      const { points, ...stats } = await requestJson<Stats>(`/task-queue/stats?window=${window}`);
      expect(stats).toMatchObject({
        totals: { accepted: 4, succeeded: 2, failed: 1, revoked: 1, queue_ms: percentiles, render_ms: percentiles },
        failures: [{ code: broken.error?.code, count: 1 }],
      });
      // At most a step has begun since.
      const late = points.slice(-2);
      expect(late.reduce((sum, { accepted, succeeded, failed }) => sum + accepted + succeeded + failed, 0)).toBe(7);
    }
  });

  it('refuses another window', async () => {
    const response = await request('/task-queue/stats?window=week');
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining('day') });
  });
});

describe('GET /task-queue/consumer', () => {
  const consumer = () => requestJson<{ message: string; running: { id: string }[] }>('/task-queue/consumer');

  /** As if the task had waited for so long, and none had been started meanwhile. */
  async function letWait(id: string, milliseconds: number): Promise<void> {
    await env.DB.batch([
      env.DB.prepare('UPDATE tasks SET due_at = due_at - ? WHERE id = ?').bind(milliseconds, id),
      env.DB.prepare("UPDATE counters SET value = value - ? WHERE name = 'last_started_at'").bind(milliseconds),
    ]);
  }

  it('is idle with nothing to do', async () => {
    expect(await consumer()).toEqual({
      state: 'idle',
      message: 'Nothing to do: no task is waiting.',
      running: [],
      running_count: 0,
      waiting_count: 0,
      oldest_waiting_at: null,
      // Of the first: those of the next 10 s are not noted.
      last_started_at: isoOf(T0 + 500),
    });
  });

  it('works on what is rendered, and what has not waited for long', async () => {
    const { order, owner } = await waiting();
    expect(await consumer()).toMatchObject({
      state: 'working',
      message: expect.stringMatching(/^1 task is waiting, for \d s, and about to be started\.$/),
      waiting_count: 1,
      oldest_waiting_at: isoOf(must(await owner.read()).receivedAt),
    });
    const { token } = must(await owner.claim());
    await expect.poll(consumer).toMatchObject({
      state: 'working',
      message: '1 task is being rendered, and none is waiting.',
      running: [{ id: order.id, state: 'STARTED', emoji_name: 'waiting', queued_ms: expect.any(Number) }],
      running_count: 1,
      waiting_count: 0,
      oldest_waiting_at: null,
      last_started_at: isoOf(must((await owner.read())?.startedAt)),
    });
    const [second, third] = [await waiting('second'), await waiting('third')];
    expect(await consumer()).toMatchObject({
      state: 'working',
      message: expect.stringMatching(/^1 task is being rendered; 2 tasks are waiting, the first of them for \d s\.$/),
    });
    for (const { owner } of [second, third]) await owner.cancel();
    await owner.retry(token, 'R2 is away');
    expect(await consumer()).toMatchObject({
      state: 'idle',
      message: 'Nothing to do now: 1 task is waiting for the next attempt.',
      running: [],
      waiting_count: 1,
      oldest_waiting_at: null,
    });
  });

  it('is stalled when nobody takes what has waited for a minute, and says what to look at', async () => {
    const { order } = await waiting();
    await letWait(order.id, 50_000);
    expect(await consumer()).toMatchObject({ state: 'working' });
    await letWait(order.id, 100_000);
    const stalled = await consumer();
    expect(stalled).toMatchObject({ state: 'stalled', running: [], waiting_count: 1 });
    expect(stalled.message).toMatch(/^1 task is waiting, for 2 min, and none was started meanwhile\. /);
    expect(stalled.message).toContain('npx wrangler queues resume-delivery custom-emoji-render');
    expect(stalled.message).toContain('npx wrangler queues info custom-emoji-render');
  });

  it('takes no upload that broke off before it became a task for one that waits', async () => {
    const order = newOrder({ emojiName: 'broken-off', receivedAt: Date.now() - 120_000 });
    await d1EmojiCatalogue(env.DB).take(order);
    expect(await consumer()).toMatchObject({ state: 'idle', waiting_count: 0, oldest_waiting_at: null });
    // Others that wait behind it do.
    const other = await waiting();
    await letWait(other.order.id, 100_000);
    expect(await consumer()).toMatchObject({ state: 'stalled', waiting_count: 1 });
    await d1EmojiCatalogue(env.DB).release(order);
  });
});

describe('GET /task-queue/tasks/{id}/events', () => {
  const events = (id: string, headers: Record<string, string> = {}) =>
    request(`/task-queue/tasks/${id}/events`, { headers });
  const statesOf = (list: { data: string }[]) => list.map(({ data }) => JSON.parse(data).state);

  it('follows an upload to its end, as Server-Sent Events', async () => {
    const { task_id } = await accepted(await upload('halves', fixture('halves.png')));
    const response = await events(task_id);
    expect(response.headers.get('Content-Type')).toBe('text/event-stream');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(statesOf(await allEvents(response)).at(-1)).toBe('SUCCESS');
  });

  it('tells each change, and nothing more to a client that comes back after the end', async () => {
    const { order, owner } = await waiting();
    const response = await events(order.id);
    await owner.retry(must(await owner.claim()).token, 'R2 is away');
    await move(order.id, 'cancel');
    const seen = await allEvents(response);
    expect(statesOf(seen)).toEqual(['PENDING', 'STARTED', 'RETRY', 'REVOKED']);
    const last = must(seen.at(-1)).id ?? '';
    expect((await events(order.id, { 'Last-Event-ID': last })).status).toBe(204);
    // One that has missed the end is told.
    const before = must(seen.at(-2)).id ?? '';
    expect(statesOf(await allEvents(await events(order.id, { 'Last-Event-ID': before })))).toEqual(['REVOKED']);
  });

  it('tells the same by WebSocket', async () => {
    const { order, owner } = await waiting();
    const response = await events(order.id, { Upgrade: 'websocket' });
    expect(response.status).toBe(101);
    const follower = follow(response);
    await owner.succeed(must(await owner.claim()).token, RESULT);
    expect((await follower.closed).code).toBe(1000);
    expect(follower.messages.map(({ state }) => state)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
    // What it is told is what `GET` answers, but for what others have.
    const { duplicates, ...told } = await requestJson<{ duplicates: string[] }>(`/task-queue/tasks/${order.id}`);
    expect(follower.messages.at(-1)).toEqual(told);
    expect(duplicates).toEqual([]);
  });

  it('tells the end of a task that its owner has forgotten', async () => {
    expect(statesOf(await allEvents(await events(done.id)))).toEqual(['SUCCESS']);
    const follower = follow(await events(done.id, { Upgrade: 'websocket' }));
    expect((await follower.closed).code).toBe(1000);
    expect(follower.messages).toMatchObject([{ id: done.id, state: 'SUCCESS' }]);
  });

  it('tells how far a long animation is, while it is rendered', async () => {
    const { task_id } = await accepted(await upload('long', longAnimation(FRAMES)));
    const seen = (await allEvents(await events(task_id))).map(({ data }) => JSON.parse(data));
    expect(seen.at(-1)).toMatchObject({ state: 'SUCCESS', progress: null });
    const dones = seen.flatMap(({ progress }) => (progress ? [progress.done] : []));
    expect(dones.length).toBeGreaterThan(0);
    expect(dones).toEqual([...dones].sort((a, b) => a - b));
    for (const { progress } of seen) if (progress) expect(progress.of).toBe(FRAMES);
  });

  it('answers 404 for a task that was never there', async () => {
    expect((await events(UNKNOWN)).status).toBe(404);
    expect((await events(UNKNOWN, { Upgrade: 'websocket' })).status).toBe(404);
  });

  it('says so as a problem, too, of a task whose upload stopped before its owner accepted it', async () => {
    const half = taskIn('PENDING', T0);
    await recordTask(env.DB, half);
    const response = await events(half.id);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 404, code: 'task_not_found' });
    await d1EmojiCatalogue(env.DB).release(half);
  });
});

describe('GET /task-queue/events', () => {
  const feed = (after?: string) =>
    request('/task-queue/events', after === undefined ? {} : { headers: { 'Last-Event-ID': after } });

  /** The next events of a feed; the connection is then given up. */
  async function next(response: Response, count: number) {
    const seen: { id: string | null; task: { id: string; state: string } }[] = [];
    for await (const { event, id, data } of readEvents(response)) {
      expect(event).toBe('task');
      seen.push({ id, task: JSON.parse(data) });
      if (seen.length === count) break;
    }
    return seen;
  }

  it('begins now, and tells of each task that changes', async () => {
    const response = await feed();
    expect(response.headers.get('Content-Type')).toBe('text/event-stream');
    const { order, owner } = await waiting();
    await owner.cancel();
    const [{ task }] = (await next(response, 1)) as [Awaited<ReturnType<typeof next>>[number]];
    expect(task).toMatchObject({ id: order.id, state: 'REVOKED', emoji_name: 'waiting', error: null });
  });

  it('goes on after the last event that the client has seen', async () => {
    const all = await next(await feed('0'), 3);
    expect(all.map(({ task }) => task.id)).toEqual([failed.id, revoked.id, done.id]);
    const last = must(must(all.at(-1)).id);
    const { order, owner } = await waiting();
    await owner.cancel();
    const later = await next(await feed(last), 1);
    expect(later).toMatchObject([{ task: { id: order.id, state: 'REVOKED' } }]);
  });

  it('does not number an event before it has been told: a connection may break at any place', async () => {
    const response = await feed('0');
    let told = '';
    for await (const chunk of response.body ?? []) {
      told += new TextDecoder().decode(chunk);
      if (told.includes('data:')) break;
    }
    const numbers = [...told.slice(0, told.indexOf('data:')).matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
    expect(numbers).toEqual(['0']);
  });

  it('refuses what is no number of an event', async () => {
    for (const after of ['x', '-1', '1.5']) expect((await feed(after)).status).toBe(422);
  });
});

it('tells a failure of the database, not an empty feed', async () => {
  await env.DB.exec('ALTER TABLE counters RENAME TO away');
  expect((await request('/task-queue/events')).status).toBe(503);
  await env.DB.exec('ALTER TABLE away RENAME TO counters');
});

it.each([
  ['GET', `/task-queue/tasks/${UNKNOWN}/retry`, 'POST'],
  ['GET', `/task-queue/tasks/${UNKNOWN}/cancel`, 'POST'],
  ['DELETE', `/task-queue/tasks/${UNKNOWN}`, 'GET, HEAD'],
  ['POST', '/task-queue/counts', 'GET, HEAD'],
  ['POST', '/task-queue/events', 'GET, HEAD'],
  ['PUT', '/task-queue/sweep', 'POST'],
  ['POST', '/metrics', 'GET, HEAD'],
])('answers 405 to %s %s', async (method, path, allowed) => {
  const response = await request(path, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get('Allow')?.split(', ').sort().join(', ')).toBe(allowed);
});
