import type { Principal } from '../domain/access.ts';
import type { Emoji } from '../domain/emoji.ts';
import { fitName, isNameFit } from '../domain/platforms/name.ts';
import { PLATFORMS } from '../domain/platforms/table.ts';
import type { PublicationOrder } from '../domain/publishing/publication.ts';
import type { Target } from '../domain/publishing/target.ts';
import { Refusal } from '../domain/refusal.ts';
import { DEFAULT_RENDERING } from '../domain/rendering.ts';
import type { JsonObject } from '../domain/task.ts';
import { type Accepted, acceptRendering, type RenderRequest, sourceKeyOf, type UploadPorts } from './accept-upload.ts';
import { checkOwner, emojiNotFound, lookUpEmoji } from './find-emoji.ts';
import type { Targets } from './publishing-ports.ts';
import { findTarget } from './targets.ts';

/** What a publication needs to know beside its emoji. */
export interface PublicationDetails extends Pick<PublicationOrder, 'name' | 'replace'> {
  targetId: string;
  /** What it was called then, for people. */
  target: string;
  /** The origin of this service, as whoever ordered it wrote it. */
  service: string;
}

export interface PublicationRequest extends Pick<RenderRequest, 'by' | 'idempotency'> {
  target: string;
  /** What the emoji is to be called there; null for its own name, made to fit. */
  as: string | null;
  /** Whether another picture that is there under that name is to be replaced. */
  replace: boolean;
  service: URL;
  /** Whether anybody can fetch pictures from this service. */
  isPublic: boolean;
}

/**
 * Orders that an emoji is sent to a target.
 *
 * @param written the name as a person wrote it
 * @throws Refusal when there is no such emoji or target, the name does not fit, it is not his and something is to be
 * replaced, the platform could not fetch it, or a quota is exceeded
 */
export async function orderPublication(
  ports: UploadPorts & { targets: Targets },
  written: string,
  request: PublicationRequest,
): Promise<Accepted> {
  const { catalogue, targets } = ports;
  const { by, idempotency } = request;
  return acceptRendering(
    ports,
    { rendering: DEFAULT_RENDERING, by, idempotency },
    {
      adds: { emojis: 0, bytes: 0, tasks: 1 },
      async check() {
        const target = await findTarget(targets, request.target);
        detailsOf(request, target, await shown(ports, written));
      },
      async enlist(task, charge) {
        const target = await findTarget(targets, request.target);
        const emoji = await shown(ports, written);
        const { targetId, name, replace, service } = detailsOf(request, target, emoji);
        const details: JsonObject = { targetId, target: target.name, name, replace, service };
        const emojiIds = { emojiId: emoji.id, emojiName: emoji.name };
        // Of no picture: nothing that is ordered for the emoji comes before or after it.
        const order = { ...task, ...emojiIds, kind: 'publish' as const, version: 0, details };
        await catalogue.count(order, task.receivedAt, charge);
        return { ...order, sourceKey: sourceKeyOf(task.id), sourceHash: null };
      },
      delist: (id) => catalogue.withdraw({ id, emojiId: '', actor: by.name }),
    },
  );
}

async function shown({ catalogue }: UploadPorts, written: string): Promise<Emoji> {
  const { outcome, emoji } = await lookUpEmoji(catalogue, written);
  if (outcome === 'renamed') throw emojiNotFound(written, emoji.name);
  return emoji;
}

/** @throws Refusal `name_not_fit`, `service_not_public`, `emoji_not_yours` */
function detailsOf(
  { by, as, replace, service, isPublic }: PublicationRequest,
  target: Target,
  emoji: Emoji,
): PublicationDetails {
  const { title, name: rule } = PLATFORMS[target.platform];
  const name = as ?? fitName(emoji.name, rule);
  if (!isNameFit(name, rule)) {
    throw new Refusal('name_not_fit', `${title} takes no emoji called "${name}": names are ${rule.words}.`);
  }
  if (target.platform === 'slack' && !isPublic) {
    throw new Refusal(
      'service_not_public',
      `Slack fetches the picture itself, and cannot reach this service: it shows emoji to nobody who is not signed in, or ` +
        `${service.origin} is no address on the internet. Export a pack for Slack instead.`,
    );
  }
  if (replace) checkOwner(by, emoji);
  return { targetId: target.id, target: target.name, name, replace: replaceOf(by, replace), service: service.origin };
}

/** Who may change the emoji of all may replace those of others there too. */
function replaceOf(by: Principal, replace: boolean): PublicationOrder['replace'] {
  if (!replace) return 'no';
  return by.scopes.has('emoji:admin') ? 'any' : 'own';
}
