/** Seconds until a message comes again that nobody could be asked about: 2, 4, 8 … at most 5 minutes. */
export function backOffSeconds(deliveries: number): number {
  return Math.min(2 ** deliveries, 300);
}
