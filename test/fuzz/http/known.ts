import { pathValues } from './document.ts';

/** Stands in a request for something that the service has told before: what that is, is known when it is sent. */
export class Known {
  readonly key: string;
  readonly pick: number;

  /** @param pick which of all that are known by then, from 0 to 1: the last ones more often */
  constructor(key: string, pick: number) {
    this.key = key;
    this.pick = pick;
  }
}

/** The last of each kind: later ones are there more probably. */
const MOST = 40;

const TOLD_AS: Record<string, string> = { 'if-match': 'etag', 'if-none-match': 'etag', as: 'name', aliase: 'name' };

/** One word for what is the same by several: `task_id` is an `id`, `next_cursor` a `cursor`. */
function kindOf(key: string): string {
  const name = key.toLowerCase();
  return TOLD_AS[name] ?? name.replace(/^.*_/, '');
}

/** What the service has told of itself, by what it is called: names, identifiers, cursors, ETags. */
export class Memory {
  readonly #values = new Map<string, string[]>();
  readonly #paths: string[];

  /** @param paths of the operations: what is in an address is learnt from them */
  constructor(paths: string[]) {
    this.#paths = paths;
  }

  /** @returns a value for a parameter or property; undefined when none is known */
  recall({ key, pick }: Known): string | undefined {
    const values = this.#values.get(kindOf(key)) ?? [];
    return values[values.length - 1 - Math.floor(pick ** 2 * values.length)];
  }

  learn(value: unknown, key = ''): void {
    if (typeof value === 'string') this.#learnText(value, key);
    else if (Array.isArray(value)) for (const item of value) this.learn(item, key.replace(/s$/, ''));
    else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) this.learn(item, name);
    }
  }

  #learnText(text: string, key: string): void {
    if (text.length > 500) return;
    this.#add(key, text);
    if (!text.startsWith('/')) return;
    for (const path of this.#paths) {
      for (const [name, value] of Object.entries(pathValues(path, text) ?? {})) {
        this.#add(name, decoded(value));
      }
    }
  }

  #add(key: string, text: string): void {
    const kind = kindOf(key);
    const values = (this.#values.get(kind) ?? []).filter((value) => value !== text);
    this.#values.set(kind, [...values, text].slice(-MOST));
  }
}

/** A part of an address, as it is where it cannot be decoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
