import type { InferResponseType } from 'hono/client';
import { ANONYMOUS } from '../../domain/access.ts';
import { answered, bodyOf, problemFrom, sessionApi } from './api.ts';
import { untilAnswered } from './connection.ts';
import { noteSignedOut, session } from './session-state.ts';
import { Store } from './store.ts';

type Who = InferResponseType<typeof sessionApi.$get, 200>;

const TRY_AGAIN_MS = 3_000;

/** Whether somebody is about to sign in. */
export const signingIn = new Store(false);

/** Other tabs of this browser are signed in and out as well. */
const tabs = new BroadcastChannel('session');

/** Asks the service who one is. */
export async function lookWho(): Promise<void> {
  try {
    take(await untilAnswered(() => bodyOf(sessionApi.$get())));
  } catch (error) {
    // Cloudflare Access, where it stands in front.
    const { status, detail } = problemFrom(error);
    if (status === 401) noteSignedOut();
    if (session.value.isKnown) return;
    session.value = { ...session.value, problem: detail };
    setTimeout(lookWho, TRY_AGAIN_MS);
  }
}

/** @throws ProblemError `token_invalid` */
export async function signIn(token: string): Promise<void> {
  take(await bodyOf(sessionApi.$post({ json: { token } })));
  tabs.postMessage('signed in');
}

/** Leaves nothing on the page of what was to be seen there. @throws ProblemError */
export async function signOut(): Promise<void> {
  await answered(sessionApi.$delete());
  tabs.postMessage('signed out');
  location.reload();
}

function take(now: Who): void {
  const { kind, name, scopes, quotas: usage, can_sign_in: canSignIn, private: isPrivate, set_up: isSetUp } = now;
  if (kind === 'anonymous' && noteSignedOut()) return;
  const { isKnown, isOver, signIns, who: before } = session.value;
  const who = { ...ANONYMOUS, kind, name, scopes: new Set(scopes) };
  const isAnother = isOver || before.kind !== kind || before.name !== name;
  session.value = {
    who,
    isKnown: true,
    problem: null,
    usage,
    canSignIn,
    isPrivate,
    isSetUp,
    isOver: false,
    signIns: isKnown && isAnother ? signIns + 1 : signIns,
  };
}

tabs.onmessage = lookWho;
document.addEventListener('visibilitychange', () => {
  const { who } = session.value;
  if (document.visibilityState === 'visible' && who.kind !== 'local') void lookWho();
});
void lookWho();
