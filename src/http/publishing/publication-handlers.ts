import type { RouteHandler } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isPrivate } from '../../adapters/settings.ts';
import type { Accepted } from '../../application/accept-upload.ts';
import { lookUpEmoji } from '../../application/find-emoji.ts';
import { orderPublication, type PublicationRequest } from '../../application/order-publication.ts';
import { findTarget } from '../../application/targets.ts';
import { time } from '../../application/task-view.ts';
import { isPublicServer } from '../../domain/public-url.ts';
import { Refusal } from '../../domain/refusal.ts';
import { principalOf } from '../access/principal.ts';
import { idempotency } from '../idempotency.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import type * as routes from './publication-routes.ts';

export const publishHandler: RouteHandler<typeof routes.publish, AppEnv> = async (c) => {
  const { target, name: as = null, replace } = c.req.valid('json');
  const key = c.req.valid('header')['Idempotency-Key'];
  const sent = JSON.stringify([target, as, replace]);
  const request = {
    ...(await requestOf(c)),
    target,
    as,
    replace,
    idempotency: idempotency(c.req.raw, key, async () => sent),
  };
  const body = await answerTo(c, orderPublication(portsOf(c), c.req.valid('param').name, request));
  return c.json(body, 202, { Location: `/task-queue/tasks/${body.task_id}` });
};

export const publishManyHandler: RouteHandler<typeof routes.publishMany, AppEnv> = async (c) => {
  const { target, names, replace } = c.req.valid('json');
  await findTarget(portsOf(c).targets, target);
  const request = { ...(await requestOf(c)), target, as: null, replace, idempotency: null };
  const tasks: Awaited<ReturnType<typeof answerTo>>[] = [];
  const refused: { name: string; code: string; message: string }[] = [];
  // One after the other: they count for the same quota.
  for (const name of new Set(names)) {
    try {
      tasks.push(await answerTo(c, orderPublication(portsOf(c), name, request)));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push({ name, code: error.code, message: error.message });
    }
  }
  return c.json({ tasks, refused }, 202);
};

export const publicationsHandler: RouteHandler<typeof routes.publications, AppEnv> = async (c) => {
  const { life, publications } = portsOf(c);
  const { emoji } = await lookUpEmoji(life, c.req.valid('param').name);
  const found = await publications.ofEmoji(emoji.id);
  const view = found.flatMap(({ target, name, taskId, published }) =>
    published === null
      ? []
      : [
          {
            target: target.name,
            platform: target.platform,
            name,
            platform_id: published.platformId,
            hash: published.hash,
            published_at: time(published.at),
            task_id: taskId,
          },
        ],
  );
  return c.json({ name: emoji.name, publications: view }, 200);
};

async function requestOf(c: Context<AppEnv>): Promise<Pick<PublicationRequest, 'by' | 'service' | 'isPublic'>> {
  const service = new URL(new URL(c.req.url).origin);
  return { by: await principalOf(c), service, isPublic: !isPrivate(c.env) && isPublicServer(service) };
}

async function answerTo(c: Context<AppEnv>, ordering: Promise<Accepted>) {
  // A client that goes away must not stop it half way.
  c.executionCtx.waitUntil(ordering.catch(() => {}));
  const { taskId, name } = await ordering;
  return {
    task_id: taskId,
    status: 'PENDING' as const,
    kind: 'publish' as const,
    name,
    status_url: `/task-queue/status?task_id=${taskId}`,
  };
}
