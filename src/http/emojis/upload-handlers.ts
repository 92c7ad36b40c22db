import type { RouteHandler, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { hashed } from '../../adapters/hashed.ts';
import type { Accepted, RenderRequest, Upload } from '../../application/accept-upload.ts';
import { createEmoji } from '../../application/create-emoji.ts';
import { sameUploads } from '../../application/find-duplicates.ts';
import { replaceImage } from '../../application/replace-image.ts';
import { rerenderEmoji } from '../../application/rerender-emoji.ts';
import { judgeName } from '../../domain/platforms/verdict.ts';
import type { Rendering } from '../../domain/rendering.ts';
import { principalOf } from '../access/principal.ts';
import { idempotency } from '../idempotency.ts';
import { notifyOf } from '../notify.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { preconditionOf } from '../preconditions.ts';
import { replayed } from '../replayed.ts';
import { readUpload } from '../upload.ts';
import { isByUrl, readPictureUrl } from '../upload-by-url.ts';
import type { OrderHeaders, RenderingQuery, replace, rerender, upload } from './upload-routes.ts';
import { emojiUrl } from './urls.ts';

export const uploadHandler: RouteHandler<typeof upload, AppEnv> = async (c) => {
  const { name, ...rendering } = c.req.valid('query');
  const sent = await readSent(c, c.req.valid('header'), rendering);
  const { body, headers } = await answerTo(c, (meanwhile) => createEmoji(portsOf(c), name, { ...sent, meanwhile }));
  return c.json(body, 202, headers);
};

export const replaceHandler: RouteHandler<typeof replace, AppEnv> = async (c) => {
  const headers = c.req.valid('header');
  const sent = await readSent(c, headers, c.req.valid('query'));
  const answer = await answerTo(c, (meanwhile) =>
    replaceImage(portsOf(c), c.req.valid('param').name, { ...sent, meanwhile }, preconditionOf(headers)),
  );
  return c.json(answer.body, 202, answer.headers);
};

export const rerenderHandler: RouteHandler<typeof rerender, AppEnv> = async (c) => {
  const headers = c.req.valid('header');
  const sent = {
    rendering: renderingOf(c.req.valid('query')),
    by: await principalOf(c),
    idempotency: idempotency(c.req.raw, headers['Idempotency-Key'], async () => ''),
    notify: await notifyOf(c, headers),
    cleared: c.get('noted'),
  };
  const answer = await answerTo(c, (meanwhile) =>
    rerenderEmoji(portsOf(c), c.req.valid('param').name, { ...sent, meanwhile }, preconditionOf(headers)),
  );
  return c.json(answer.body, 202, answer.headers);
};

async function readSent(
  c: Context<AppEnv>,
  headers: z.infer<typeof OrderHeaders>,
  query: RenderingQuery,
): Promise<Upload> {
  const request = c.req.raw;
  const ports = portsOf(c);
  // A URL says what is wanted: to know it again, nothing is fetched.
  const at = isByUrl(request) ? await readPictureUrl(request, ports.isLocal) : null;
  const sent = at
    ? { picture: ports.pictureFetcher.fetch(at.url, new URL(request.url)), notify: () => at.notify }
    : readUpload(request);
  const { picture, hash, skim } = hashed(sent.picture);
  return {
    picture,
    hash,
    rendering: renderingOf(query),
    by: await principalOf(c),
    idempotency: idempotency(request, headers['Idempotency-Key'], at ? async () => at.url.href : skim),
    notify: await notifyOf(c, headers, sent.notify),
    cleared: c.get('noted'),
  };
}

function renderingOf({ fit, size, background, matte }: RenderingQuery): Rendering {
  return { fit, size, background: background ?? null, matte: matte ?? null };
}

async function answerTo(
  c: Context<AppEnv>,
  accept: (meanwhile: NonNullable<RenderRequest['meanwhile']>) => Promise<Accepted>,
) {
  const duplicates: string[] = [];
  const accepting = accept(async (accepted) => {
    duplicates.push(...(await sameUploads(portsOf(c), accepted)));
  });
  // A client that goes away must not stop it half way, between the name and the task.
  c.executionCtx.waitUntil(accepting.catch(() => {}));
  const accepted = await accepting;
  const { taskId, name } = accepted;
  return {
    body: {
      task_id: taskId,
      status: 'PENDING' as const,
      name,
      status_url: `/task-queue/status?task_id=${taskId}`,
      emoji_url: emojiUrl(name),
      duplicates,
      platforms: judgeName(name).map(({ platform, outcome, broken, fix }) => ({
        platform,
        outcome,
        broken,
        name: fix?.name ?? name,
      })),
    },
    headers: { Location: `/task-queue/tasks/${taskId}`, ...replayed(accepted) },
  };
}
