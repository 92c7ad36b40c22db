import type { Failure } from '../failure.ts';

/** What is wrong with a pack, or with a file in it, for good. */
export class PackFault extends Error {
  override name = 'PackFault';
  readonly failure: Failure;

  constructor(code: string, message: string, remedy: string) {
    super(message);
    this.failure = { code, message, remedy };
  }
}

export const SEND_AGAIN = 'Make the archive anew, and send that.';

/** @param why follows "The archive cannot be read: " */
export function unreadable(why: string): PackFault {
  return new PackFault('pack_unreadable', `The archive cannot be read: ${why}.`, SEND_AGAIN);
}

/** @param what it has too much of, such as `files` */
export function tooLarge(has: number, what: string, limit: number, orMore = ''): PackFault {
  const [n, most] = [has, limit].map((number) => number.toLocaleString('en'));
  return new PackFault(
    'pack_too_large',
    `The archive has ${n} ${what}${orMore}; the limit is ${most}.`,
    'Make several archives of it, and import one after the other.',
  );
}
