import type { EmojiDetails, StoredPicture } from '../domain/emoji.ts';
import { type Budget, budgetFor, type FitFacts, type FitOrder } from '../domain/platforms/budget.ts';
import { PLATFORMS, type PlatformId } from '../domain/platforms/table.ts';
import { largestFit, type OfferedPicture, offerOf } from '../domain/platforms/verdict.ts';
import { Refusal } from '../domain/refusal.ts';
import { DEFAULT_RENDERING } from '../domain/rendering.ts';
import { originalNotFound, originalOf, pictureOf } from './find-picture.ts';
import type { FitQueue, FittedFile, FittedStore, SourceStore } from './ports.ts';
import { sha256 } from './sha256.ts';

interface Ports {
  sources: SourceStore;
  fitted: FittedStore;
  fitQueue: FitQueue;
}

/** Rises when the image library makes something else of the same: what was kept before is forgotten. */
const FITTER = 1;

/** An order that nothing came of for so long was lost, and is given again. */
const ORDER_AGAIN_MS = 60_000;
/** How often a file that is awaited is looked for. */
const LOOK_AGAIN_MS = 250;

export type Fitted =
  /** One of the emoji's pictures, which fits as it is. */
  | { outcome: 'stored'; picture: StoredPicture & OfferedPicture }
  | { outcome: 'made'; key: string; file: Extract<FittedFile, { facts: FitFacts }> }
  /** It is being made. */
  | { outcome: 'ordered' };

/**
 * The picture of an emoji that a platform takes: one that there is, in the size that the platform shows; else the best
 * that can be made from the upload. That is made by a renderer, once, and kept: it follows from the upload, how that is
 * drawn, and the rules of the platform, and can be made again at any time. So it is no task, which nobody would look at.
 *
 * @param waitMs how long to wait for one that is being made
 * @throws Refusal `original_not_found` when no picture fits and the upload is not kept; `not_fittable`
 */
export async function findFitted(
  ports: Ports,
  emoji: EmojiDetails,
  platform: PlatformId,
  waitMs: number,
): Promise<Fitted> {
  const largest = largestFit(platform, offerOf(emoji).pictures);
  const isWhole = largest !== null && largest.side >= PLATFORMS[platform].side && isSizeKnown(largest, emoji);
  const stored = largest && {
    outcome: 'stored' as const,
    picture: { ...largest, ...pictureOf(emoji, largest.rendition) },
  };
  if (stored !== null && (isWhole || emoji.sourceKey === null)) return stored;
  // One that was made, unless it is smaller than what there is anyhow.
  const best = (file: FittedFile): Fitted => {
    const side = 'facts' in file ? file.facts.size : 0;
    return stored !== null && side < stored.picture.side ? stored : made(order, file);
  };
  const order = await orderOf(emoji, budgetFor(platform));
  const kept = await ports.fitted.find(order.key);
  if (kept !== null) return best(kept);
  if ((await ports.sources.size(order.sourceKey)) === null) throw originalNotFound(emoji);
  if (await ports.fitted.begin(order.key, Date.now() - ORDER_AGAIN_MS)) await ports.fitQueue.send(order);
  const end = Date.now() + waitMs;
  while (Date.now() + LOOK_AGAIN_MS <= end) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    const file = await ports.fitted.find(order.key);
    if (file !== null) return best(file);
  }
  return { outcome: 'ordered' };
}

function isSizeKnown({ rendition }: OfferedPicture, { rendering }: EmojiDetails): boolean {
  return (rendition !== null && rendition !== 'png') || rendering !== null;
}

async function orderOf(emoji: EmojiDetails, budget: Budget): Promise<FitOrder> {
  const { sourceKey, sourceHash } = originalOf(emoji);
  const { fit, background, matte } = emoji.rendering ?? DEFAULT_RENDERING;
  const look = { fit, background, matte };
  const facts = JSON.stringify([
    FITTER,
    sourceHash ?? sourceKey,
    fit,
    background,
    matte,
    Object.entries(budget).sort(),
  ]);
  return { key: await sha256(new TextEncoder().encode(facts)), sourceKey, look, budget };
}

function made({ key }: FitOrder, file: FittedFile): Fitted {
  if ('failure' in file) throw new Refusal('not_fittable', `${file.failure.message} ${file.failure.remedy}`);
  return { outcome: 'made', key, file };
}
