import { setTimeout as sleep } from 'node:timers/promises';
import { type Server, startServer } from '../e2e/server.ts';

/** A request that gets no answer for so long has found something. */
const PATIENCE_MS = 5 * 60_000;
const ANSWER_WITHIN_MS = 60_000;
/** A machine that is busy may need longer to start it than one try waits. */
const STARTS = 5;

export interface Answer {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
  /** What a JSON answer says; a problem has a `code`. */
  json: Record<string, unknown>;
}

/** `npm start` on one folder of state, killed and started again while its clients go on. */
export class Service {
  readonly #state: string;
  #server: Server | null = null;
  readonly counts = { kills: 0, lostAnswers: 0, unreached: 0 };
  /** Answers that no client should get, and the log of the service around them. */
  readonly faults: string[] = [];
  lastStart = 0;

  constructor(state: string) {
    this.#state = state;
  }

  async start(): Promise<void> {
    for (let left = STARTS - 1; this.#server === null; left--) {
      this.#server = await startServer('npm', 'start', '--', '--persist-to', this.#state).catch((error) => {
        if (left > 0) return null;
        throw error;
      });
    }
    this.lastStart = Date.now();
  }

  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.kill();
    this.counts.kills++;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }

  /**
   * Sends a request until it is answered by the service itself, whatever becomes of the connection.
   *
   * @param init called for each attempt
   */
  async request(path: string, init: () => RequestInit = () => ({})): Promise<Answer> {
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
      const answer = await this.#attempt(path, init());
      if (answer !== null && answer.status < 500) return answer;
      await sleep(answer === null ? 100 : 1_000);
    }
    throw new Error(`no answer within ${PATIENCE_MS / 1_000} s: ${path}`);
  }

  /** Sends a request and does not wait for its answer. */
  async abandon(path: string, init: RequestInit, milliseconds: number): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    const signal = AbortSignal.timeout(milliseconds);
    await fetch(server.url + path, { ...init, signal }).then(
      (response) => response.bytes(),
      () => this.counts.lostAnswers++,
    );
  }

  /** @returns null when the connection broke, or what answered is not the service */
  async #attempt(path: string, init: RequestInit): Promise<Answer | null> {
    const server = this.#server;
    if (server === null) return null;
    try {
      const response = await fetch(server.url + path, { ...init, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      const answer = await read(response);
      if (answer.status < 500) return answer;
      const text = new TextDecoder().decode(answer.bytes);
      // `wrangler dev` says so itself when what is behind it goes away.
      if (typeof answer.json.code === 'string') this.#note(server, `${answer.status} ${path}: ${text}`, answer.json.id);
      else this.counts.lostAnswers++;
      return answer;
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } };
      if (cause?.code === 'ECONNREFUSED') this.counts.unreached++;
      else this.counts.lostAnswers++;
      return null;
    }
  }

  #note(server: Server, fault: string, id: unknown): void {
    const line = server
      .output()
      .split('\n')
      .find((text) => typeof id === 'string' && text.includes(id));
    this.faults.push(`${fault} ${line ?? ''}`);
  }
}

async function read(response: Response): Promise<Answer> {
  const bytes = await response.bytes();
  const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
  const json = isJson ? (JSON.parse(new TextDecoder().decode(bytes)) as Answer['json']) : {};
  return { status: response.status, headers: response.headers, bytes, json };
}
