/**
 * The wait that an answer asks for by `Retry-After`: seconds or a date (RFC 9110, section 10.2.3). Some send fractions of
 * a second.
 *
 * @param now milliseconds since 1970
 * @returns milliseconds, negative where it is over; null where nothing can be read
 */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const value = headers.get('Retry-After')?.trim() ?? '';
  const ms = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.ceil(ms) : null;
}
