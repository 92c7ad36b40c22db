import './importing.css';
import { useCallback, useEffect } from 'preact/hooks';
import { useIntake } from '../adding/intake.ts';
import { notify } from '../shared/notices.tsx';
import { useStore } from '../shared/store.ts';
import type { SetParameters } from '../shared/url-state.ts';
import { ChoosePack } from './choose-pack.tsx';
import { OneImport } from './one-import.tsx';
import { chosen } from './pack-files.ts';
import { outgoing, sendPack } from './sending-pack.ts';
import { SendingPack } from './sending-pack-card.tsx';

interface Props {
  /** Of the import that is looked at; null where there is none yet. */
  id: string | null;
  setParameters: SetParameters;
  /** There are more emoji than before. */
  onMade(): void;
}

/** Brings the emoji of a pack: what would happen is seen first. */
export function ImportPage({ id, setParameters, onMade }: Props) {
  const state = useStore(outgoing, (now) => now);
  const files = useStore(chosen, (now) => now);

  const show = useCallback(
    (other: string | null, how: 'push' | 'replace') => setParameters({ import: other }, how),
    [setParameters],
  );

  const send = useCallback(
    async (files: File[]) => {
      show(null, 'push');
      const sent = await sendPack(files);
      if (sent === null) return;
      const isSeen = new URLSearchParams(location.search).get('view') === 'import';
      if (isSeen) setParameters({ import: sent });
      else notify('The pack was read', { label: 'Show', run: () => setParameters({ view: 'import', import: sent }) });
    },
    [show, setParameters],
  );
  useIntake('Drop an archive or a folder to import it', (dropped) => void send(dropped));

  // Those that were dropped before this page was there.
  useEffect(() => {
    if (files === null) return;
    chosen.value = null;
    void send(files);
  }, [files, send]);

  if (state.at === 'queued' || state.at === 'uploading') return <SendingPack {...state} />;
  if (id !== null) return <OneImport id={id} onShow={show} onMade={onMade} />;
  return <ChoosePack refused={state.at === 'refused' ? state.detail : null} onFiles={(files) => void send(files)} />;
}
