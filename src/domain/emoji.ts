import type { Rendering } from './rendering.ts';

export type PictureType = 'gif' | 'png';

/** A picture that is stored under the hash of its bytes. */
export interface StoredPicture {
  /** SHA-256, 64 hexadecimal digits. */
  hash: string;
  /** Size of the file. */
  bytes: number;
}

/** What is made of an upload beside the emoji: the same in other sizes, in pixels a side, and its first frame as a still. */
export const RENDITIONS = {
  gif64: { type: 'gif', size: 64 },
  gif128: { type: 'gif', size: 128 },
  png: { type: 'png', size: null },
} as const satisfies Record<string, { type: PictureType; size: number | null }>;

export type Rendition = keyof typeof RENDITIONS;

/** One is left out where an animation is too long for it. */
export type Renditions<Picture> = Partial<Record<Rendition, Picture>>;

/** The picture of an emoji: a GIF. */
export interface EmojiImage extends StoredPicture {
  frames: number;
  /** None, or absent, of an emoji that was made before there were any. */
  renditions?: Renditions<StoredPicture>;
}

/** What an uploaded picture was found to be. */
export interface SourceFacts {
  format: string;
  /** Size of the file. */
  bytes: number;
  /** Pixels, as stored. */
  width: number;
  height: number;
  frames: number;
  /** Milliseconds of one play; 0 for a still. */
  durationMs: number;
}

/** What a name is to an emoji: the one it is listed under, another that it answers to, or one that it had before. */
export type NameKind = 'primary' | 'alias' | 'former';

/** An emoji as somebody has seen it. */
export interface EmojiRevision {
  id: string;
  /** Rises with each change. */
  revision: number;
}

/** An emoji that can be fetched. */
export interface Emoji extends EmojiRevision {
  /** Canonical. */
  name: string;
  image: EmojiImage;
  /** Where the upload is kept that the picture was made from; null where that is not known. */
  sourceKey: string | null;
  /** SHA-256 of the upload; null of one that came before it was noted. */
  sourceHash: string | null;
  /** Who uploaded its first picture; null where nobody has said. */
  owner: string | null;
  /** What the upload was found to be; null where that is not known. */
  source: SourceFacts | null;
  /** Milliseconds since 1970, when the upload was accepted. */
  createdAt: number;
}

/** All that is to be known of an emoji that can be fetched. */
export interface EmojiDetails extends Emoji {
  aliases: string[];
  /** What it was called before, as long as nobody else has taken that. */
  formerNames: string[];
  tags: string[];
  category: string | null;
  description: string;
  /** Of the picture that it shows. */
  version: number;
  /** How that was made; null where it is not known. */
  rendering: Rendering | null;
  /** Milliseconds since 1970, of the last change. */
  updatedAt: number;
}

/** What was done to an emoji. */
export interface EmojiEvent {
  /** Rises with time. */
  id: number;
  /** Milliseconds since 1970. */
  at: number;
  /** Who, as the request said; null where it did not, and for the service itself. */
  actor: string | null;
  action: 'created' | 'renamed' | 'changed' | 'picture_ordered' | 'picture_shown' | 'deleted' | 'restored';
  /** By action. */
  details: Record<string, unknown>;
}

/** An emoji that was deleted, and can be restored. */
export interface DeletedEmoji extends EmojiRevision {
  /** What it was called, and what else it answered to. */
  name: string;
  names: [name: string, kind: NameKind][];
  owner: string | null;
  /** Milliseconds since 1970. */
  deletedAt: number;
  /** Rises with each new emoji. */
  number: number;
}

/** How long a deleted emoji can be restored. */
export const KEEP_DELETED_MS = 30 * 24 * 3_600_000;

/** Aliases of an emoji, and its tags. */
export const MAX_WORDS = 20;

/** In characters. */
export const MAX_CATEGORY_LENGTH = 64;
export const MAX_DESCRIPTION_LENGTH = 500;
