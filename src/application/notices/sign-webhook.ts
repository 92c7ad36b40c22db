const PREFIX = 'whsec_';

/** Standard Webhooks wants 24 to 64 bytes. */
const SECRET_BYTES = 32;

/** A new secret to sign webhooks with, as receivers take it: `whsec_` and base64. */
export function newWebhookSecret(): string {
  return PREFIX + crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toBase64();
}

/**
 * What proves to a receiver that a webhook is from here, by https://www.standardwebhooks.com: HMAC-SHA-256 of the id,
 * the time and the body.
 *
 * @param secrets that it may be checked by: there is a signature for each
 * @param at milliseconds since 1970, of this attempt
 */
export async function webhookHeaders(
  id: string,
  at: number,
  body: string,
  secrets: string[],
): Promise<Record<string, string>> {
  const timestamp = `${Math.floor(at / 1_000)}`;
  const signatures = await Promise.all(secrets.map((secret) => sign(`${id}.${timestamp}.${body}`, secret)));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
  };
}

async function sign(signed: string, secret: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = Uint8Array.fromBase64(secret.slice(PREFIX.length));
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed));
  return `v1,${new Uint8Array(signature).toBase64()}`;
}
