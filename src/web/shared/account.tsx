import './sign-in.css';
import { useEffect, useRef } from 'preact/hooks';
import { problemFrom } from './api.ts';
import { Icon } from './icon.tsx';
import { lazily } from './lazily.tsx';
import { notify } from './notices.tsx';
import { lookWho, signingIn, signOut } from './session.ts';
import { useSession } from './session-state.ts';
import { useStore } from './store.ts';
import { Usage } from './usage.tsx';

const SignInDialog = lazily(async () => (await import('./sign-in-dialog.tsx')).SignInDialog);

/** Who uses the page, and the way in and out; nothing where there is none. */
export function Account() {
  const { who, usage, canSignIn } = useSession();
  if (who.kind === 'local') return null;
  if (who.kind === 'anonymous') {
    if (!canSignIn) return null;
    return (
      <button type="button" class="button account" onClick={openSignIn}>
        <Icon name="person" />
        <span>Sign in</span>
      </button>
    );
  }
  const name = who.name ?? 'nobody';
  return (
    <>
      <button type="button" class="button account" popovertarget="account-menu" title={`Signed in as ${name}`}>
        <Icon name="person" />
        <span>{name}</span>
      </button>
      <div
        id="account-menu"
        popover="auto"
        class="account-menu card"
        onToggle={({ newState }) => newState === 'open' && lookWho()}
      >
        <p>
          {who.kind === 'admin' && 'Signed in with the ADMIN_TOKEN.'}
          {who.kind === 'token' && `Signed in with the token “${name}”.`}
          {who.kind === 'person' && `Signed in by Cloudflare Access as ${name}.`}
        </p>
        <ul class="scopes">
          {[...who.scopes].map((scope) => (
            <li key={scope} class="chip">
              {scope}
            </li>
          ))}
        </ul>
        {usage && <Usage {...usage} />}
        {who.scopes.has('token:admin') && (
          <a class="button access-link" href="/access">
            Access
          </a>
        )}
        {canSignIn && (
          <button
            type="button"
            class="button"
            onClick={() => void signOut().catch((error) => notify(problemFrom(error).detail))}
          >
            Sign out
          </button>
        )}
      </div>
    </>
  );
}

function openSignIn(): void {
  signingIn.value = true;
}

/** A way in, wherever it is needed. */
export function SignInButton({ label = 'Sign in' }: { label?: string }) {
  return (
    <button type="button" class="button primary" onClick={openSignIn}>
      {label}
    </button>
  );
}

/** Where one signs in; once on a page. */
export function SignIn() {
  const isOpen = useStore(signingIn, (is) => is);
  const wasOpen = useRef(false);
  useEffect(() => {
    // What it was opened by may have gone.
    if (wasOpen.current && !isOpen && document.activeElement === document.body) {
      [...document.querySelectorAll<HTMLElement>('button.account, dialog[open] .head button')].at(-1)?.focus();
    }
    wasOpen.current = isOpen;
  }, [isOpen]);
  const close = () => {
    signingIn.value = false;
  };
  return isOpen && <SignInDialog onClose={close} />;
}
