import type { TargetKind } from '../../domain/notices.ts';
import { isLoopback, serverUrl } from '../../domain/public-url.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { NoticePorts } from './ports.ts';

/** The local part as RFC 5322 has it without quotes: another character is one that the way there may not take. */
const ADDRESS = /^[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i;

/** Where the incoming webhooks of a platform are that has only one server. */
const HOSTS: Partial<Record<TargetKind, RegExp>> = {
  slack: /^hooks\.slack(-gov)?\.com$/,
  discord: /^(?:(?:ptb|canary)\.)?discord(?:app)?\.com$/,
};

/** What kind of target an address is, as a person wrote it. */
export function kindOf(written: string): TargetKind {
  if (!written.includes('://') && written.includes('@')) return 'email';
  const url = URL.parse(written);
  if (url === null) return 'webhook';
  const named = (['slack', 'discord'] as const).find((kind) => HOSTS[kind]?.test(url.hostname));
  // As Mattermost writes them: /hooks/ and 26 characters.
  return named ?? (/\/hooks\/[a-z0-9]{26}$/.test(url.pathname) ? 'mattermost' : 'webhook');
}

/**
 * @param service origin of this service
 * @returns what is sent to, and what may be shown of it: the rest of the address of a webhook is its secret with most
 * @throws Refusal `url_not_allowed`, `target_not_allowed`, `email_not_possible`
 */
export function checkTarget(
  { mailer, isLocal }: Pick<NoticePorts, 'mailer' | 'isLocal'>,
  kind: TargetKind,
  written: string,
  service: string,
): { sent: string; shown: string } {
  if (kind === 'email') {
    const address = written.trim();
    const refusal = ADDRESS.test(address)
      ? mailer.refusal(address)
      : `"${address.slice(0, 100)}" is not an e-mail address. Write one such as ada@example.org.`;
    if (refusal !== null) throw new Refusal('email_not_possible', refusal);
    return { sent: address, shown: address };
  }
  const url = serverUrl(written, new URL(service), isLocal);
  const host = HOSTS[kind];
  if (host && !host.test(url.hostname) && !isLoopback(url.hostname)) {
    const where = kind === 'slack' ? 'https://hooks.slack.com/services/' : 'https://discord.com/api/webhooks/';
    throw new Refusal(
      'target_not_allowed',
      `"${url.hostname}" is not a server of ${kind}. Give the address of an incoming webhook: it starts with ${where}.`,
    );
  }
  const isBare = url.pathname === '/' && url.search === '';
  return { sent: url.href, shown: isBare ? url.origin : `${url.origin}/…` };
}
