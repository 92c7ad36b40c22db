import { useState } from 'preact/hooks';
import { emojiApi } from '../shared/api.ts';
import { byName } from '../shared/emojis.ts';
import { bytes } from '../shared/format.ts';
import { newKey, upload } from '../shared/upload.ts';
import { refusedAtOnce } from './file-check.ts';
import { useIntake } from './intake.ts';
import { DEFAULT_LOOK, queryOf } from './look.ts';
import { OrderDialog } from './order-dialog.tsx';
import { PickFiles } from './pick-files.tsx';
import type { ShownEmoji } from './picture-actions.tsx';
import { usePictureOrder } from './picture-order.ts';
import { Reason } from './reason.tsx';
import { useObjectUrl } from './use-object-url.ts';

interface Props {
  emoji: ShownEmoji;
  onChanged(): void;
  onClose(): void;
}

/** Gives an emoji another picture. */
export function ReplaceDialog({ emoji, onChanged, onClose }: Props) {
  const picture = usePictureOrder(emoji, onChanged);
  const [file, setFile] = useState<File | null>(null);
  const [look, setLook] = useState(DEFAULT_LOOK);
  const [canShow, setCanShow] = useState(true);
  const src = useObjectUrl(file);
  const isChoosing = picture.stage.at === 'choosing' || picture.stage.at === 'failed';
  const refused = file && refusedAtOnce(file);
  const take = ([file]: File[]) => {
    if (!file || !isChoosing) return;
    setFile(file);
    setCanShow(true);
    picture.chooseAgain();
  };
  useIntake(`Drop a picture to replace that of :${emoji.name}:`, take);
  const order = () => {
    if (file === null) return;
    const url = emojiApi.emojis[':name'].image.$url({
      param: byName(picture.target.name),
      query: queryOf(look),
    });
    const headers = { 'Idempotency-Key': newKey(), 'If-Match': picture.target.etag };
    void picture.order((tell) => upload({ method: 'PUT', url, headers, body: file }, tell));
  };
  return (
    <OrderDialog
      title={`Replace the picture of :${emoji.name}:`}
      verb="Replace"
      picture={picture}
      src={canShow && !refused ? src : null}
      onCannotShow={() => setCanShow(false)}
      look={look}
      onLook={setLook}
      canOrder={file !== null && !refused}
      onOrder={order}
      onClose={onClose}
    >
      <PickFiles isForOne isSmall={file !== null} onFiles={take} />
      {file && (
        <p class="hint">
          {file.name} · {bytes(file.size)}
        </p>
      )}
      {refused && <Reason failure={refused} />}
      {!canShow && (
        <p class="hint">Your browser cannot show this file. It is sent all the same, and the service decides.</p>
      )}
    </OrderDialog>
  );
}
