import { ADMIN, checkValid, holderOf, LOCAL } from '../application/authenticate.ts';
import type { Orderers } from '../application/imports/ports.ts';
import type { Principal } from '../domain/access.ts';
import { Refusal } from '../domain/refusal.ts';
import { personCalled } from './access-people.ts';
import { d1Tokens } from './d1-tokens.ts';
import { defaultQuotas, isOpenToLoopback, isSetUp } from './settings.ts';

/** Who ordered what is carried out later: by what this service knows of them now. */
export function orderers(env: Env): Orderers {
  async function sender({ kind, name, tokenId }: Parameters<Orderers['again']>[0]): Promise<Principal | null> {
    if (kind === 'local') return isOpenToLoopback(env) ? LOCAL : null;
    if (!isSetUp(env)) return null;
    if (kind === 'admin') return ADMIN;
    if (kind === 'person') return personCalled(env, name);
    const token = tokenId === null ? null : await d1Tokens(env.DB).findById(tokenId);
    if (token === null) return null;
    checkValid(token, Date.now());
    return holderOf(token, defaultQuotas(env));
  }

  return {
    async again(by) {
      const principal = await sender(by);
      if (!principal?.scopes.has('emoji:write')) {
        throw new Refusal('token_invalid', 'Who ordered this may not add emoji any more.');
      }
      if (principal.name === by.name) return principal;
      // He spoke for somebody else.
      if (principal.scopes.has('emoji:admin')) return { ...principal, name: by.name };
      throw new Refusal('token_invalid', 'Who ordered this may not act for others any more.');
    },
  };
}
