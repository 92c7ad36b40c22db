import { ANONYMOUS, type Principal } from '../../domain/access.ts';
import type { Quotas } from '../../domain/quota.ts';
import { Store, useStore } from './store.ts';

/** Who uses the page, and what there is to sign in to. */
export interface Session {
  /** Nobody, as long as that is not known. */
  who: Principal;
  isKnown: boolean;
  /** Why it is not, where the service has said so. */
  problem: string | null;
  /** What he had when that was asked for; null where he may have as much as he likes. */
  usage: { used: Quotas; limit: Quotas } | null;
  canSignIn: boolean;
  /** Whether emoji are not for everybody. */
  isPrivate: boolean;
  isSetUp: boolean;
  /** Whether the service does not take him for `who` any more, whom the page is still shown to. */
  isOver: boolean;
  /** How often somebody has signed in since the page was opened: what others see may be more, or less. */
  signIns: number;
}

export const session = new Store<Session>({
  who: ANONYMOUS,
  isKnown: false,
  problem: null,
  usage: null,
  canSignIn: false,
  isPrivate: false,
  isSetUp: true,
  isOver: false,
  signIns: 0,
});

export function useSession(): Session {
  return useStore(session, (now) => now);
}

/** The service has answered 401. @returns whether somebody was signed in, who has to do so again */
export function noteSignedOut(): boolean {
  if (session.value.who.kind === 'anonymous') return false;
  session.value = { ...session.value, isOver: true };
  return true;
}

/** Waits until somebody is signed in, where he was and is not any more. */
export function whenSignedIn(): Promise<void> {
  return until(({ isOver }) => !isOver);
}

/**
 * Asks the service. What only reads waits, when the session is over, until somebody has signed in, and then goes on. A
 * change is answered as it is: whoever signs in may be somebody else, and has not asked for it.
 */
export async function fetchInSession(...request: Parameters<typeof fetch>): Promise<Response> {
  for (;;) {
    const answer = await fetch(...request);
    if (answer.status !== 401) return answer;
    await until(({ isKnown }) => isKnown);
    const isRead = ['GET', 'HEAD'].includes(request[1]?.method ?? 'GET');
    if (!noteSignedOut() || !isRead) return answer;
    await whenSignedIn();
  }
}

function until(holds: (now: Session) => boolean): Promise<void> {
  if (holds(session.value)) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = session.subscribe(() => {
      if (!holds(session.value)) return;
      stop();
      resolve();
    });
  });
}
