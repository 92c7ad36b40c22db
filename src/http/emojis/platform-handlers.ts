import type { RouteHandler } from '@hono/zod-openapi';
import { lookUpEmoji } from '../../application/find-emoji.ts';
import type { PlatformRules, Source } from '../../domain/platforms/rules.ts';
import { PLATFORMS } from '../../domain/platforms/table.ts';
import { judge, offerOf, type Verdict } from '../../domain/platforms/verdict.ts';
import { type AppEnv, portsOf } from '../ports.ts';
import type * as routes from './platform-routes.ts';
import { sendToPresentName } from './renamed.ts';

export const platformsHandler: RouteHandler<typeof routes.platforms, AppEnv> = async (c) => {
  const { outcome, emoji } = await lookUpEmoji(portsOf(c).catalogue, c.req.valid('param').name);
  if (outcome === 'renamed') return sendToPresentName(c, emoji, '/platforms');
  return c.json({ name: emoji.name, platforms: judge(offerOf(emoji)).map(viewVerdict) }, 200);
};

function viewVerdict({ platform, outcome, broken, fix }: Verdict) {
  const rules: PlatformRules = PLATFORMS[platform];
  const { title, name, pixels, bytes, frames, formats, animation } = rules;
  return {
    platform,
    title,
    outcome,
    broken,
    fix: fix && { name: fix.name, picture: fix.picture && viewPicture(fix.picture) },
    rules: {
      name: { ...viewRule(name), pattern: name.pattern.source },
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
