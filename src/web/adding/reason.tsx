import type { Failure } from './order.ts';

/** Why something was not done, and what to do about it. */
export function Reason({ failure: { message, remedy } }: { failure: Failure }) {
  return (
    <p class="hint bad" role="alert">
      {/[.!?]$/.test(message) ? message : `${message}.`} {remedy}
    </p>
  );
}
