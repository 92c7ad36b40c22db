import { useState } from 'preact/hooks';
import { Icon } from '../shared/icon.tsx';
import { useStore } from '../shared/store.ts';
import { hasFailed, type Item, isReady, sheet } from './sheet-state.ts';

/** Which files of the sheet are seen: all of them, or those that had failed when only they were asked for or have since. */
export function useSeen() {
  const all = useStore(sheet, ({ items }) => [...items.keys()]);
  const failed = useStore(sheet, (sheet) => idsOf(hasFailed, sheet));
  const [only, setOnly] = useState<readonly number[]>([]);
  // Those that are tried again stay in sight.
  const wanted = new Set([...only, ...failed]);
  const some = only.length > 0 ? all.filter((id) => wanted.has(id)) : [];
  const isOnly = some.length > 0;
  return { seen: isOnly ? some : all, isOnly, showOnly: (isOnly: boolean) => setOnly(isOnly ? failed : []) };
}

interface Props {
  isOnly: boolean;
  showOnly(isOnly: boolean): void;
  onTryAgain(ids: number[]): void;
}

/** Brings what has failed within reach among hundreds. */
export function FailedBar({ isOnly, showOnly, onTryAgain }: Props) {
  const all = useStore(sheet, ({ items }) => items.size);
  const failed = useStore(sheet, (sheet) => idsOf(hasFailed, sheet));
  const again = useStore(sheet, (sheet) => idsOf((item) => hasFailed(item) && isReady(item), sheet));
  if (!isOnly && (failed.length === 0 || all === 1)) return null;
  return (
    <div class="attention bad">
      <p>
        {failed.length} of {all} failed.
      </p>
      {(isOnly || failed.length < all) && (
        <button type="button" class="button compact" onClick={() => showOnly(!isOnly)}>
          {isOnly ? `Show all ${all}` : failed.length === 1 ? 'Show only this one' : 'Show only these'}
        </button>
      )}
      {again.length > 0 && (
        <button type="button" class="button compact" onClick={() => onTryAgain(again)}>
          <Icon name="retry" />
          Try {again.length} again
        </button>
      )}
    </div>
  );
}

function idsOf(isOne: (item: Item) => boolean, { items }: typeof sheet.value): number[] {
  return [...items.values()].filter(isOne).map(({ id }) => id);
}
