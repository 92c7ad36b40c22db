import './order-dialog.css';
import type { ComponentChildren } from 'preact';
import { Dialog } from '../shared/dialog.tsx';
import { pictureUrl } from '../shared/emojis.ts';
import { Lost } from '../shared/lost.tsx';
import { onceOf } from '../shared/once-of.ts';
import { Comparison } from './comparison.tsx';
import { useKeptFocus } from './kept-focus.ts';
import type { Look } from './look.ts';
import { LookChoice } from './look-choice.tsx';
import { isUnderWay } from './order.ts';
import type { usePictureOrder } from './picture-order.ts';
import { Reason } from './reason.tsx';
import { StepProgress } from './step-progress.tsx';

interface Props {
  title: string;
  /** What the button says that orders it. */
  verb: string;
  picture: ReturnType<typeof usePictureOrder>;
  /** What the new picture is made from; null where there is none, or it cannot be shown. */
  src: string | null;
  onCannotShow(): void;
  look: Look;
  onLook(look: Look): void;
  withSize?: boolean;
  canOrder: boolean;
  onOrder(): void;
  onClose(): void;
  /** Where the new picture comes from. */
  children: ComponentChildren;
}

/** The picture that an emoji has beside the one that it is to get, until it has it. */
export function OrderDialog(props: Props) {
  const { title, verb, picture, src, look, onLook, withSize, canOrder, onOrder, onClose, children } = props;
  const { stage, target, lookAgain } = picture;
  const buttons = useKeptFocus<HTMLDivElement>('button');
  const made = stage.at === 'made' ? stage.made : null;
  const underWay = isUnderWay(stage) ? stage : null;
  const isChoosing = !made && !underWay;
  const isChanged = stage.at === 'failed' && stage.failure.code === 'emoji_changed';
  const newPicture = made?.emoji ? pictureUrl(made.emoji.hash) : src;
  const foot = (
    <div ref={buttons} class="order-foot">
      <button type="button" class={made ? 'button primary' : 'button'} onClick={onceOf(onClose)}>
        {made ? 'Done' : isChoosing ? 'Cancel' : 'Close, and go on'}
      </button>
      {isChanged ? (
        <button type="button" class="button primary" onClick={() => void lookAgain()}>
          Look at it as it is now
        </button>
      ) : (
        isChoosing && (
          <button type="button" class="button primary" disabled={!canOrder} onClick={onOrder}>
            {stage.at === 'failed' ? 'Try again' : verb}
          </button>
        )
      )}
    </div>
  );
  return (
    <Dialog title={title} onClose={onClose} foot={foot}>
      <div class="order">
        <Lost />
        {isChoosing && children}
        <div class="told" aria-live="polite">
          {made && <p class="note good">:{made.name}: has its new picture.</p>}
          {made && made.duplicates.length > 0 && (
            <p class="note">It looks exactly like {made.duplicates.map((name) => `:${name}:`).join(', ')}.</p>
          )}
          {stage.at === 'failed' && (
            <div class="note bad">
              <Reason failure={stage.failure} />
              {!isChanged && <p>:{target.name}: keeps the picture that it has.</p>}
            </div>
          )}
          {underWay && <p class="hint">The picture that it has stays until the new one is ready.</p>}
        </div>
        {underWay && <StepProgress step={underWay} label={`:${target.name}:`} />}
        <Comparison hash={target.hash} src={newPicture} look={made ? null : look} onError={props.onCannotShow} />
        {isChoosing && <LookChoice look={look} onChange={onLook} {...(withSize && { withSize })} />}
      </div>
    </Dialog>
  );
}
