import { answered } from './api.ts';

/** What leads to something of this service from anywhere. */
export function linkTo(path: string): string {
  return new URL(path, location.origin).href;
}

/**
 * Saves the file of an answer, under the name that it says.
 *
 * @param fallback where it says none
 * @returns whether there is one: 202 is that it will be, later
 * @throws ProblemError
 */
export async function saveAnswer(asked: Promise<Response>, fallback: string): Promise<boolean> {
  const answer = await answered(asked);
  if (answer.status === 202) return false;
  const [, fileName = fallback] = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '') ?? [];
  const href = URL.createObjectURL(await answer.blob());
  download(href, fileName);
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
  return true;
}

/** Has the browser save what is at an address. */
export function download(href: string, fileName: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = fileName;
  link.click();
}
