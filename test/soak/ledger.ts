import type { Picture } from './pictures.ts';

export interface Upload {
  /** Which of the many: names the emoji and seeds the picture. */
  name: string;
  kind: 'create' | 'replace';
  idempotencyKey: string;
  picture: Picture;
}

/** A task that a client was promised. */
export interface Promised extends Upload {
  taskId: string;
  /** A client cancelled it, and was told so. */
  isCancelled: boolean;
  /** How often a client had it tried again, and was told so. */
  restarts: number;
}

/** What the clients were told: what must be true at the end follows from it. */
export class Ledger {
  /** In the order of their acceptance, by the ids of their tasks. */
  readonly promised = new Map<string, Promised>();
  /** Uploads whose clients never got an answer: a crash came before they were accepted. */
  readonly open: Upload[] = [];
  readonly broken = new Set<string>();
  readonly tally: Record<string, number> = {};

  count(what: string): void {
    this.tally[what] = (this.tally[what] ?? 0) + 1;
  }

  /** Something that must be so. */
  expect(isSo: boolean, otherwise: () => string): void {
    if (!isSo) this.broken.add(otherwise());
  }

  promise(taskId: string, upload: Upload): Promised {
    const known = this.promised.get(taskId);
    this.expect(
      !known || known.idempotencyKey === upload.idempotencyKey,
      () => `${taskId} was promised to two uploads`,
    );
    if (known) return known;
    const promised = { ...upload, taskId, isCancelled: false, restarts: 0 };
    this.promised.set(taskId, promised);
    return promised;
  }

  /** The picture that each name must show: of those that work, the one that was uploaded last. */
  shown(): Map<string, Promised> {
    const good = [...this.promised.values()].filter((task) => endOf(task) === 'SUCCESS');
    return new Map(good.map((task) => [task.name, task]));
  }

  /** Names whose tasks all failed or were cancelled, and that no unanswered upload may still hold. */
  freeNames(): string[] {
    const shown = this.shown();
    const open = new Set(this.open.map(({ name }) => name));
    const names = new Set([...this.promised.values()].map(({ name }) => name));
    return [...names].filter((name) => !shown.has(name) && !open.has(name));
  }
}

/** How a task must end. */
export function endOf({ isCancelled, picture }: Promised): 'SUCCESS' | 'FAILURE' | 'REVOKED' {
  if (isCancelled) return 'REVOKED';
  return picture.failure === null ? 'SUCCESS' : 'FAILURE';
}
