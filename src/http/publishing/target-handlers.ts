import { type RouteHandler, z } from '@hono/zod-openapi';
import { addTarget, changeSecret, checkTarget, deleteTarget, findTarget } from '../../application/targets.ts';
import { time } from '../../application/task-view.ts';
import { serverUrl } from '../../domain/public-url.ts';
import type { Target } from '../../domain/publishing/target.ts';
import { principalOf } from '../access/principal.ts';
import { decodeCursor, page } from '../pages.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import type * as routes from './target-routes.ts';

export const createTargetHandler: RouteHandler<typeof routes.createTarget, AppEnv> = async (c) => {
  const { name, platform, secret, ...where } = c.req.valid('json');
  const by = await principalOf(c);
  const ports = portsOf(c);
  const given = {
    name,
    platform,
    url: 'url' in where ? serverOf(serverUrl(where.url, new URL(c.req.url), ports.isLocal)) : null,
    guildId: 'guild_id' in where ? where.guild_id : null,
    email: 'email' in where ? where.email : null,
    createdBy: by.name,
  };
  return c.json(viewTarget(await addTarget(ports, given, secret, Date.now())), 201);
};

/** What paths of the API are put behind. */
const serverOf = ({ origin, pathname }: URL): string => origin + pathname.replace(/\/+$/, '');

const Position = z.tuple([z.string()]).transform(([name]) => name);

export const listTargetsHandler: RouteHandler<typeof routes.listTargets, AppEnv> = async (c) => {
  const { limit, cursor } = c.req.valid('query');
  const found = await portsOf(c).targets.list({ after: decodeCursor(cursor, Position), limit: limit + 1 });
  const { items, nextCursor } = page(found, limit, ({ name }) => [name]);
  return c.json({ data: items.map(viewTarget), next_cursor: nextCursor }, 200);
};

export const showTargetHandler: RouteHandler<typeof routes.showTarget, AppEnv> = async (c) =>
  c.json(viewTarget(await findTarget(portsOf(c).targets, c.req.valid('param').target)), 200);

export const changeTargetHandler: RouteHandler<typeof routes.changeTarget, AppEnv> = async (c) => {
  const { secret } = c.req.valid('json');
  return c.json(viewTarget(await changeSecret(portsOf(c), c.req.valid('param').target, secret)), 200);
};

export const deleteTargetHandler: RouteHandler<typeof routes.deleteTarget, AppEnv> = async (c) => {
  await deleteTarget(portsOf(c).targets, c.req.valid('param').target);
  return c.body(null, 204);
};

export const checkTargetHandler: RouteHandler<typeof routes.checkTarget, AppEnv> = async (c) => {
  const { origin } = new URL(c.req.url);
  const { account, failure } = await checkTarget(portsOf(c), c.req.valid('param').target, origin);
  return c.json({ account, error: failure }, 200);
};

function viewTarget({ name, platform, url, guildId, email, createdAt, createdBy, pausedUntil }: Target) {
  return {
    name,
    platform,
    url,
    guild_id: guildId,
    email,
    created_at: time(createdAt),
    created_by: createdBy,
    paused_until: pausedUntil > Date.now() ? time(pausedUntil) : null,
  };
}
