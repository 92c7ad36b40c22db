const IV_BYTES = 12;

/** Secrets that the service has to send on, and thus must be able to read again. */
export interface SealedSecrets {
  /**
   * @param context what the secret belongs to: it can be opened for nothing else
   * @returns printable ASCII
   */
  seal(secret: string, context: string): Promise<string>;
  /** @returns null for what was sealed with another key or for something else, or was changed since */
  open(sealed: string, context: string): Promise<string | null>;
}

/** Of a service that is not set up: it has none. */
export const NO_SECRETS: SealedSecrets = {
  seal: () => Promise.reject(new Error('a service that is not set up can keep no secret')),
  open: async () => null,
};

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce before the ciphertext, in base64url.
 *
 * @param key a secret; the key is derived from it by HKDF-SHA-256 (RFC 5869), and so is no other key that it is used for
 */
export function sealedSecrets(key: string): SealedSecrets {
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
