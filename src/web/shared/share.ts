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
  const href = URL.createObjectURL(await answer.blob());
  download(href, fileNameIn(answer.headers.get('Content-Disposition') ?? '') ?? fallback);
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
  return true;
}

/** As RFC 6266 has it: in the one that may be of any script, rather than in that of ASCII, where there are both. */
function fileNameIn(disposition: string): string | undefined {
  const [, encoded] = /filename\*=UTF-8''([^;]+)/i.exec(disposition) ?? [];
  if (encoded !== undefined) return decodeURIComponent(encoded);
  return /filename="([^"]+)"/.exec(disposition)?.[1];
}

/** Has the browser save what is at an address. */
export function download(href: string, fileName: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = fileName;
  link.click();
}
