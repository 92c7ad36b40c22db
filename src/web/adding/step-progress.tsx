import { describeSending, Progress } from '../shared/progress.tsx';
import type { Step } from './order.ts';

/** How far a picture is that is under way. @param label what it is, for those who do not see where the bar is */
export function StepProgress({ step, label }: { step: Step; label: string }) {
  return <Progress label={label} {...describe(step)} />;
}

function describe(step: Step): { words: string; share: number | null } {
  switch (step.at) {
    case 'queued':
    case 'uploading':
      return describeSending(step);
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
