import { nextName } from '../../domain/suggest-name.ts';
import type { ImportItems } from './ports.ts';

/** As many are looked up at once; ten times as many where these are taken, and so on. */
const FIRST_LOOK = 5;
const MOST_AT_ONCE = 500;

/** Names that are like others, `_2` and so on at their end, and free. None is given twice. */
export class FreeNames {
  readonly #items: Pick<ImportItems, 'holders'>;
  /** Free as they were looked up, and where to go on, by the name that they are like. */
  readonly #known = new Map<string, { free: string[]; last: string; next: number }>();
  readonly #given = new Set<string>();

  constructor(items: Pick<ImportItems, 'holders'>) {
    this.#items = items;
  }

  /** Has a name be somebody's from here on. */
  give(name: string): void {
    this.#given.add(name);
  }

  isGiven(name: string): boolean {
    return this.#given.has(name);
  }

  async like(name: string): Promise<string> {
    const known = this.#known.get(name) ?? { free: [], last: name, next: FIRST_LOOK };
    this.#known.set(name, known);
    for (;;) {
      const free = known.free.shift();
      if (free === undefined) {
        await this.#lookUp(known);
      } else if (!this.#given.has(free)) {
        this.#given.add(free);
        return free;
      }
    }
  }

  async #lookUp(known: { free: string[]; last: string; next: number }): Promise<void> {
    const candidates: string[] = [];
    known.last = nextName(known.last, (candidate) => {
      candidates.push(candidate);
      return candidates.length < known.next;
    });
    known.next = Math.min(10 * known.next, MOST_AT_ONCE);
    const holders = await this.#items.holders(candidates);
    known.free.push(...candidates.filter((candidate) => !holders.has(candidate)));
  }
}
