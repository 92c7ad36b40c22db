import type { Usage } from './processes.ts';

/** A service that takes uploads and gives emoji, at the same addresses as the others. */
export interface Contender {
  name: string;
  url: string;
  /** Whether it has pages of emoji. */
  lists: boolean;
  usage(): Usage;
  stop(): Promise<void>;
}
