import { useState } from 'preact/hooks';
import { accessApi, bodyOf } from '../shared/api.ts';
import { Icon } from '../shared/icon.tsx';
import { lazily } from '../shared/lazily.tsx';
import { ListFoot } from '../shared/list-foot.tsx';
import { usePages } from '../shared/use-pages.ts';
import { TokenTable } from './token-table.tsx';
import type { Token } from './types.ts';

const NewTokenDialog = lazily(async () => (await import('./new-token-dialog.tsx')).NewTokenDialog);
const RevokeDialog = lazily(async () => (await import('./revoke-dialog.tsx')).RevokeDialog);

/** The tokens there are, and the way to more of them, and to fewer. */
export function Tokens() {
  const list = usePages<Token>((cursor) => bodyOf(accessApi.tokens.$get({ query: cursor ? { cursor } : {} })), '');
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<Token | null>(null);
  return (
    <section aria-labelledby="tokens">
      <div class="title">
        <h2 id="tokens">Tokens</h2>
        <button type="button" class="button primary" onClick={() => setMaking(true)}>
          <Icon name="add" />
          New token
        </button>
      </div>
      <p class="soft">Programs and people use the service with them: one for each, so that it can be revoked alone.</p>
      {list.items && list.items.length > 0 && <TokenTable tokens={list.items} onRevoke={setRevoked} />}
      <ListFoot list={list} none="There are no tokens yet." />
      {isMaking && <NewTokenDialog onMade={list.again} onClose={() => setMaking(false)} />}
      {revoked && <RevokeDialog token={revoked} onRevoked={list.again} onClose={() => setRevoked(null)} />}
    </section>
  );
}
