import type { Scope } from '../../domain/access.ts';

/** What each scope is for, to people. */
export const SCOPE_WORDS: Record<Scope, string> = {
  'emoji:read': 'See all emoji, also of a private service, with who made them, their originals and their history.',
  'emoji:write':
    'Add emoji, and change, delete and restore those that it has added; publish emoji, and have notices sent.',
  'emoji:admin': 'The same with the emoji of everybody.',
  'task:read': 'See all tasks, and follow them.',
  'task:write': 'Retry and cancel all tasks, one by one or many at once.',
  'token:admin': 'Make and revoke tokens, see who did what, and say where emoji are published.',
};
