import type { Quotas } from '../domain/quota.ts';

/** How long finished tasks and their uploads are kept: `TASK_RETENTION_DAYS`, at least one day. */
export function retentionMs(env: Env): number {
  const days = Number(env.TASK_RETENTION_DAYS);
  if (!(days >= 1))
    throw new Error(`TASK_RETENTION_DAYS is "${env.TASK_RETENTION_DAYS}"; it must be a number of 1 or more`);
  return days * 86_400_000;
}

/** What each owner may have who has no numbers of his own: `QUOTA_EMOJIS`, `QUOTA_BYTES`, `QUOTA_TASKS`. */
export function defaultQuotas(env: Env): Quotas {
  const [emojis, bytes, tasks] = (['QUOTA_EMOJIS', 'QUOTA_BYTES', 'QUOTA_TASKS'] as const).map((name) => {
    const text: string = env[name];
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new Error(`${name} is "${text}"; it must be a whole number of at most 15 digits`);
  }) as [number, number, number];
  return { emojis, bytes, tasks };
}

/** Origins whose pages may use the API: `CORS_ORIGINS`, written as browsers do, separated by commas; `*` is any. */
export function corsOrigins(env: Env): string[] {
  return env.CORS_ORIGINS.split(',').map((origin) => origin.trim());
}

/** Shorter ones could be guessed. */
export const MIN_SECRET_LENGTH = 32;

/**
 * `ADMIN_TOKEN` opens a service. `TOKEN_KEY` is what tokens are hashed with, where the other is to be changed without
 * making all of them anew.
 *
 * @returns null where no `ADMIN_TOKEN` is set; `short`, where one of them is too short to be a secret
 */
export function secretsOf(env: Env): { adminToken: string; tokenKey: string } | 'short' | null {
  const { ADMIN_TOKEN: adminToken = '', TOKEN_KEY: tokenKey = adminToken } = env;
  if (adminToken === '') return null;
  return adminToken.length < MIN_SECRET_LENGTH || tokenKey.length < MIN_SECRET_LENGTH
    ? 'short'
    : { adminToken, tokenKey };
}

/** Whether `npm start` has opened the service to all programs on the same machine. */
export function isOpenToLoopback({ OPEN_TO_LOOPBACK: open, ADMIN_TOKEN: adminToken = '' }: Env): boolean {
  return open === 'true' && adminToken === '';
}

/**
 * What secrets of others are sealed with, that the service has to send on. That of an open service is no secret: what it
 * stores lies on the machine that it is open to.
 *
 * @returns null where the service is not set up
 */
export function sealingKeyOf(env: Env): string | null {
  if (isOpenToLoopback(env)) return 'a service that is open to the machine it is on';
  const secrets = secretsOf(env);
  return secrets === null || secrets === 'short' ? null : secrets.tokenKey;
}

export function isSetUp(env: Env): boolean {
  const secrets = secretsOf(env);
  return secrets !== null && secrets !== 'short';
}

/** Whether emoji are shown to those only who may do so: `READ_ACCESS` is `public`, and anything else is not. */
export function isPrivate(env: Env): boolean {
  return (env.READ_ACCESS as string) !== 'public';
}
