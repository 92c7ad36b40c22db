import { createDecipheriv, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sealedSecrets } from '../../src/adapters/sealed-secrets.ts';

const KEY = 'k'.repeat(32);
const SECRET = 'xoxb-a-token-ünïcode';
const { seal, open } = sealedSecrets(KEY);

describe('a sealed secret', () => {
  it('can be opened for what it was sealed for, and for nothing else', async () => {
    const sealed = await seal(SECRET, 'target:a');
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(sealed).not.toContain(SECRET);
    expect(await open(sealed, 'target:a')).toBe(SECRET);
    expect(await open(sealed, 'target:b')).toBe(null);
    expect(await sealedSecrets('l'.repeat(32)).open(sealed, 'target:a')).toBe(null);
  });

  it('is another one each time', async () => {
    expect(await seal(SECRET, 'a')).not.toBe(await seal(SECRET, 'a'));
  });

  it.each(['', 'AAAA', 'not base64 at all!'])('is not %j', async (sealed) => {
    expect(await open(sealed, 'a')).toBe(null);
  });

  it('cannot be changed', async () => {
    const bytes = Buffer.from(await seal(SECRET, 'a'), 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await open(changed.toString('base64url'), 'a')).toBe(null);
    }
  });

  it('is AES-256-GCM with a key by HKDF, as another implementation has it', async () => {
    const bytes = Buffer.from(await seal(SECRET, 'a'), 'base64url');
    const key = Buffer.from(hkdfSync('sha256', KEY, '', 'custom-emoji: secrets that are sent on', 32));
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
    cipher.setAAD(Buffer.from('a')).setAuthTag(bytes.subarray(-16));
    const secret = Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]);
    expect(secret.toString()).toBe(SECRET);
  });
});
