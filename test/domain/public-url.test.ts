import { describe, expect, it } from 'vitest';
import { isPublicServer, parseServerUrl, serverUrl } from '../../src/domain/public-url.ts';

const OWN = new URL('https://emoji.example.net/custom-emoji/emojis?name=a');

describe('the URL of a public server', () => {
  it.each([
    ['https://www.example.com/parrot.gif', 'https://www.example.com/parrot.gif'],
    ['https://example.com', 'https://example.com/'],
    ['https://www.example.com:443/a', 'https://www.example.com/a'],
    ['  HTTPS://WWW.Example.COM/A?b=c#d\n', 'https://www.example.com/A?b=c'],
    ['https://bücher.example.com/ä', 'https://xn--bcher-kva.example.com/%C3%A4'],
    ['https://exa_mple.com/', 'https://exa_mple.com/'],
    // Names that only look like what is refused.
    ['https://localhost.example.com/', 'https://localhost.example.com/'],
    ['https://127.0.0.1.example.com/', 'https://127.0.0.1.example.com/'],
    ['https://internal.dev/', 'https://internal.dev/'],
    ['https://mylocal.com/?u=http://127.0.0.1', 'https://mylocal.com/?u=http://127.0.0.1'],
    ['https://www.emoji.example.net/', 'https://www.emoji.example.net/'],
  ])('may be %j', (written, href) => {
    expect(parseServerUrl(written, OWN, false)).toMatchObject({ ok: true, url: { href } });
  });

  it.each([
    ['malformed', ''],
    ['malformed', 'parrot.gif'],
    ['malformed', '//www.example.com/parrot.gif'],
    ['malformed', 'https://'],
    ['malformed', 'https://www.example.com:99999/'],
    ['malformed', 'https://exa mple.com/'],
    ['malformed', 'https://www.example.com%00.evil.com/'],
    ['malformed', 'https://1.2.3.4.5/'],
    ['malformed', 'https://256.256.256.256/'],
    ['malformed', 'https://[::1/'],
    ['malformed', 'https://[fe80::1%25eth0]/'],
    ['not_https', 'http://www.example.com/'],
    ['not_https', 'ftp://www.example.com/'],
    ['not_https', 'ws://www.example.com/'],
    ['not_https', 'file:///etc/passwd'],
    ['not_https', 'data:image/gif;base64,R0lGODlhAQABAAAAACw='],
    ['not_https', 'javascript:alert(1)'],
    ['not_https', 'blob:https://www.example.com/0a4f6d3e'],
    ['not_https', 'gopher://www.example.com:443/'],
    ['credentials', 'https://ada@www.example.com/'],
    ['credentials', 'https://:secret@www.example.com/'],
    ['credentials', 'https://www.example.com:443@127.0.0.1/'],
    ['credentials', 'https://www.example.com%2F@evil.com/'],
    ['port', 'https://www.example.com:80/'],
    ['port', 'https://www.example.com:8443/'],
    ['port', 'https://www.example.com:22/'],
    ['port', 'https://www.example.com:0/'],
    // IPv4, in every way that the parser knows (WHATWG URL, 3.5).
    ['ip_address', 'https://127.0.0.1/'],
    ['ip_address', 'https://8.8.8.8/'],
    ['ip_address', 'https://10.0.0.1/'],
    ['ip_address', 'https://169.254.169.254/latest/meta-data/'],
    ['ip_address', 'https://0.0.0.0/'],
    ['ip_address', 'https://127.1/'],
    ['ip_address', 'https://127.0.1/'],
    ['ip_address', 'https://2130706433/'],
    ['ip_address', 'https://0x7f000001/'],
    ['ip_address', 'https://0x7f.0x0.0x0.0x1/'],
    ['ip_address', 'https://0177.0.0.1/'],
    ['ip_address', 'https://017700000001/'],
    ['ip_address', 'https://0x7f.1/'],
    ['ip_address', 'https://0/'],
    ['ip_address', 'https://127.0.0.1./'],
    ['ip_address', 'https://１２７.０.０.１/'],
    ['ip_address', 'https://①②⑦.0.0.1/'],
    ['ip_address', 'https://127。0。0。1/'],
    ['ip_address', 'https://%31%32%37.0.0.1/'],
    ['ip_address', 'https:\\\\127.0.0.1\\'],
    ['ip_address', 'https:127.0.0.1'],
    ['ip_address', 'ht\ntps://127.0\t.0.1/'],
    // IPv6, and IPv4 in it.
    ['ip_address', 'https://[::1]/'],
    ['ip_address', 'https://[::]/'],
    ['ip_address', 'https://[2606:4700:4700::1111]/'],
    ['ip_address', 'https://[fd00:ec2::254]/'],
    ['ip_address', 'https://[fe80::1]/'],
    ['ip_address', 'https://[::ffff:127.0.0.1]/'],
    ['ip_address', 'https://[::ffff:7f00:1]/'],
    ['ip_address', 'https://[64:ff9b::7f00:1]/'],
    ['ip_address', 'https://[0:0:0:0:0:0:0:1]:443/'],
    ['trailing_dot', 'https://www.example.com./'],
    ['trailing_dot', 'https://localhost./'],
    ['trailing_dot', 'https://emoji.example.net./'],
    ['trailing_dot', 'https://www.example.com。/'],
    ['no_domain', 'https://intranet1/'],
    ['no_domain', 'https://com/'],
    ['no_domain', 'https://router/'],
    ['no_domain', 'https://.com/'],
    ['no_domain', 'https://a..com/'],
    // IANA's special-use domain names, and names of private networks.
    ['special_use', 'https://localhost/'],
    ['special_use', 'https://LOCALHOST/'],
    ['special_use', 'https://ⓛocalhost/'],
    ['special_use', 'https://loc%61lhost/'],
    ['special_use', 'https://www.localhost/'],
    ['special_use', 'https://printer.local/'],
    ['special_use', 'https://metadata.google.internal/'],
    ['special_use', 'https://router.home.arpa/'],
    ['special_use', 'https://1.0.0.127.in-addr.arpa/'],
    ['special_use', 'https://a.test/'],
    ['special_use', 'https://a.invalid/'],
    ['special_use', 'https://a.example/'],
    ['special_use', 'https://a.onion/'],
    ['special_use', 'https://a.alt/'],
    ['special_use', 'https://wiki.corp/'],
    ['special_use', 'https://nas.home/'],
    ['special_use', 'https://smtp.mail/'],
    ['special_use', 'https://nas.lan/'],
    ['special_use', 'https://wiki.intranet/'],
    ['special_use', 'https://wiki.private/'],
    ['special_use', 'https://localhost.localdomain/'],
    ['own_host', 'https://emoji.example.net/custom-emoji/a'],
    ['own_host', 'https://EMOJI.example.net:443/'],
  ])('is refused for %s: %j', (rule, written) => {
    expect(parseServerUrl(written, OWN, false)).toMatchObject({ ok: false, rule });
    // What a page of another site has its own name lead to is asked for by that name.
    expect(parseServerUrl(written, OWN, true)).toMatchObject({ ok: false, rule });
  });

  it('has 2,048 characters at most, as it is written and as it is sent', () => {
    const start = 'https://www.example.com/';
    expect(parseServerUrl(start + 'a'.repeat(2_048 - start.length), OWN, false).ok).toBe(true);
    expect(parseServerUrl(start + 'a'.repeat(2_049 - start.length), OWN, false)).toMatchObject({ rule: 'too_long' });
    // Two bytes of UTF-8, each as %XX.
    expect(parseServerUrl(start + 'ä'.repeat(400), OWN, false)).toMatchObject({ rule: 'too_long' });
    expect(parseServerUrl(`${start}#${'a'.repeat(2_048)}`, OWN, false)).toMatchObject({ rule: 'too_long' });
  });

  it('is read from another one, by the same rules', () => {
    const from = new URL('https://www.example.com/a/b?c');
    expect(parseServerUrl('../d', OWN, false, from)).toMatchObject({
      ok: true,
      url: { href: 'https://www.example.com/d' },
    });
    expect(parseServerUrl('//emoji.example.net/', OWN, false, from)).toMatchObject({ rule: 'own_host' });
    expect(parseServerUrl('http:/x', OWN, false, from)).toMatchObject({ rule: 'not_https' });
  });

  it('that is refused is named, without its password', () => {
    expect(() => serverUrl('https://0x7f.1/', OWN, false)).toThrow('The URL is that of the IP address 127.0.0.1.');
    const refused = parseServerUrl('https://ada:secret@www.example.com/', OWN, false);
    expect(JSON.stringify(refused)).not.toMatch(/ada|secret/);
  });
});

describe('the URL of another program on the machine of a service that is open to it', () => {
  const LOCAL = new URL('http://localhost:8787/custom-emoji/imports');

  it.each([
    ['http://127.0.0.1:9000/hook#a', 'http://127.0.0.1:9000/hook'],
    ['http://localhost:9000/', 'http://localhost:9000/'],
    ['http://localhost/', 'http://localhost/'],
    ['https://[::1]:9000/', 'https://[::1]:9000/'],
    ['http://0x7f.1:9000/', 'http://127.0.0.1:9000/'],
  ])('may be %j, for no other service', (written, href) => {
    expect(serverUrl(written, LOCAL, true).href).toBe(href);
    expect(() => serverUrl(written, LOCAL, false)).toThrow();
    expect(() => serverUrl(written, OWN, true)).toThrow();
  });

  it.each([
    ['not_https', 'http://10.0.0.1:9000/'],
    ['not_https', 'http://169.254.169.254/latest/meta-data/'],
    ['not_https', 'http://[fd00:ec2::254]/latest/meta-data/'],
    ['not_https', 'http://0.0.0.0:9000/'],
    ['not_https', 'http://[::]:9000/'],
    ['not_https', 'http://[::ffff:127.0.0.1]:9000/'],
    ['not_https', 'http://www.example.com/'],
    ['not_https', 'http://localhost.:9000/'],
    ['not_https', 'http://127.0.0.1.nip.io:9000/'],
    ['not_https', 'ftp://127.0.0.1/'],
    ['ip_address', 'https://192.168.0.7/'],
    ['credentials', 'http://ada:secret@127.0.0.1:9000/'],
    ['too_long', `http://127.0.0.1:9000/${'a'.repeat(2_048)}`],
    ['own_host', 'http://localhost:8787/custom-emoji/a'],
    ['own_host', 'http://127.0.0.1:8787/'],
    ['own_host', 'https://[::1]:8787/'],
  ])('is not allowed for %s: %j', (rule, written) => {
    expect(parseServerUrl(written, LOCAL, true)).toMatchObject({ ok: false, rule });
  });

  it('is not that of the service where each goes without its port', () => {
    const at = (written: string, own: string) => parseServerUrl(written, new URL(own), true);
    expect(at('http://127.0.0.1/', 'http://localhost/')).toMatchObject({ rule: 'own_host' });
    expect(at('https://127.0.0.1/', 'https://localhost:443/')).toMatchObject({ rule: 'own_host' });
    expect(at('https://127.0.0.1/', 'http://localhost/')).toMatchObject({ ok: true });
  });

  it('is one that another such program redirects to, and no public server', () => {
    const next = (written: string, from: string) => parseServerUrl(written, LOCAL, true, new URL(from));
    expect(next('/b', 'http://127.0.0.1:9000/a')).toMatchObject({ url: { href: 'http://127.0.0.1:9000/b' } });
    expect(next('http://localhost:9001/', 'http://127.0.0.1:9000/')).toMatchObject({ ok: true });
    expect(next('https://www.example.com/', 'http://127.0.0.1:9000/')).toMatchObject({ ok: true });
    expect(next('http://localhost:8787/', 'http://127.0.0.1:9000/')).toMatchObject({ rule: 'own_host' });
    expect(next('http://10.0.0.1/', 'http://127.0.0.1:9000/')).toMatchObject({ rule: 'not_https' });
    expect(next('http://127.0.0.1:9000/', 'https://www.example.com/')).toMatchObject({ rule: 'not_https' });
    expect(next('https://127.0.0.1:9000/', 'https://www.example.com/')).toMatchObject({ rule: 'port' });
    expect(next('https://127.0.0.1/', 'https://www.example.com/')).toMatchObject({ rule: 'ip_address' });
  });

  it('leaves those of public servers as they are', () => {
    expect(serverUrl('https://chat.example.com/hook', LOCAL, true).href).toBe('https://chat.example.com/hook');
  });
});

describe('a public server', () => {
  it('is known by its URL', () => {
    expect(isPublicServer(new URL('https://emoji.example.net'))).toBe(true);
    for (const url of ['http://emoji.example.net', 'https://emoji.example.net:8443', 'https://localhost']) {
      expect(isPublicServer(new URL(url)), url).toBe(false);
    }
  });
});
