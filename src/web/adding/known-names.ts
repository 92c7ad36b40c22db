import { type ListedEmoji, lookUp } from '../shared/emojis.ts';
import { Store } from '../shared/store.ts';

/** Names that were looked up, in canonical form: who has it; `free`; or `reserved` for a picture that is on its way. */
export const knownNames = new Store<ReadonlyMap<string, ListedEmoji | 'free' | 'reserved'>>(new Map());

/** Names that are looked up at once. */
const MOST_NAMES = 100;
/** Long enough for a word to be typed. */
const DEBOUNCE_MS = 250;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Looks names up when no others have been asked for in a while. @param wanted those that matter then */
export function lookUpSoon(wanted: () => Iterable<string>): void {
  clearTimeout(timer);
  timer = setTimeout(() => void lookUpUnknown(wanted()), DEBOUNCE_MS);
}

/** What was known of a name is not so any more. */
export function learn(name: string, owner: ListedEmoji | 'free' | 'reserved' | null): void {
  const known = new Map(knownNames.value);
  if (owner === null) known.delete(name);
  else known.set(name, owner);
  knownNames.value = known;
}

/** Has all names that matter looked up anew. */
export function forgetNames(): void {
  knownNames.value = new Map();
}

async function lookUpUnknown(wanted: Iterable<string>): Promise<void> {
  const names = [...new Set(wanted)].filter((name) => !knownNames.value.has(name)).slice(0, MOST_NAMES);
  if (names.length === 0) return;
  // Where it cannot be asked now, the upload is answered whether the name is taken.
  const answer = await lookUp(names).catch(() => null);
  if (answer === null) return;
  const known = new Map(knownNames.value);
  for (const [name, { has, emoji }] of answer) known.set(name, has === 'name' ? emoji : 'free');
  knownNames.value = known;
}
