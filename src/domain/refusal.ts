import type { NameRule } from './emoji-name.ts';

export type RefusalCode =
  | NameRule
  | 'name_taken'
  | 'emoji_not_found'
  | 'task_not_found'
  | 'empty_file'
  | 'file_too_large';

/** A request that cannot be done, and changed nothing. The message is a sentence to the person who asked. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}
