import type { PlatformRules } from '../platforms/rules.ts';

/** An emoji as a pack has it. */
export interface PackedEmoji {
  /** By the rules of who reads the pack. */
  name: string;
  /** As the service has them; where they are names, those of them that the reader takes. */
  aliases: string[];
  tags: string[];
  category: string | null;
  description: string;
  /** Where its picture is in the archive; what it would be called where there is none. */
  path: string;
  /** Where the service has its picture. */
  url: string;
  /** SHA-256 of its picture, 64 hexadecimal digits, and the size of the file. */
  hash: string;
  bytes: number;
}

/** Where and when a pack was made. */
export interface PackOrigin {
  /** Of the service: `https://emoji.example.org`. */
  origin: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** A file of a pack that tells of all emoji in it, made as they come: `open`, items with `between`, `close`. */
export interface PackList {
  path: string;
  open(from: PackOrigin): string;
  item(emoji: PackedEmoji): string;
  between: string;
  close: string;
  /** The whole of it for no emoji, where that is more than `open` and `close`. */
  none?(from: PackOrigin): string;
}

interface Packing {
  title: string;
  /** By which its emoji are called, and of which too large ones are told; null where those of the service are kept. */
  rules: Pick<PlatformRules, 'title' | 'name' | 'bytes' | 'frames'> | null;
  /** True where aliases are names too, and have to fit as they are. */
  aliasesAreNames?: true;
  /** Where pictures are, with a slash at the end; empty for the root. */
  folder: string;
}

/** How emoji are packed with their pictures. */
export interface ArchiveFormat extends Packing {
  archive: 'zip' | 'tar.gz';
  /** Null where the names of the files tell everything. */
  list: PackList | null;
}

/** A list alone, which has URLs. */
export interface ListFormat extends Packing {
  archive: null;
  list: PackList;
}

export type PackFormat = ArchiveFormat | ListFormat;
