import { useEffect, useRef } from 'preact/hooks';
import { inOrder } from '../adding/intake.ts';
import { Icon } from '../shared/icon.tsx';
import { WithCode } from '../shared/with-code.tsx';

interface Props {
  /** Why what was chosen before was not taken; null where it was, or nothing was. */
  refused: string | null;
  onFiles(files: File[]): void;
}

/** Invites to choose or drop a pack, and says which there are. */
export function ChoosePack({ refused, onFiles }: Props) {
  const file = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (folder.current) folder.current.webkitdirectory = true;
  }, []);
  const take = ({ currentTarget: input }: { currentTarget: HTMLInputElement }) => {
    const files = inOrder([...(input.files ?? [])]);
    // So that the same one can be chosen again.
    input.value = '';
    if (files.length > 0) onFiles(files);
  };
  return (
    <div class="choose-pack">
      {refused !== null && (
        <p class="note bad" role="alert">
          {refused}
        </p>
      )}
      <div class="drop card">
        <p>Drop an archive or a folder here. You see what would happen before anything does.</p>
        <div class="buttons">
          <button type="button" class="button primary" onClick={() => file.current?.click()}>
            <Icon name="upload" />
            Choose an archive
          </button>
          <button type="button" class="button" onClick={() => folder.current?.click()}>
            <Icon name="folder" />
            Choose a folder
          </button>
        </div>
        <p class="hint">
          <WithCode
            text={
              'A zip, tar or tar.gz: of pictures, each called as its emoji is to be; or a pack of this service, Misskey, ' +
              'Mastodon, Pleroma, Akkoma, Matrix or Mattermost. Or a list with the addresses of pictures: a YAML file of ' +
              'emojipacks, the answer of `emoji.list` of Slack.'
            }
          />
        </p>
        <input ref={file} type="file" hidden onChange={take} />
        <input ref={folder} type="file" hidden onChange={take} />
      </div>
    </div>
  );
}
