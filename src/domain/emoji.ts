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

/** An emoji that can be fetched. */
export interface Emoji {
  id: string;
  /** Canonical. */
  name: string;
  image: EmojiImage;
  /** Where the upload is kept that the picture was made from; null where that is not known. */
  sourceKey: string | null;
  /** SHA-256 of the upload; null of one that came before it was noted. */
  sourceHash: string | null;
  /** What the upload was found to be; null where that is not known. */
  source: SourceFacts | null;
  /** Milliseconds since 1970, when the upload was accepted. */
  createdAt: number;
}
