import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Scope } from '../../domain/access.ts';
import { SignInButton } from './account.tsx';
import { answered, problemFrom } from './api.ts';
import { Lost } from './lost.tsx';
import { useSession } from './session-state.ts';
import { WithCode } from './with-code.tsx';

interface Props {
  scope: Scope;
  /** The heading, where there is no other. */
  title?: string;
  /** What it is needed for, such as `see the tasks`. */
  to: string;
  /** Something that needs it: the answer says why it cannot be. */
  ask: () => Parameters<typeof answered>[0];
  children?: ComponentChildren;
}

/** Shows something to those who may see it, and to others what they can do about it. */
export function Needs({ children, ...props }: Props) {
  const { who, isKnown, problem } = useSession();
  if (who.scopes.has(props.scope)) return children;
  if (isKnown) return <Refused key={who.name} {...props} />;
  return problem === null ? <Lost /> : <p class="note bad">{problem}</p>;
}

function Refused({ scope, title, to, ask }: Omit<Props, 'children'>) {
  const { who, canSignIn, isSetUp } = useSession();
  const isSignedOut = who.kind === 'anonymous' && isSetUp;
  const [reason, setReason] = useState('');
  useEffect(() => {
    if (!isSignedOut) answered(ask()).catch((error) => setReason(problemFrom(error).detail));
  }, [isSignedOut]);
  return (
    <div class="needs">
      {title && <h1 class="visually-hidden">{title}</h1>}
      <h2>{isSignedOut ? `Sign in to ${to}` : isSetUp ? `You may not ${to}` : 'This service is not set up yet'}</h2>
      <p class="soft" role="status">
        {isSignedOut ? (
          <>
            That needs a token with the scope <code>{scope}</code>. Whoever runs this service can make one for you.
          </>
        ) : (
          <WithCode text={reason} />
        )}
      </p>
      {canSignIn && <SignInButton {...(!isSignedOut && { label: 'Sign in with another token' })} />}
    </div>
  );
}
