import type { Principal } from '../../domain/access.ts';
import type { Failure } from '../../domain/failure.ts';
import type { ArchiveEntry } from '../../domain/packs/entry.ts';
import type { Holder, ImportItem, ItemAction, ItemOutcome } from '../../domain/packs/import-item.ts';

/** A zip that is kept, and can be read file by file. */
export interface OpenArchive {
  /** In the order of its directory. Nothing has been checked of them. */
  entries: ArchiveEntry[];
  /**
   * The bytes of a file, unpacked as they are asked for; one file at a time.
   *
   * @param index in `entries`
   * @throws PackFault while they are read, where the archive is broken there
   */
  read(index: number): AsyncIterable<Uint8Array>;
}

export interface ArchiveReader {
  /** @returns null where there is none. @throws PackFault for what cannot be read */
  open(key: string): Promise<OpenArchive | null>;
}

/** A text in YAML. It may refer to parts of itself, as often as people do. @throws Error for what is none */
export type ParseYaml = (text: string) => Promise<unknown>;

/** How many things of a pack have which action and outcome. */
export type ImportCounts = { action: ItemAction; outcome: ItemOutcome; count: number }[];

/** What is to be noted of one. */
export type ItemChange = Partial<
  Pick<ImportItem, 'action' | 'outcome' | 'finalName' | 'emojiId' | 'taskId' | 'tries' | 'error' | 'leftOut'>
>;

/** What is in packs that are imported, and what becomes of it. */
export interface ImportItems {
  /** Those that are there stay as they are. */
  add(importId: string, items: ImportItem[]): Promise<void>;
  /** Adds what another import, a dry run, has found: what it would have done is to be done. */
  copy(from: string, to: string, now: number): Promise<void>;
  counts(importId: string): Promise<ImportCounts>;
  /** In the pack's order. */
  list(importId: string, page: { outcomes: ItemOutcome[]; after: number; limit: number }): Promise<ImportItem[]>;
  /**
   * Those whose tasks have ended, or are lost, with why they failed.
   *
   * @param before milliseconds since 1970: a task that was ordered before and that nobody knows of is lost
   */
  ended(importId: string, before: number, limit: number): Promise<{ item: ImportItem; end: 'SUCCESS' | Failure }[]>;
  /** @param item as it was seen. @returns false when it has another outcome or task by now, and nothing was noted */
  note(
    importId: string,
    item: Pick<ImportItem, 'number' | 'outcome' | 'taskId'>,
    change: ItemChange,
    now: number,
  ): Promise<boolean>;
  /** Who has names, without those that emoji had before. */
  holders(names: string[]): Promise<Map<string, Holder>>;
}

/** Who ordered an import, as it is kept with its task. */
export type OrderedBy = Pick<Principal, 'kind' | 'name' | 'tokenId'>;

export interface Orderers {
  /** Him who ordered something, with what he may do by now. @throws Refusal `token_invalid`: he may not any more */
  again(by: OrderedBy): Promise<Principal>;
}

/** Bytes as they are read, and their SHA-256 once they have been: 64 hexadecimal digits. */
export type Hashed = (chunks: AsyncIterable<Uint8Array>) => { picture: AsyncIterable<Uint8Array>; hash(): string };
