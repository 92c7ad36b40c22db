import type { ArchiveEntry } from '../domain/packs/entry.ts';

/** A zip that is kept, and can be read file by file. */
export interface OpenArchive {
  /** In the order of its directory. Nothing has been checked of them. */
  entries: ArchiveEntry[];
  /**
   * The bytes of a file, unpacked as they are asked for.
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

/** YAML, whose texts may refer to parts of themselves: as often as people do, no more. */
export type ParseYaml = (text: string) => Promise<unknown>;
