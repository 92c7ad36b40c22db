import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Credentials } from '../application/access-ports.ts';

const PREFIX = 'cemoji_';
const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 178 bits that nobody can guess. */
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;

const TOKEN = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`);

/**
 * Tokens have a prefix and a checksum, so that a scanner for secrets knows one when it sees it: `cemoji_`, 30 random
 * characters, and the CRC-32 of all that in base 62, as GitHub's tokens have.
 *
 * @param keys both are secrets
 */
export function credentials(keys: { adminToken: string; tokenKey: string }): Credentials {
  const hmac = (key: string, text: string) => createHmac('sha256', key).update(text);
  return {
    newToken() {
      const random = Array.from({ length: RANDOM_LENGTH }, () => BASE_62[randomInt(62)]).join('');
      return withChecksum(PREFIX + random);
    },
    newSession: () => randomBytes(32).toString('base64url'),
    isTokenText: (text) => TOKEN.test(text) && withChecksum(text.slice(0, -CHECKSUM_LENGTH)) === text,
    // Of digests: they are of one length, and nobody can choose them.
    isAdminToken: (text) =>
      timingSafeEqual(hmac(keys.adminToken, text).digest(), hmac(keys.adminToken, keys.adminToken).digest()),
    tokenHash: (text) => hmac(keys.tokenKey, text).digest('hex'),
    // Another ADMIN_TOKEN signs everybody out.
    sessionHash: (text) => hmac(keys.adminToken, text).digest('hex'),
  };
}

function withChecksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  while (digits.length < CHECKSUM_LENGTH) {
    digits = BASE_62[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return text + digits;
}
