import { knownNames } from './known-names.ts';
import { isUnderWay } from './order.ts';
import { isOpenTo, isReady, sheet } from './sheet-state.ts';
import { useStore } from './store.ts';

interface Tally {
  all: number;
  /** To be sent, or sent again; of those, what has failed before; and whose names are as they should be. */
  drafts: number;
  failed: number;
  ready: number;
  /** Of those that have not been sent before. */
  fresh: number;
  running: number;
  made: number;
  refused: number;
}

/** How many files of the sheet stand where. */
export function useTally(): Tally {
  // What is known of names tells what is ready.
  useStore(knownNames, (names) => names);
  return useStore(sheet, tallyOf);
}

function tallyOf({ items }: Pick<typeof sheet.value, 'items'>): Tally {
  const tally: Tally = { all: items.size, drafts: 0, failed: 0, ready: 0, fresh: 0, running: 0, made: 0, refused: 0 };
  for (const item of items.values()) {
    if (isOpenTo(item)) tally.drafts++;
    if (isReady(item)) tally.ready++;
    if (isReady(item) && item.stage.at === 'draft') tally.fresh++;
    if (isUnderWay(item.stage)) tally.running++;
    if (item.stage.at === 'failed') tally.failed++;
    if (item.stage.at === 'made') tally.made++;
    if (item.stage.at === 'refused') tally.refused++;
  }
  return tally;
}

/** The same in words: `3 under way, 12 added, 1 failed`. */
export function describeTally({ drafts, failed, ready, fresh, running, made, refused }: Tally): string {
  const parts: [count: number, words: string][] = [
    [running, 'under way'],
    [made, 'added'],
    [failed, 'failed'],
    [fresh, 'to be added'],
    [drafts - ready, drafts - ready === 1 ? 'needs another name' : 'need other names'],
    [refused, 'cannot be used'],
  ];
  return parts.flatMap(([count, words]) => (count > 0 ? [`${count} ${words}`] : [])).join(', ');
}
