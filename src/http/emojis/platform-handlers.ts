import type { RouteHandler } from '@hono/zod-openapi';
import { emojiTag } from '../../adapters/edge-cache.ts';
import { lookUpEmoji } from '../../application/find-emoji.ts';
import { type Fitted, findFitted } from '../../application/find-fitted.ts';
import type { OpenFile } from '../../application/ports.ts';
import type { EmojiDetails, PictureType } from '../../domain/emoji.ts';
import type { FitFacts } from '../../domain/platforms/budget.ts';
import { fitName } from '../../domain/platforms/name.ts';
import type { PlatformRules, Source } from '../../domain/platforms/rules.ts';
import { PLATFORMS } from '../../domain/platforms/table.ts';
import { judge, offerOf, type Verdict } from '../../domain/platforms/verdict.ts';
import { CACHE } from '../cache.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import { attachment } from './attachment.ts';
import { IMAGE_NAME, imageNotFound } from './picture-handlers.ts';
import type * as routes from './platform-routes.ts';
import { sendToPresentName } from './renamed.ts';
import { hasAlready, pictureHeaders } from './stored-picture.ts';
import { platformUrl } from './urls.ts';

/** Seconds after which a picture that is being made is most likely there. */
const RETRY_AFTER = '2';

export const platformsHandler: RouteHandler<typeof routes.platforms, AppEnv> = async (c) => {
  const { outcome, emoji } = await lookUpEmoji(portsOf(c).life, c.req.valid('param').name);
  if (outcome === 'renamed') return sendToPresentName(c, emoji, '/platforms');
  const platforms = judge(offerOf(emoji)).map((verdict) => viewVerdict(emoji, verdict));
  return c.json({ name: emoji.name, platforms }, 200);
};

export const forPlatformHandler: RouteHandler<typeof routes.forPlatform, AppEnv> = async (c) => {
  const { name, platform } = c.req.valid('param');
  const ports = portsOf(c);
  const { outcome, emoji } = await lookUpEmoji(ports.life, name);
  if (outcome === 'renamed') return sendToPresentName(c, emoji, `/for/${platform}`, new URL(c.req.url).search);
  const found = await findFitted(ports, emoji, platform, c.req.valid('query').wait * 1_000);
  if (found.outcome === 'ordered') {
    return c.json({ status: 'PENDING' as const, url: platformUrl(emoji.name, platform) }, 202, {
      'Retry-After': RETRY_AFTER,
    });
  }
  const file = fileOf(ports, emoji, found);
  const etag = `"${file.hash}"`;
  const validators = { ETag: etag, 'Cache-Control': CACHE.namedPicture, 'Cache-Tag': emojiTag(emoji.id) };
  if (hasAlready(c, etag)) return c.body(null, 304, validators);
  const headers = {
    ...validators,
    ...pictureHeaders(file),
    'Content-Disposition': attachment(fitName(emoji.name, PLATFORMS[platform].name), file.type),
    'Emoji-Fit': file.fit,
  };
  // A HEAD request is answered without reading the picture.
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  const opened = await file.open();
  if (opened === null) throw new Error(`the picture ${file.hash} of "${emoji.name}" is not in storage`);
  return c.body(opened.body, 200, headers);
};

/** Serves what was made for a platform, from storage alone. */
export const fittedHandler: RouteHandler<typeof routes.fetchFitted, AppEnv> = async (c) => {
  const { fitted } = portsOf(c);
  const [, key = '', type] = IMAGE_NAME.exec(c.req.valid('param').file) ?? [];
  const file = await fitted.find(key);
  if (file === null || 'failure' in file || file.facts.type !== type) throw imageNotFound();
  const { bytes, facts } = file;
  const headers = { ETag: `"${facts.hash}"`, 'Cache-Control': CACHE.immutable, ...pictureHeaders({ ...facts, bytes }) };
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  const opened = await fitted.open(key);
  if (opened === null) throw imageNotFound();
  return c.body(opened.body, 200, headers);
};

interface File {
  hash: string;
  bytes: number;
  type: PictureType;
  /** What was given up. */
  fit: string;
  open(): Promise<OpenFile | null>;
}

function fileOf(
  { images, fitted }: Pick<ReturnType<typeof portsOf>, 'images' | 'fitted'>,
  { rendering }: EmojiDetails,
  found: Exclude<Fitted, { outcome: 'ordered' }>,
): File {
  if (found.outcome === 'made') {
    const { bytes, facts } = found.file;
    return { ...facts, bytes, fit: viewFit(facts), open: () => fitted.open(found.key) };
  }
  const { hash, bytes, type, side, rendition } = found.picture;
  const isSizeKnown = rendering !== null || rendition === 'gif64' || rendition === 'gif128';
  const fit = isSizeKnown ? `size=${side}, stored` : 'stored';
  return { hash, bytes, type, fit, open: () => images.get(hash, type) };
}

function viewFit({ size, colours, lossy, frames, of }: FitFacts): string {
  const palette = colours === null ? '' : `colours=${colours}, lossy=${lossy}, `;
  return `size=${size}, ${palette}frames=${frames}, of=${of}`;
}

function viewVerdict(emoji: EmojiDetails, { platform, outcome, broken, fix }: Verdict) {
  const rules: PlatformRules = PLATFORMS[platform];
  const { title, name, pixels, bytes, frames, formats, animation } = rules;
  return {
    platform,
    title,
    outcome,
    broken,
    fix: fix && { name: fix.name, picture: fix.picture && viewPicture(fix.picture) },
    url: outcome === 'impossible' ? null : platformUrl(emoji.name, platform),
    rules: {
      name: {
        ...viewRule(name),
        pattern: name.pattern.source,
        reserved: name.reserved && viewRule(name.reserved),
      },
      pixels: viewRule(pixels),
      bytes: viewRule(bytes),
      frames: viewRule(frames),
      formats: { ...viewRule(formats), allowed: [...formats.allowed] },
      animation: { ...viewRule(animation), allowed: [...animation.allowed] },
    },
  };
}

function viewPicture(picture: Exclude<NonNullable<Verdict['fix']>['picture'], null>) {
  return { rendition: picture === 'fitted' ? null : picture };
}

function viewRule<Rule extends { source: Source }>({ source, ...rule }: Rule) {
  return { ...rule, source: source.url, checked: source.checked };
}
