import { SignInButton } from './account.tsx';
import { signingIn } from './session.ts';
import { useSession } from './session-state.ts';
import { useStore } from './store.ts';

/**
 * Says that one is not signed in any more: once on a page, and in each dialog, since all that is not in the dialog on top
 * can neither be clicked nor is it read out.
 */
export function SignedOut() {
  const { who, isOver } = useSession();
  const isSigningIn = useStore(signingIn, (is) => is);
  return (
    <div role="alert">
      {isOver && !isSigningIn && (
        <div class="note warn signed-out">
          <p>You are signed out: your session has ended. Nothing here is lost. Sign in, and go on.</p>
          {who.kind === 'person' ? (
            // Cloudflare Access asks there; coming back from it tells this page.
            <a class="button primary" href={location.pathname} target="_blank" rel="noreferrer">
              Sign in, in another tab
            </a>
          ) : (
            <SignInButton />
          )}
        </div>
      )}
    </div>
  );
}
