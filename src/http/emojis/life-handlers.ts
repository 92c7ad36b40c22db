import { type RouteHandler, z } from '@hono/zod-openapi';
import { changeEmoji } from '../../application/change-emoji.ts';
import { deleteEmoji } from '../../application/delete-emoji.ts';
import { describeEmoji, emojiHistory } from '../../application/describe-emoji.ts';
import type { DeletedPosition } from '../../application/ports.ts';
import { restoreEmoji } from '../../application/restore-emoji.ts';
import { maySeePeople } from '../../domain/access.ts';
import { type EmojiRevision, KEEP_DELETED_MS } from '../../domain/emoji.ts';
import { principalOf } from '../access/principal.ts';
import { BY_VIEWER, CACHE } from '../cache.ts';
import { decodeCursor, page } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { etagFor, etagOf, preconditionOf } from '../preconditions.ts';
import { HttpError } from '../problems.ts';
import type * as routes from './life-routes.ts';
import { viewDeleted, viewDetails, viewEvent } from './life-views.ts';
import { sendToPresentName } from './renamed.ts';
import { hasAlready } from './stored-picture.ts';

/** What the answer to a change says of the emoji. */
const changed = (emoji: EmojiRevision) => ({ ETag: etagOf(emoji), 'Cache-Control': CACHE.newRevision });

export const changeHandler: RouteHandler<typeof routes.change, AppEnv> = async (c) => {
  const headers = c.req.valid('header');
  if (headers['If-Match'] === undefined) {
    throw new HttpError(
      'precondition_required',
      'Send If-Match with the ETag of the emoji as you have seen it, so that you undo nothing that you have not. `GET …/info` tells it.',
    );
  }
  const { name } = c.req.valid('param');
  const patch = c.req.valid('json');
  const emoji = await changeEmoji(portsOf(c), name, patch, preconditionOf(headers), await principalOf(c));
  return c.json(viewDetails(emoji), 200, changed(emoji));
};

export const deleteHandler: RouteHandler<typeof routes.remove, AppEnv> = async (c) => {
  const headers = c.req.valid('header');
  const { name } = c.req.valid('param');
  const deleted = await deleteEmoji(portsOf(c), name, preconditionOf(headers), await principalOf(c));
  return c.json(viewDeleted(deleted), 200, changed(deleted));
};

export const restoreHandler: RouteHandler<typeof routes.restore, AppEnv> = async (c) => {
  const headers = c.req.valid('header');
  const { name } = c.req.valid('param');
  const { id = null, as = null } = c.req.valid('query');
  const restored = await restoreEmoji(portsOf(c), name, { id, as }, preconditionOf(headers), await principalOf(c));
  const { emoji, leftOut } = restored;
  return c.json({ ...viewDetails(emoji), left_out: leftOut }, 200, changed(emoji));
};

const BinPosition = z
  .tuple([z.int(), z.int()])
  .transform(([deletedAt, number]): DeletedPosition => ({ deletedAt, number }));

export const binHandler: RouteHandler<typeof routes.bin, AppEnv> = async (c) => {
  const { limit, cursor } = c.req.valid('query');
  const after = decodeCursor(cursor, BinPosition);
  const since = Date.now() - KEEP_DELETED_MS;
  const by = await principalOf(c);
  const owner = by.scopes.has('emoji:admin') ? null : by.name;
  const found = await portsOf(c).life.deleted(since, owner, { after, limit: limit + 1 });
  const { items, nextCursor } = page(found, limit, ({ deletedAt, number }) => [deletedAt, number]);
  return c.json({ data: items.map(viewDeleted), next_cursor: nextCursor }, 200);
};

export const infoHandler: RouteHandler<typeof routes.info, AppEnv> = async (c) => {
  const { outcome, emoji, events } = await describeEmoji(portsOf(c).life, c.req.valid('param').name);
  if (outcome === 'renamed') return sendToPresentName(c, emoji, '/info');
  const by = await principalOf(c);
  const validators = { ETag: etagFor(by, etagOf(emoji)), 'Cache-Control': CACHE.revision, ...BY_VIEWER };
  if (hasAlready(c, validators.ETag)) return c.body(null, 304, validators);
  if (maySeePeople(by)) {
    return c.json({ ...viewDetails(emoji), history: events.map(viewEvent) }, 200, validators);
  }
  return c.json({ ...viewDetails(emoji), owner: null, history: [] }, 200, validators);
};

const HistoryPosition = z.tuple([z.int()]).transform(([id]) => id);

export const historyHandler: RouteHandler<typeof routes.history, AppEnv> = async (c) => {
  const { limit, cursor } = c.req.valid('query');
  const before = decodeCursor(cursor, HistoryPosition);
  const { life } = portsOf(c);
  const { outcome, emoji, events } = await emojiHistory(life, c.req.valid('param').name, { before, limit: limit + 1 });
  if (outcome === 'renamed') return sendToPresentName(c, emoji, '/history', new URL(c.req.url).search);
  const { items, nextCursor } = page(events, limit, ({ id }) => [id]);
  return c.json({ data: items.map(viewEvent), next_cursor: nextCursor }, 200);
};
