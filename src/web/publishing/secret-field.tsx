import { PLATFORM_WORDS } from './platforms.ts';
import type { Target } from './publishing-api.ts';

interface Props {
  id: string;
  platform: Target['platform'];
  value: string;
  onInput(text: string): void;
}

/** Asks for the secret of a target, which is never shown. */
export function SecretField({ id, platform, value, onInput }: Props) {
  const { secret, hint } = PLATFORM_WORDS[platform];
  return (
    <div class="field">
      <label for={id}>{secret}</label>
      <input
        id={id}
        class="input"
        required
        type="password"
        // What browsers keep for this page is another secret.
        autocomplete="new-password"
        value={value}
        aria-describedby={`${id}-hint`}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      <p id={`${id}-hint`} class="hint">
        {hint} It is kept encrypted, and never shown again.
      </p>
    </div>
  );
}
