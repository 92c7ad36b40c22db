import { Refusal } from './refusal.ts';

/** Longest URL, as it is sent: in characters, all of them ASCII. */
export const MAX_URL_LENGTH = 2_048;

/** Why a URL is refused. */
export type UrlRule =
  | 'malformed'
  | 'too_long'
  | 'not_https'
  | 'credentials'
  | 'port'
  | 'ip_address'
  | 'trailing_dot'
  | 'no_domain'
  | 'special_use'
  | 'own_host';

export type ParsedUrl = { ok: true; url: URL } | { ok: false; rule: UrlRule; message: string };

/**
 * Last labels of names that no public server has: IANA's registry of special-use domain names (RFC 6761) with all of
 * `.arpa`, what ICANN keeps for private use or will not delegate, and what RFC 6762, Appendix G, found in private networks.
 */
const SPECIAL_USE = new Set(
  (
    'alt arpa example invalid local localhost onion test ' +
    'internal home corp mail ' +
    'intranet private lan localdomain'
  ).split(' '),
);

/**
 * Reads the URL of a public server that the service is to ask. Each spelling of an address is the same after parsing
 * (WHATWG URL): `0x7f.1` and `２１３０７０６４３３` are `127.0.0.1`. What a name resolves to is not known here.
 *
 * @param written as a person or a redirect gives it
 * @param from the URL that it may be relative to
 * @param ownHost of this service, without its port
 * @returns the URL without its fragment, or the rule that it breaks as a sentence to the person
 */
export function parsePublicUrl(written: string, ownHost: string, from?: URL): ParsedUrl {
  const url = URL.parse(written, from);
  if (url === null) {
    return refuse(
      'malformed',
      `The URL cannot be read. Write it in full, such as "https://www.example.com/parrot.gif".`,
    );
  }
  url.hash = '';
  const { href, protocol, username, password, port, hostname } = url;
  if (written.length > MAX_URL_LENGTH || href.length > MAX_URL_LENGTH) {
    const length = Math.max(written.length, href.length).toLocaleString('en');
    return refuse('too_long', `The URL has ${length} characters; the limit is ${MAX_URL_LENGTH.toLocaleString('en')}.`);
  }
  if (protocol !== 'https:') return refuse('not_https', `The URL starts with "${protocol}". Give one with "https:".`);
  if (username !== '' || password !== '') {
    return refuse('credentials', `The URL has a user or a password in front of "${hostname}". Leave them out.`);
  }
  if (port !== '') return refuse('port', `The URL has the port ${port}. Only 443, the one of https, is allowed.`);
  if (hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname)) {
    return refuse('ip_address', `The URL is that of the IP address ${hostname}. Give one with the name of a server.`);
  }
  if (hostname.endsWith('.')) {
    return refuse('trailing_dot', `The server's name "${hostname}" ends with a dot. Leave it out.`);
  }
  const labels = hostname.split('.');
  if (SPECIAL_USE.has(labels.at(-1) ?? '')) {
    return refuse('special_use', `Names such as "${hostname}" are not public. Give the URL of a public server.`);
  }
  if (labels.length < 2 || labels.includes('')) {
    return refuse('no_domain', `"${hostname}" is not the full name of a server. Give one such as "www.example.com".`);
  }
  if (hostname === ownHost) {
    return refuse('own_host', `"${hostname}" is this service itself. Give the URL of another server.`);
  }
  return { ok: true, url };
}

function refuse(rule: UrlRule, message: string): ParsedUrl {
  return { ok: false, rule, message };
}

/**
 * The same, for who cannot go on without it.
 *
 * @throws Refusal `url_not_allowed`
 */
export function publicUrl(written: string, ownHost: string): URL {
  const parsed = parsePublicUrl(written, ownHost);
  if (!parsed.ok) throw new Refusal('url_not_allowed', parsed.message);
  return parsed.url;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether a host, as a parsed URL has it, is the machine that asks. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Reads the URL of a server that something is to be sent to.
 *
 * @param isLocal of a service on somebody's own machine: another program there may be meant, by HTTP and on any port
 * @throws Refusal `url_not_allowed`
 */
export function targetUrl(written: string, ownHost: string, isLocal: boolean): URL {
  const url = URL.parse(written);
  const isNear = isLocal && url !== null && /^https?:$/.test(url.protocol) && isLoopback(url.hostname);
  return isNear && url.username === '' && url.password === '' ? url : publicUrl(written, ownHost);
}
