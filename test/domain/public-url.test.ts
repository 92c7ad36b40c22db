import { describe, expect, it } from 'vitest';
import { parsePublicUrl, publicUrl, targetUrl } from '../../src/domain/public-url.ts';

const OWN = 'emoji.example.net';

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
    expect(parsePublicUrl(written, OWN)).toMatchObject({ ok: true, url: { href } });
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
    expect(parsePublicUrl(written, OWN)).toMatchObject({ ok: false, rule });
  });

  it('has 2,048 characters at most, as it is written and as it is sent', () => {
    const start = 'https://www.example.com/';
    expect(parsePublicUrl(start + 'a'.repeat(2_048 - start.length), OWN).ok).toBe(true);
    expect(parsePublicUrl(start + 'a'.repeat(2_049 - start.length), OWN)).toMatchObject({ rule: 'too_long' });
    // Two bytes of UTF-8, each as %XX.
    expect(parsePublicUrl(start + 'ä'.repeat(400), OWN)).toMatchObject({ rule: 'too_long' });
    expect(parsePublicUrl(`${start}#${'a'.repeat(2_048)}`, OWN)).toMatchObject({ rule: 'too_long' });
  });

  it('is read from another one, by the same rules', () => {
    const from = new URL('https://www.example.com/a/b?c');
    expect(parsePublicUrl('../d', OWN, from)).toMatchObject({ ok: true, url: { href: 'https://www.example.com/d' } });
    expect(parsePublicUrl('//emoji.example.net/', OWN, from)).toMatchObject({ rule: 'own_host' });
    expect(parsePublicUrl('http:/x', OWN, from)).toMatchObject({ rule: 'not_https' });
  });

  it('that is refused is named, without its password', () => {
    expect(() => publicUrl('https://0x7f.1/', OWN)).toThrow('The URL is that of the IP address 127.0.0.1.');
    const refused = parsePublicUrl('https://ada:secret@www.example.com/', OWN);
    expect(JSON.stringify(refused)).not.toMatch(/ada|secret/);
  });
});

describe('the URL of a target', () => {
  it.each([
    ['http://127.0.0.1:9000/hook', 'http://127.0.0.1:9000/hook'],
    ['http://localhost:9000/', 'http://localhost:9000/'],
    ['https://[::1]:9000/', 'https://[::1]:9000/'],
    ['http://0x7f.1:9000/', 'http://127.0.0.1:9000/'],
  ])('may be %j for a service on the same machine only', (written, href) => {
    expect(targetUrl(written, 'localhost', true).href).toBe(href);
    expect(() => targetUrl(written, 'localhost', false)).toThrow();
  });

  it.each([
    'http://10.0.0.1:9000/',
    'http://www.example.com/',
    'http://localhost.:9000/',
    'http://127.0.0.1.nip.io:9000/',
    'http://ada:secret@127.0.0.1:9000/',
    'ftp://127.0.0.1/',
  ])('is never %j', (written) => {
    expect(() => targetUrl(written, 'localhost', true)).toThrow();
  });

  it('is otherwise that of a public server', () => {
    expect(targetUrl('https://chat.example.com/hook', 'localhost', true).href).toBe('https://chat.example.com/hook');
  });
});
