import type { Secrets } from '../application/ports.ts';

const IV_BYTES = 12;

/** Of a service that is not set up: it has none. */
const NO_SECRETS: Secrets = {
  seal: () => Promise.reject(new Error('a service that is not set up can keep no secret')),
  open: async () => null,
};

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce before the ciphertext, in base64url.
 *
 * @param key a secret; the key is derived from it by HKDF-SHA-256 (RFC 5869), and so is no other key that it is used for.
 * Null where the service is not set up
 */
export function sealedSecrets(key: string | null): Secrets {
  if (key === null) return NO_SECRETS;
  const utf8 = new TextEncoder();
  let derived: Promise<CryptoKey> | null = null;
  const derive = async () => {
    const secret = await crypto.subtle.importKey('raw', utf8.encode(key), 'HKDF', false, ['deriveKey']);
    const info = utf8.encode('custom-emoji: secrets that are sent on');
    return crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
      secret,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    );
  };
  const keyOf = () => {
    derived ??= derive();
    return derived;
  };
  const how = (iv: Uint8Array<ArrayBuffer>, context: string) => ({
    name: 'AES-GCM',
    iv,
    additionalData: utf8.encode(context),
  });
  return {
    async seal(secret, context) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const ciphertext = await crypto.subtle.encrypt(how(iv, context), await keyOf(), utf8.encode(secret));
      return Buffer.concat([iv, new Uint8Array(ciphertext)]).toString('base64url');
    },
    async open(sealed, context) {
      const bytes = new Uint8Array(Buffer.from(sealed, 'base64url'));
      try {
        const secret = await crypto.subtle.decrypt(
          how(bytes.slice(0, IV_BYTES), context),
          await keyOf(),
          bytes.slice(IV_BYTES),
        );
        return new TextDecoder().decode(secret);
      } catch {
        return null;
      }
    },
  };
}
