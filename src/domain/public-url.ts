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
 * Reads the URL of a server that the service is to ask: a public one, by https; or, for a service on somebody's own
 * machine, another program there, by http too and on any port but the service's own. Each spelling of an address is the
 * same after parsing (WHATWG URL): `0x7f.1` and `２１３０７０６４３３` are `127.0.0.1`. What a name resolves to is not known here.
 *
 * @param written as a person or a redirect gives it
 * @param service a URL of this service
 * @param isLocal whether it is open to the machine that it is on
 * @param from the URL that redirects, which `written` may be relative to: from elsewhere, nothing leads to that machine
 * @returns the URL without its fragment, or the rule that it breaks as a sentence to the person
 */
export function parseServerUrl(written: string, service: URL, isLocal: boolean, from?: URL): ParsedUrl {
  const read = readUrl(written, from);
  if (!read.ok) return read;
  const { url } = read;
  const isNear = [service, url, from ?? url].every(({ hostname }) => isLoopback(hostname));
  if (!isLocal || !isNear || !/^https?:$/.test(url.protocol)) return checkPublic(url, service.hostname);
  return portOf(url) === portOf(service) ? refuseOwn(url.host) : read;
}

/**
 * The same, for who cannot go on without it.
 *
 * @throws Refusal `url_not_allowed`
 */
export function serverUrl(written: string, service: URL, isLocal: boolean): URL {
  const parsed = parseServerUrl(written, service, isLocal);
  if (!parsed.ok) throw new Refusal('url_not_allowed', parsed.message);
  return parsed.url;
}

/** Whether a server is one that others on the internet can ask, by its name. */
export function isPublicServer(url: URL): boolean {
  return checkPublic(url, '').ok;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether a host, as a parsed URL has it, is the machine that asks. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/** What has to be so of any URL. */
function readUrl(written: string, from?: URL): ParsedUrl {
  const url = URL.parse(written, from);
  if (url === null) {
    return refuse(
      'malformed',
      `The URL cannot be read. Write it in full, such as "https://www.example.com/parrot.gif".`,
    );
  }
  url.hash = '';
  const { href, username, password, hostname } = url;
  if (written.length > MAX_URL_LENGTH || href.length > MAX_URL_LENGTH) {
    const length = Math.max(written.length, href.length).toLocaleString('en');
    return refuse('too_long', `The URL has ${length} characters; the limit is ${MAX_URL_LENGTH.toLocaleString('en')}.`);
  }
  if (username !== '' || password !== '') {
    return refuse('credentials', `The URL has a user or a password in front of "${hostname}". Leave them out.`);
  }
  return { ok: true, url };
}

function checkPublic(url: URL, ownHost: string): ParsedUrl {
  const { protocol, port, hostname } = url;
  if (protocol !== 'https:') return refuse('not_https', `The URL starts with "${protocol}". Give one with "https:".`);
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
  return hostname === ownHost ? refuseOwn(hostname) : { ok: true, url };
}

function refuse(rule: UrlRule, message: string): ParsedUrl {
  return { ok: false, rule, message };
}

function refuseOwn(host: string): ParsedUrl {
  return refuse('own_host', `"${host}" is this service itself. Give the URL of another server.`);
}

function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80');
}
