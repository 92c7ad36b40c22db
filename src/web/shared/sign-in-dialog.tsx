import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Dialog } from './dialog.tsx';
import { signIn } from './session.ts';
import { useAsking } from './use-asking.ts';

/** Asks for a token, and signs in with it. */
export function SignInDialog({ onClose }: { onClose(): void }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [token, setToken] = useState('');
  const { problem, ask } = useAsking();
  useEffect(() => input.current?.focus(), []);

  const submit = (event: Event) => {
    event.preventDefault();
    const enter = async () => {
      await signIn(token);
      onClose();
    };
    void ask(enter, () => input.current?.select());
  };

  return (
    <Dialog
      narrow
      title="Sign in"
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={id} class="button primary" disabled={token.trim() === ''}>
            Sign in
          </button>
        </>
      }
    >
      <form id={id} class="sign-in" onSubmit={submit}>
        {/* Password managers keep what is signed in with under a name. */}
        <input type="text" autocomplete="username" value="token" readOnly hidden />
        <div class="field">
          <label for={`${id}-token`}>Token</label>
          <input
            ref={input}
            id={`${id}-token`}
            class="input"
            type="password"
            autocomplete="current-password"
            required
            value={token}
            aria-invalid={problem !== null}
            aria-describedby={`${id}-hint ${id}-problem`}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
          <p id={`${id}-problem`} class="hint bad" role="alert">
            {problem}
          </p>
        </div>
        <p id={`${id}-hint`} class="hint">
          One that starts with <code>cemoji_</code>, or the ADMIN_TOKEN of this service. Whoever runs it can make one
          for you. You stay signed in for 7 days at most.
        </p>
      </form>
    </Dialog>
  );
}
