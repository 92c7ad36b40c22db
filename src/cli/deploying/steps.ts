/** Tells what was done, a line a step, with the seconds since the one before. */
export class Steps {
  readonly #write: (line: string) => void;
  readonly #start = performance.now();
  #last = this.#start;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  done(what: string, details: string): void {
    const now = performance.now();
    this.#write(`${what.padEnd(12)} ${seconds(now - this.#last)}  ${details}`);
    this.#last = now;
  }

  end(): void {
    this.#write(`${'in all'.padEnd(12)} ${seconds(performance.now() - this.#start)}`);
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1).padStart(6)} s`;
}
