import '../shared/list-page.css';
import { Targets } from '../publishing/targets.tsx';
import { Lost } from '../shared/lost.tsx';
import { useSession } from '../shared/session-state.ts';
import { Audit } from './audit.tsx';
import { Tokens } from './tokens.tsx';

/** Who may do what, and who did what. */
export function AccessPage() {
  const { who } = useSession();
  return (
    <div class="list-page">
      <div>
        <h1>Access</h1>
        <Lost />
      </div>
      {who.kind === 'local' ? <Open /> : <Tokens />}
      <Targets />
      <Audit />
    </div>
  );
}

function Open() {
  return (
    <div class="note">
      <p>
        This service is open to programs on this machine, and to nobody else: there are no tokens. To see how it is when
        it is deployed, give it a secret, start it again, and sign in with what this prints:
      </p>
      <p>
        <code>echo "ADMIN_TOKEN=$(openssl rand -base64 32)" | tee .dev.vars</code>
      </p>
    </div>
  );
}
