import { hc } from 'hono/client';
import type { AccessApi } from '../../http/access/index.ts';
import type { EmojiApi } from '../../http/emojis/index.ts';
import type { ImportApi } from '../../http/imports/index.ts';
import type { NoticeApi } from '../../http/notices/index.ts';
import type { PublishingApi } from '../../http/publishing/index.ts';
import type { TaskApi } from '../../http/tasks/index.ts';
import { fetchInSession } from './session-state.ts';

const ORIGIN = location.origin;

/** With this, Cloudflare Access answers 401 where it would lead to another host to sign in. */
export const HEADERS = { 'X-Requested-With': 'XMLHttpRequest' };

const OPTIONS = { headers: HEADERS, fetch: fetchInSession };

/** What is at `/custom-emoji`, three parts of it, `/task-queue`, `/access` and `/notices`. */
export const emojiApi = hc<EmojiApi>(ORIGIN, OPTIONS)['custom-emoji'];
export const importApi = hc<ImportApi>(ORIGIN, OPTIONS)['custom-emoji'].imports;
export const publishingApi = hc<PublishingApi>(ORIGIN, OPTIONS)['custom-emoji'];
export const taskApi = hc<TaskApi>(ORIGIN, OPTIONS)['task-queue'];
export const accessApi = hc<AccessApi>(ORIGIN, OPTIONS).access;
export const noticeApi = hc<NoticeApi>(ORIGIN, OPTIONS).notices;
/** A session begins and ends with it, and need not be there. */
export const sessionApi = hc<AccessApi>(ORIGIN, { headers: HEADERS }).access.session;

/** What went wrong, as the service says it (RFC 9457), or as we do where it could not be asked. */
export interface Problem {
  /** 0 where there was no answer. */
  status: number;
  /** Stable, for programs; `unreachable` where there was no answer. */
  code: string;
  /** A sentence to the person. */
  detail: string;
  /** Seconds after which it may be sent again, where the service has said so. */
  retryAfter?: number;
}

export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

interface Answer {
  ok: boolean;
  status: number;
  headers: Headers;
  json(): Promise<unknown>;
}

/** The body of an answer that says yes. */
type Body<Response> = Response extends { status: 200 | 201 | 202; json(): Promise<infer Json> } ? Json : never;

/**
 * Waits for an answer that says yes.
 *
 * @throws ProblemError
 */
export async function answered<Response extends Answer>(asked: Promise<Response>): Promise<Response> {
  const answer = await asked.catch(() => {
    throw new ProblemError(UNREACHABLE);
  });
  if (answer.ok || answer.status === 304) return answer;
  throw new ProblemError(await problemOf(answer));
}

/**
 * The body of an answer that says yes.
 *
 * @throws ProblemError
 */
export async function bodyOf<Response extends Answer>(asked: Promise<Response>): Promise<Body<Response>> {
  return (await (await answered(asked)).json()) as Body<Response>;
}

/** What there is to say of an error, whatever it is. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return { status: 0, code: 'page_error', detail: `This page has a fault: ${String(error)} Reload it.` };
}

export const UNREACHABLE: Problem = {
  status: 0,
  code: 'unreachable',
  detail: 'The service cannot be reached. Look at your connection, and try again.',
};

/** @param answer that says no */
export async function problemOf(answer: Pick<Answer, 'status' | 'headers' | 'json'>): Promise<Problem> {
  const said = (await answer.json().catch(() => null)) as Partial<Problem> | null;
  const {
    code = 'no_problem',
    detail = `The service answered ${answer.status}, and did not say why. Try again later.`,
  } = said ?? {};
  const retryAfter = Number(answer.headers.get('Retry-After'));
  return { status: answer.status, code, detail, ...(retryAfter > 0 && { retryAfter }) };
}
