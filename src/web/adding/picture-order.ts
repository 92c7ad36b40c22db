import { useEffect, useRef, useState } from 'preact/hooks';
import { notify } from '../shared/notices.tsx';
import { type Accepted, type Failure, failureFrom, follow, type Made, type Step } from './order.ts';
import type { ShownEmoji } from './picture-actions.tsx';
import { type Target, targetOf } from './sheet-state.ts';

type OrderStage =
  | { at: 'choosing' }
  | Step
  | { at: 'made'; made: Made }
  /** The emoji has the picture that it had. */
  | { at: 'failed'; failure: Failure };

/** Orders another picture of an emoji, and follows that to its end, which is told also when nobody looks any more. */
export function usePictureOrder(emoji: ShownEmoji, onChanged: () => void) {
  const [stage, setStage] = useState<OrderStage>({ at: 'choosing' });
  const [target, setTarget] = useState<Target>(emoji);
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  const tell = (stage: OrderStage) => isShown.current && setStage(stage);
  const order = async (accept: (tell: (step: Step) => void) => Promise<Accepted>) => {
    let isAccepted = false;
    try {
      const accepted = await accept(tell);
      isAccepted = true;
      const made = await follow(accepted, tell);
      tell({ at: 'made', made });
      if (!isShown.current) notify(`:${made.name}: has its new picture`);
      onChanged();
    } catch (error) {
      const failure = failureFrom(error);
      // The order itself was noted with the emoji, whose ETag is another one since.
      if (isAccepted) await targetOf(target.name).then(setTarget, () => {});
      tell({ at: 'failed', failure });
      if (!isShown.current) notify(`:${target.name}: keeps its picture. ${failure.message} ${failure.remedy}`);
    }
  };
  /** The emoji was changed by somebody else: shows it as it is now. */
  const lookAgain = async () => {
    try {
      setTarget(await targetOf(emoji.name));
      tell({ at: 'choosing' });
    } catch (error) {
      tell({ at: 'failed', failure: failureFrom(error) });
    }
  };
  const chooseAgain = () => tell({ at: 'choosing' });
  return { stage, target, order, lookAgain, chooseAgain };
}
