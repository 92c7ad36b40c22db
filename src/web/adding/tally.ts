import { useStore } from '../shared/store.ts';
import { knownNames } from './known-names.ts';
import { isUnderWay } from './order.ts';
import { isOpenTo, isReady, sheet } from './sheet-state.ts';

interface Tally {
  all: number;
  /** To be sent; of those, whose names are as they should be. */
  drafts: number;
  fresh: number;
  running: number;
  made: number;
  /** To be sent again. */
  failed: number;
  /** Of those that are to be sent, for the first time or again. */
  misnamed: number;
  refused: number;
}

/** How many files of the sheet stand where. */
export function useTally(): Tally {
  // What is known of names tells what is ready.
  useStore(knownNames, (names) => names);
  return useStore(sheet, tallyOf);
}

function tallyOf({ items }: Pick<typeof sheet.value, 'items'>): Tally {
  const tally: Tally = {
    all: items.size,
    drafts: 0,
    fresh: 0,
    running: 0,
    made: 0,
    failed: 0,
    misnamed: 0,
    refused: 0,
  };
  for (const item of items.values()) {
    const { at } = item.stage;
    if (isUnderWay(item.stage)) tally.running++;
    if (at === 'draft') tally.drafts++;
    if (at === 'draft' && isReady(item)) tally.fresh++;
    if (at === 'made' || at === 'failed' || at === 'refused') tally[at]++;
    if (isOpenTo(item) && !isReady(item)) tally.misnamed++;
  }
  return tally;
}

/** The same in words: `3 under way, 12 added, 1 failed`. */
export function describeTally({ failed, misnamed, fresh, running, made, refused }: Tally): string {
  const parts: [count: number, words: string][] = [
    [running, 'under way'],
    [made, 'added'],
    [failed, 'failed'],
    [fresh, 'to be added'],
    [misnamed, misnamed === 1 ? 'needs another name' : 'need other names'],
    [refused, 'cannot be used'],
  ];
  return parts.flatMap(([count, words]) => (count > 0 ? [`${count} ${words}`] : [])).join(', ');
}
