import { describeSending, Progress } from '../shared/progress.tsx';
import type { Sending } from '../shared/upload.ts';
import { nameOf } from './pack-files.ts';
import { stopSending } from './sending-pack.ts';

/** A pack on its way to the service. */
export function SendingPack({ files, ...step }: Sending & { files: File[] }) {
  return (
    <section class="import-head card" aria-label="The pack that is being sent">
      <h2>{nameOf(files)}</h2>
      <Progress label={nameOf(files)} {...describeSending(step)} />
      <button type="button" class="button" onClick={stopSending}>
        Cancel
      </button>
    </section>
  );
}
