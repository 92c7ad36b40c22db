import { type Principal, SCOPES } from '../../src/domain/access.ts';

/** Who may do everything, and has not said who he is. */
export const OPERATOR: Principal = {
  kind: 'local',
  name: null,
  scopes: new Set(SCOPES),
  tokenId: null,
  expiresAt: null,
  quotas: null,
};
