import { type RouteHandler, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { hashed } from '../../adapters/hashed.ts';
import type { Accepted } from '../../application/accept-upload.ts';
import { outcomeOf } from '../../application/imports/import-pack.ts';
import { fromDetails } from '../../application/imports/options.ts';
import { findImport, orderImport, runImport } from '../../application/imports/order-import.ts';
import { asEnded, countsSince, endsSince } from '../../application/imports/stopped-import.ts';
import { time } from '../../application/task-view.ts';
import type { ImportItem, ItemOutcome } from '../../domain/packs/import-item.ts';
import { DEFAULT_RENDERING } from '../../domain/rendering.ts';
import { principalOf } from '../access/principal.ts';
import { idempotency } from '../idempotency.ts';
import { notifyOf } from '../notify.ts';
import { decodeCursor, page } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { replayed } from '../replayed.ts';
import { readPack } from './read-pack.ts';
import type * as routes from './routes.ts';
import type { SHOWN_OUTCOMES } from './routes.ts';

export const orderHandler: RouteHandler<typeof routes.order, AppEnv> = async (c) => {
  const { fit, on_conflict: onConflict, dry_run } = c.req.valid('query');
  const headers = c.req.valid('header');
  const { picture, hash, skim } = hashed(readPack(c.req.raw));
  const upload = {
    picture,
    hash,
    rendering: { ...DEFAULT_RENDERING, fit },
    by: await principalOf(c),
    idempotency: idempotency(c.req.raw, headers['Idempotency-Key'], skim),
    notify: await notifyOf(c, headers),
  };
  const { origin } = new URL(c.req.url);
  const answer = await answerTo(c, orderImport(portsOf(c), upload, { onConflict, dryRun: dry_run === 'true', origin }));
  return c.json(answer.body, 202, answer.headers);
};

export const runHandler: RouteHandler<typeof routes.run, AppEnv> = async (c) => {
  const headers = c.req.valid('header');
  const request = {
    by: await principalOf(c),
    idempotency: idempotency(c.req.raw, headers['Idempotency-Key'], async () => ''),
    notify: await notifyOf(c, headers),
  };
  const { on_conflict: onConflict, dry_run } = c.req.valid('query');
  const wanted = { onConflict, dryRun: dry_run === 'true' };
  const answer = await answerTo(c, runImport(portsOf(c), c.req.valid('param').id, request, wanted));
  return c.json(answer.body, 202, answer.headers);
};

async function answerTo(c: Context<AppEnv>, accepting: Promise<Accepted>) {
  // A client that goes away must not stop it half way.
  c.executionCtx.waitUntil(accepting.catch(() => {}));
  const accepted = await accepting;
  const { taskId } = accepted;
  return {
    body: {
      task_id: taskId,
      status: 'PENDING' as const,
      kind: 'import' as const,
      status_url: `/task-queue/status?task_id=${taskId}`,
      import_url: `/custom-emoji/imports/${taskId}`,
    },
    headers: { Location: `/task-queue/tasks/${taskId}`, ...replayed(accepted) },
  };
}

export const fetchHandler: RouteHandler<typeof routes.fetchImport, AppEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const task = await findImport(portsOf(c), id, await principalOf(c));
  const outcome = outcomeOf(task.outcome, fromDetails(task.details));
  return c.json(
    {
      id,
      state: task.state,
      ...outcome,
      counts: (await countsSince(portsOf(c).importItems, task)) ?? outcome.counts,
      error: task.failure,
      task_url: `/task-queue/tasks/${id}`,
      items_url: `/custom-emoji/imports/${id}/items`,
      received_at: time(task.receivedAt),
      finished_at: task.finishedAt === null ? null : time(task.finishedAt),
    },
    200,
  );
};

const Position = z.tuple([z.int().min(0)]);

export const itemsHandler: RouteHandler<typeof routes.items, AppEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const { outcome, limit, cursor } = c.req.valid('query');
  const [after] = decodeCursor(cursor, Position) ?? [0];
  const { importItems } = portsOf(c);
  const task = await findImport(portsOf(c), id, await principalOf(c));
  const ends = await endsSince(importItems, task);
  const outcomes: ItemOutcome[] = outcome === undefined ? [] : asNoted(outcome, ends.size > 0);
  const found = await importItems.list(id, { outcomes, after, limit: limit + 1 });
  const { items, nextCursor } = page(found, limit, ({ number }) => [number]);
  // There may be less on a page than was asked for: those that wait only as it is noted.
  const data = items.map((item) => viewItem(asEnded(item, ends)));
  const isAskedFor = (item: (typeof data)[number]) => outcome === undefined || item.outcome === outcome;
  return c.json({ data: data.filter(isAskedFor), next_cursor: nextCursor }, 200);
};

/** How items may be noted that are shown with an outcome. */
function asNoted(outcome: (typeof SHOWN_OUTCOMES)[number], someHaveEnded: boolean): ItemOutcome[] {
  if (outcome === 'waiting') return ['waiting', 'ordering'];
  return someHaveEnded && (outcome === 'done' || outcome === 'failed') ? [outcome, 'waiting'] : [outcome];
}

function viewItem({ number, path, name, finalName, action, outcome, taskId, error, leftOut }: ImportItem) {
  return {
    number,
    path,
    name,
    final_name: finalName,
    action,
    outcome: outcome === 'ordering' ? ('waiting' as const) : outcome,
    task_id: outcome === 'ordering' ? null : taskId,
    error,
    left_out: leftOut,
  };
}
