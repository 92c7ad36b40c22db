import './progress.css';
import { bytes } from '../shared/format.ts';
import type { Step } from './order.ts';

/** How far something is that is under way. @param label what it is, for those who do not see where the bar is */
export function Progress({ step, label }: { step: Step; label: string }) {
  const { words, share } = describe(step);
  return (
    <div class="progress">
      <progress aria-label={`${label}: ${words}`} max={1} {...(share !== null && { value: share })} />
      <p class="hint">{words}</p>
    </div>
  );
}

/** @returns with the share that is done, where that is known */
function describe(step: Step): { words: string; share: number | null } {
  switch (step.at) {
    case 'queued':
      return {
        words:
          step.seconds === null
            ? 'Waits to be sent'
            : `Too much at once: will be sent again in ${step.seconds} seconds`,
        share: null,
      };
    case 'uploading': {
      const words = step.sent < step.of ? `Sent ${bytes(step.sent)} of ${bytes(step.of)}` : 'Sent';
      return { words, share: step.sent < step.of ? step.sent / step.of : null };
    }
    case 'waiting':
      return {
        words: step.fault === null ? 'Waits for its turn' : `Will be tried again: ${step.fault}`,
        share: null,
      };
    case 'rendering': {
      if (step.frames === null) return { words: 'Being made', share: null };
      const { done, of } = step.frames;
      return { words: `Being made: frame ${done} of ${of}`, share: done / of };
    }
  }
}
