/** A rendered emoji picture, stored under the hash of its bytes. */
export interface EmojiImage {
  /** SHA-256 of the GIF, 64 hexadecimal digits. */
  hash: string;
  /** Size of the GIF. */
  bytes: number;
  frames: number;
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
  /** Milliseconds since 1970, when the upload was accepted. */
  createdAt: number;
}
