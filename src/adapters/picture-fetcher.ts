import type { PictureFetcher } from '../application/ports.ts';
import { parseServerUrl } from '../domain/public-url.ts';
import { Refusal } from '../domain/refusal.ts';
import { checkUploadSize, limited, MAX_UPLOAD_BYTES } from '../domain/upload-size.ts';
import { recycledChunks } from './recycled-chunks.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Fetches with nothing that would tell who asks for it. `global_fetch_strictly_public`, in `wrangler.toml`,
 * has Cloudflare treat each request as one that comes from the internet.
 *
 * @param isLocal as `parseServerUrl` has it
 * @param maxMs for all of it: redirects, connections and the picture
 */
export function pictureFetcher(isLocal: boolean, maxMs = 20_000): PictureFetcher {
  return {
    async *fetch(url, service) {
      const signal = AbortSignal.timeout(maxMs);
      let host = url.hostname;
      let read: number | null = null;
      try {
        const response = await follow(url, { service, isLocal }, signal, (next) => (host = next));
        read = 0;
        for await (const chunk of limited(recycledChunks(response.body))) {
          read += chunk.byteLength;
          yield chunk;
        }
      } catch (error) {
        if (error instanceof Refusal) throw error;
        if (signal.aborted) {
          const came = read === null ? 'no answer' : `${read.toLocaleString('en')} bytes and no end`;
          throw failed(`in ${maxMs / 1_000} seconds, ${came} came from "${host}"`);
        }
        if (read === null) {
          throw failed(`"${host}" cannot be reached, by its name, its connection or its certificate`);
        }
        throw failed(`"${host}" broke off after ${read.toLocaleString('en')} bytes`);
      }
    },
  };
}

interface Asker {
  service: URL;
  isLocal: boolean;
}

/**
 * Asks for a picture, and goes where the answers lead to. What is allowed is decided anew for each.
 *
 * @param asking is told the host that is about to be asked
 */
async function follow(
  start: URL,
  asker: Asker,
  signal: AbortSignal,
  asking: (host: string) => void,
): Promise<Response> {
  const headers = { Accept: 'image/*', 'User-Agent': `custom-emoji (+${asker.service.origin})` };
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    asking(url.hostname);
    const response = await fetch(url, { redirect: 'manual', cache: 'no-store', headers, signal });
    if (response.status === 200 && !isPage(response) && lengthOf(response) <= MAX_UPLOAD_BYTES) return response;
    // Nothing else of it is wanted, and nobody is told what it says.
    await response.body?.cancel();
    url = nextOf(response, url, asker);
  }
  throw failed(`it is more than ${MAX_REDIRECTS} redirects away`);
}

/** As it is sent: it may be compressed. */
function lengthOf({ headers }: Response): number {
  return Number(headers.get('Content-Length') ?? 0);
}

/** A page in place of the picture: to sign in, say. All else, the bytes decide. */
function isPage(response: Response): boolean {
  return /^text\/html\b/i.test(response.headers.get('Content-Type') ?? '');
}

/** @throws Refusal when it leads nowhere, or where nothing is fetched from */
function nextOf(response: Response, url: URL, { service, isLocal }: Asker): URL {
  const { status, headers } = response;
  const location = headers.get('Location');
  if (status === 200) {
    checkUploadSize(lengthOf(response));
    throw failed(`"${url.hostname}" answered with a page (text/html), not with a picture`);
  }
  if (!REDIRECTS.includes(status) || location === null) {
    throw failed(`"${url.hostname}" answered ${status}${meant(status)}`);
  }
  const next = parseServerUrl(location, service, isLocal, url);
  if (!next.ok) {
    throw new Refusal(
      'url_not_allowed',
      `"${url.hostname}" redirects to where no picture is fetched from. ${next.message}`,
    );
  }
  return next.url;
}

/** Cloudflare gives an answer of its own where it has none of the server. */
function meant(status: number): string {
  if (status === 525 || status === 526) return ': it has no certificate that is trusted';
  return status >= 520 && status <= 530 ? ': it cannot be reached' : '';
}

function failed(why: string): Refusal {
  return new Refusal(
    'url_failed',
    `The picture cannot be fetched: ${why}. Check the URL, or upload the picture itself.`,
  );
}
