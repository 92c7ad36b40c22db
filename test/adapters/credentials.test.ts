import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { credentials } from '../../src/adapters/credentials.ts';

const keys = { adminToken: 'a'.repeat(32), tokenKey: 'b'.repeat(32) };
const ours = credentials(keys);

/** CRC-32 as in PNG's specification, annex D, bit by bit. */
function crc(text: string): number {
  let register = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >>> 1) ^ 0xedb88320 : register >>> 1;
  }
  return (register ^ 0xffffffff) >>> 0;
}

/** The other way round: what six digits in base 62 stand for. */
function numberOf(digits: string): number {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return [...digits].reduce((value, digit) => value * 62 + alphabet.indexOf(digit), 0);
}

it('makes tokens that end with their CRC-32', () => {
  const tokens = Array.from({ length: 200 }, () => ours.newToken());
  expect(new Set(tokens).size).toBe(200);
  for (const token of tokens) {
    expect(token).toMatch(/^cemoji_[0-9A-Za-z]{36}$/);
    expect(numberOf(token.slice(-6))).toBe(crc(token.slice(0, -6)));
    expect(ours.isTokenText(token)).toBe(true);
  }
});

it('knows a token with a wrong character for none', () => {
  const token = ours.newToken();
  for (let at = 0; at < token.length; at++) {
    const other = token[at] === 'x' ? 'y' : 'x';
    expect(ours.isTokenText(token.slice(0, at) + other + token.slice(at + 1)), `${at}`).toBe(false);
  }
});

it('hashes with HMAC-SHA-256 under keys of their own', () => {
  const hmac = (key: string) => createHmac('sha256', key).update('text').digest('hex');
  expect(ours.tokenHash('text')).toBe(hmac(keys.tokenKey));
  expect(ours.sessionHash('text')).toBe(hmac(keys.adminToken));
});

it('knows the ADMIN_TOKEN', () => {
  expect(ours.isAdminToken(keys.adminToken)).toBe(true);
  for (const wrong of ['', 'a', 'a'.repeat(31), 'a'.repeat(33), keys.tokenKey])
    expect(ours.isAdminToken(wrong)).toBe(false);
});
