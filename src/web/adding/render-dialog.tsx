import { useEffect, useState } from 'preact/hooks';
import { answered, bodyOf, emojiApi, problemFrom } from '../shared/api.ts';
import { byName } from '../shared/emojis.ts';
import { newKey } from '../shared/upload.ts';
import { DEFAULT_LOOK, queryOf } from './look.ts';
import { OrderDialog } from './order-dialog.tsx';
import type { ShownEmoji } from './picture-actions.tsx';
import { usePictureOrder } from './picture-order.ts';
import { useObjectUrl } from './use-object-url.ts';

interface Props {
  emoji: ShownEmoji;
  onChanged(): void;
  onClose(): void;
}

/** Makes the picture of an emoji anew, in another way, from the upload that is kept. */
export function RenderDialog({ emoji, onChanged, onClose }: Props) {
  const picture = usePictureOrder(emoji, onChanged);
  const [look, setLook] = useState(emoji.rendering ?? DEFAULT_LOOK);
  const [canShow, setCanShow] = useState(true);
  const { original, problem } = useOriginal(emoji);
  const src = useObjectUrl(original);
  const order = () => {
    const asked = {
      param: byName(picture.target.name),
      query: queryOf(look),
      header: { 'Idempotency-Key': newKey(), 'If-Match': picture.target.etag },
    };
    void picture.order(() => bodyOf(emojiApi.emojis[':name'].render.$post(asked)));
  };
  return (
    <OrderDialog
      title={`Render :${emoji.name}: anew`}
      verb="Render anew"
      picture={picture}
      src={canShow ? src : null}
      onCannotShow={() => setCanShow(false)}
      look={look}
      onLook={setLook}
      withSize
      canOrder={problem === null}
      onOrder={order}
      onClose={onClose}
    >
      <p class="soft">From the file that was uploaded, without uploading it again.</p>
      {problem && <p class="note bad">{problem}</p>}
      {!canShow && (
        <p class="hint">Your browser cannot show what was uploaded. It can be rendered anew all the same.</p>
      )}
    </OrderDialog>
  );
}

const TYPES: Record<string, string> = { svg: 'image/svg+xml', ico: 'image/x-icon' };

/** The upload that an emoji was made from. */
function useOriginal({ name, source }: ShownEmoji): { original: Blob | null; problem: string | null } {
  const [state, setState] = useState<ReturnType<typeof useOriginal>>({ original: null, problem: null });
  const format = source?.format ?? '';
  useEffect(() => {
    let isWanted = true;
    const load = async () => {
      const answer = await answered(emojiApi.emojis[':name'].original.$get({ param: byName(name), header: {} }));
      // It comes without a type, so that nobody opens it; as a picture nothing in it is run.
      return new Blob([await answer.arrayBuffer()], { type: TYPES[format] ?? `image/${format}` });
    };
    load().then(
      (original) => isWanted && setState({ original, problem: null }),
      (error) => isWanted && setState({ original: null, problem: problemFrom(error).detail }),
    );
    return () => {
      isWanted = false;
    };
  }, [name, format]);
  return state;
}
