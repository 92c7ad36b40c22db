import { expect } from 'vitest';
import { CACHE } from '../../src/http/cache.ts';

/** That an answer is a problem (RFC 9457) which nobody keeps. */
export async function expectProblem(
  response: Response,
  status: number,
  code: string,
  detail: string | RegExp = '',
): Promise<void> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(response.headers.get('Cache-Control')).toBe(CACHE.none);
  const problem = await response.json<{ detail: string }>();
  expect(problem).toMatchObject({ status, code });
  expect(problem.detail).toMatch(detail);
  expect(response.status).toBe(status);
}
