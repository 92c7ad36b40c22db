import type { Principal } from '../../domain/access.ts';
import { checkEntries } from '../../domain/packs/entry.ts';
import { decide, type ImportItem, itemsOf } from '../../domain/packs/import-item.ts';
import { contentsOf } from '../../domain/packs/plan.ts';
import { parseServerUrl } from '../../domain/public-url.ts';
import { findLists } from './find-lists.ts';
import { FreeNames } from './free-names.ts';
import type { ImportOptions } from './options.ts';
import type { ArchiveReader, ImportItems, OpenArchive, ParseYaml } from './ports.ts';

export interface PlanPorts {
  archiveReader: ArchiveReader;
  parseYaml: ParseYaml;
  importItems: ImportItems;
  /** Whether other programs on this machine may be asked for pictures. */
  isLocal: boolean;
}

/** Names that are looked up at once. */
const AT_ONCE = 500;

/**
 * Notes all that is in a pack, and what is to be done about it as things are now. May be run again.
 *
 * @returns what the pack is
 * @throws PackFault when it cannot be read as a whole
 */
export async function planImport(
  { parseYaml, importItems, isLocal }: PlanPorts,
  importId: string,
  archive: OpenArchive,
  options: ImportOptions,
  by: Principal,
): Promise<{ format: string }> {
  checkEntries(archive.entries);
  const service = new URL(options.origin);
  const { format, items } = contentsOf(archive.entries, await findLists(archive, parseYaml), (url) => {
    const parsed = parseServerUrl(url, service, isLocal);
    return parsed.ok ? null : parsed.message;
  });
  const names = new FreeNames(importItems);
  const all = itemsOf(items, Date.now());
  for (const { emoji } of all) if (emoji) names.give(emoji.name);
  for (let start = 0; start < all.length; start += AT_ONCE) {
    const some = all.slice(start, start + AT_ONCE);
    const holders = await importItems.holders(some.flatMap(({ emoji }) => (emoji ? [emoji.name] : [])));
    const planned: ImportItem[] = [];
    for (const item of some) {
      const { emoji } = item;
      if (emoji === null) {
        planned.push(item);
        continue;
      }
      const decision = decide(emoji, holders.get(emoji.name) ?? null, options.onConflict, by);
      planned.push({ ...item, ...(await foreseen(emoji.name, decision, options, names)) });
    }
    await importItems.add(importId, planned);
  }
  return { format };
}

/** What will be, if nothing changes. Who carries it out decides anew. */
async function foreseen(
  name: string,
  decision: ReturnType<typeof decide>,
  { dryRun }: ImportOptions,
  names: FreeNames,
): Promise<Partial<ImportItem>> {
  const { action } = decision;
  if ('error' in decision) {
    const outcome = action === 'skip' ? 'skipped' : 'failed';
    return { action, ...(dryRun && { outcome, error: decision.error }) };
  }
  return { action, finalName: action === 'rename' ? await names.like(name) : name };
}
