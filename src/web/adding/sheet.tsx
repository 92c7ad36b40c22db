import './sheet.css';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Dialog } from '../shared/dialog.tsx';
import { Icon } from '../shared/icon.tsx';
import { Lost } from '../shared/lost.tsx';
import { onceOf } from '../shared/once-of.ts';
import { useStore } from '../shared/store.ts';
import { FailedBar, useSeen } from './failed-bar.tsx';
import { FileRow } from './file-row.tsx';
import { LookChoice } from './look-choice.tsx';
import { isUnderWay } from './order.ts';
import { PickFiles } from './pick-files.tsx';
import { send } from './sending.ts';
import { addFiles, chooseLook, isReady, openSheet, remove, sheet, takeFreeNames } from './sheet-state.ts';
import { Summary } from './summary.tsx';
import { describeTally, useTally } from './tally.ts';

export { tellMade } from './sending.ts';

/** @param files that are put into the sheet */
export function openWith(files: File[]): void {
  if (files.length > 0) addFiles(files);
  else openSheet(true);
}

/** All files that are to become emoji, from the choice of their names to their end; in short while it is closed. */
export function Sheet() {
  const isOpen = useStore(sheet, ({ isOpen }) => isOpen);
  return isOpen ? <OpenSheet /> : <Summary />;
}

function OpenSheet() {
  const { seen, isOnly, showOnly } = useSeen();
  const look = useStore(sheet, ({ look }) => look);
  const tally = useTally();
  const foot = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const pick = useRef<HTMLDivElement>(null);
  const { all, drafts, fresh, running, failed, misnamed } = tally;
  useEffect(() => {
    if (all === 0) pick.current?.querySelector('button')?.focus();
  }, [all]);
  const close = () => openSheet(false);
  const sendThese = (ids: number[]) => {
    send(ids);
    foot.current?.querySelector('button')?.focus();
  };
  const sendAll = () => {
    const ready = [...sheet.value.items.values()].filter(isReady);
    const fresh = ready.filter(({ stage }) => stage.at === 'draft');
    sendThese((fresh.length > 0 ? fresh : ready).map(({ id }) => id));
  };
  const dropOthers = () => {
    remove([...sheet.value.items.values()].filter((item) => !isUnderWay(item.stage)).map(({ id }) => id));
  };
  const goToFirst = () => {
    list.current?.querySelector<HTMLElement>('input[aria-invalid="true"]')?.focus();
  };
  const shown = seen.join();
  const rows = useMemo(
    () => seen.map((id) => <FileRow key={id} id={id} startsOpen={all === 1} onEnter={sendAll} />),
    [shown],
  );
  const buttons = (
    <div ref={foot} class="sheet-foot">
      <p class="small soft" role="status">
        {describeTally(tally)}
      </p>
      <button type="button" class={drafts > 0 ? 'button' : 'button primary'} onClick={onceOf(close)}>
        {running > 0 ? 'Close, and go on' : drafts + failed > 0 ? 'Close' : 'Done'}
      </button>
      {drafts > 0 && (
        <button type="button" class="button primary" disabled={fresh === 0} onClick={sendAll}>
          {fresh === 0 ? 'Add emoji' : `Add ${fresh} emoji`}
        </button>
      )}
    </div>
  );
  return (
    <Dialog title="Add emoji" onClose={close} {...(all > 0 && { foot: buttons })}>
      <div class="sheet">
        <Lost />
        <div ref={pick}>
          <PickFiles isSmall={all > 0} onFiles={addFiles} />
        </div>
        {drafts + failed > 1 && (
          <fieldset class="for-all">
            <legend>For all of them</legend>
            <LookChoice look={look} onChange={chooseLook} />
          </fieldset>
        )}
        <div class="attentions">
          <FailedBar isOnly={isOnly} showOnly={showOnly} onTryAgain={sendThese} />
          {misnamed > 1 && !isOnly && (
            <div class="attention warn">
              <p>{misnamed} need other names.</p>
              <button type="button" class="button compact" onClick={goToFirst}>
                Show the first
              </button>
              <button type="button" class="button compact" onClick={takeFreeNames}>
                Use free names for all
              </button>
            </div>
          )}
        </div>
        {all > 0 && (
          <ul ref={list} class="files">
            {rows}
          </ul>
        )}
        {all - running > 1 && (
          <button type="button" class="button plain compact clear" onClick={dropOthers}>
            <Icon name="close" />
            {running > 0 ? 'Clear what is not under way' : 'Clear the list'}
          </button>
        )}
      </div>
    </Dialog>
  );
}
