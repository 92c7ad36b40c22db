import type { Failure } from '../failure.ts';
import { earlierPicture, emojiAmbiguous, emojiExists, replacingNotYours } from './failures.ts';

/**
 * What a platform has of ours under a name, as far as it is known, and what it was sent last. Times are milliseconds
 * since 1970; hashes are the SHA-256 of a file, 64 hexadecimal digits.
 */
export interface Publication {
  targetId: string;
  /** As it is called there. */
  name: string;
  emojiId: string;
  taskId: string;
  /** Null until it is known to be there. */
  published: {
    at: number;
    hash: string;
    /** Null where the platform has not told it. */
    platformId: string | null;
  } | null;
  /** What has no answer yet; it may have been done. */
  sent: {
    at: number;
    hash: string;
    /** Of the emoji that it replaces; null for none. */
    replacedId: string | null;
  } | null;
}

/** How long what was sent may yet be carried out, when no answer came. Two requests are given up in less. */
export const SETTLE_MS = 45_000;

/** What is to be published. */
export interface PublicationOrder {
  emojiId: string;
  /** As it is to be called there. */
  name: string;
  hash: string;
  /** Whether another picture that is there is to be replaced: one of the same emoji, or any. */
  replace: 'no' | 'own' | 'any';
}

/** An emoji that the platform has under that name. */
export interface Found {
  id: string;
  isMine: boolean;
}

export type NextStep =
  | { step: 'add' }
  | { step: 'replace'; id: string }
  /** It is there. */
  | { step: 'done'; id: string }
  | { step: 'wait'; ms: number }
  | { step: 'fail'; failure: Failure };

/**
 * What is to be done next, from what the platform has under the name and what is known of it. Whatever was lost or cut
 * off before, nothing is made twice: what was sent is looked for, and nothing is sent again as long as it may yet come.
 *
 * @param title of the platform
 * @param known null where nothing was ever sent under that name
 */
export function nextStep(
  title: string,
  order: PublicationOrder,
  known: Publication | null,
  found: Found[],
  now: number,
): NextStep {
  const { name, replace } = order;
  const isOwn = known !== null && known.emojiId === order.emojiId;
  const settlesAt = known?.sent ? known.sent.at + SETTLE_MS : 0;
  const ours = known && ourOf(known, found);
  if (isOwn && ours) {
    if (ours.hash === order.hash) return { step: 'done', id: ours.id };
    if (replace === 'no') return { step: 'fail', failure: earlierPicture(title, name) };
    return { step: 'replace', id: ours.id };
  }
  const [one] = found;
  // Of an emoji of ours, this or another one.
  if (now < settlesAt && (one === undefined || !isOwn)) return { step: 'wait', ms: settlesAt - now };
  if (one === undefined) return { step: 'add' };
  if (replace === 'no') return { step: 'fail', failure: emojiExists(title, name) };
  if (replace === 'own') return { step: 'fail', failure: replacingNotYours(title, name) };
  if (found.length > 1) return { step: 'fail', failure: emojiAmbiguous(title, name, found.length) };
  return { step: 'replace', id: one.id };
}

/** The one that was published, or is what was sent last, and the file that it was made of. */
function ourOf({ published, sent }: Publication, found: Found[]): { id: string; hash: string } | null {
  const kept = published && found.find((emoji) => isKept(emoji, published, sent));
  if (published && kept) return { id: kept.id, hash: published.hash };
  const came = sent && found.find(({ id, isMine }) => isMine && id !== sent.replacedId && id !== published?.platformId);
  return sent && came ? { id: came.id, hash: sent.hash } : null;
}

function isKept(
  { id, isMine }: Found,
  { platformId }: NonNullable<Publication['published']>,
  sent: Publication['sent'],
): boolean {
  if (platformId !== null) return id === platformId;
  return sent === null ? isMine : id === sent.replacedId;
}
