import { TextField } from '../shared/text-field.tsx';
import { PLATFORM_WORDS } from './platforms.ts';
import type { Target } from './publishing-api.ts';

interface Props {
  platform: Target['platform'];
  value: string;
  onInput(text: string): void;
}

/** Asks for the secret of a target, which is never shown. */
export function SecretField({ platform, value, onInput }: Props) {
  const { secret, hint } = PLATFORM_WORDS[platform];
  return (
    <TextField
      label={secret}
      hint={`${hint} It is kept encrypted, and never shown again.`}
      required
      isSecret
      // What browsers keep for this page is another secret.
      autocomplete="new-password"
      value={value}
      onInput={onInput}
    />
  );
}
