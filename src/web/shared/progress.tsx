import './progress.css';
import { bytes } from './format.ts';
import type { Sending } from './upload.ts';

interface Props {
  /** What it is, for those who do not see where the bar is. */
  label: string;
  words: string;
  /** What is done, of 1; null where nobody knows. */
  share: number | null;
}

/** How far something is that is under way. */
export function Progress({ label, words, share }: Props) {
  return (
    <div class="progress">
      <progress aria-label={`${label}: ${words}`} max={1} {...(share !== null && { value: share })} />
      <p class="hint">{words}</p>
    </div>
  );
}

export function describeSending(step: Sending): Omit<Props, 'label'> {
  if (step.at === 'queued') {
    const { seconds } = step;
    const words = seconds === null ? 'Waits to be sent' : `Too much at once: will be sent again in ${seconds} seconds`;
    return { words, share: null };
  }
  const { sent, of } = step;
  return sent < of
    ? { words: `Sent ${bytes(sent)} of ${bytes(of)}`, share: sent / of }
    : { words: 'Sent', share: null };
}
