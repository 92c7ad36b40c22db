import { z } from 'zod';
import { NameInUse, type PlatformClient, PlatformRefusal } from '../../application/publishing-ports.ts';
import type { Failure } from '../../domain/failure.ts';
import { forbidden, notThePlatform, pictureRefused, platformRefused } from '../../domain/publishing/failures.ts';
import type { PlatformAnswer, PlatformHttp } from './platform-http.ts';

const TITLE = 'Zulip';

const EmojiList = z.object({
  emoji: z.record(
    z.string(),
    z.object({ id: z.string(), name: z.string(), deactivated: z.boolean(), author_id: z.int().nullable() }),
  ),
});

const User = z.object({ user_id: z.int(), full_name: z.string() });

/**
 * Emoji of an organisation, by the API key of a bot or a person.
 *
 * Sources, of zulip/zulip: zerver/views/realm_emoji.py, zerver/lib/emoji.py, zerver/lib/exceptions.py;
 * https://zulip.com/api/upload-custom-emoji, …/get-custom-emoji, …/deactivate-custom-emoji, …/rest-error-handling.
 */
export function zulipClient(http: PlatformHttp): PlatformClient {
  const one = (name: string) => `/realm/emoji/${encodeURIComponent(name)}`;

  async function find(name: string) {
    const { emoji } = done(http, EmojiList, await http.ask('GET', '/realm/emoji'));
    return Object.values(emoji)
      .filter((entry) => entry.name === name && !entry.deactivated)
      .map(({ id, author_id: author }) => ({ id, creatorId: author === null ? null : String(author) }));
  }

  return {
    async whoami() {
      const me = done(http, User, await http.ask('GET', '/users/me'));
      return { id: String(me.user_id), name: me.full_name };
    },

    find,

    // What it shows it has made anew, of 64 × 64 pixels.
    pictureOf: async () => null,

    async add(name, { file, type }) {
      const form = new FormData();
      form.append('filename', new File([file], `${name}.${type}`, { type: `image/${type}` }));
      const answer = await http.ask('POST', one(name), form);
      if (messageOf(answer) === 'A custom emoji with this name already exists.') throw new NameInUse();
      done(http, z.unknown(), answer);
      // It is made, whatever comes of the question for its id.
      const [made] = await find(name).catch(() => []);
      return made?.id ?? null;
    },

    async remove(name) {
      const answer = await http.ask('DELETE', one(name));
      // 400 before Zulip 8.0.
      if (!/does not exist/.test(messageOf(answer))) done(http, z.unknown(), answer);
    },
  };
}

/** Most errors have no code of their own; the message is in the language of the account. */
const messageOf = ({ json }: PlatformAnswer): string => String((json as { msg?: unknown } | null)?.msg ?? '');

/** @throws PlatformRefusal */
function done<T>(http: PlatformHttp, schema: z.ZodType<T>, answer: PlatformAnswer): T {
  if (answer.status < 300) return http.read(schema, answer);
  throw new PlatformRefusal(failureOf(http, answer));
}

function failureOf(http: PlatformHttp, answer: PlatformAnswer): Failure {
  const said = http.said(messageOf(answer));
  const { code } = (answer.json ?? {}) as { code?: unknown };
  if (answer.status === 403 || code === 'UNAUTHORIZED_PRINCIPAL' || PERMISSIONS.test(said)) {
    return forbidden(
      TITLE,
      'Have an administrator of the organisation let that account add custom emoji; only one can replace those of others',
      said,
    );
  }
  if (code === 'BAD_IMAGE' || /^Uploaded file is larger/.test(said)) {
    return pictureRefused(
      TITLE,
      said,
      'Upload a simpler picture for the emoji: fewer colours, or a shorter animation.',
    );
  }
  if (typeof code !== 'string') return notThePlatform(TITLE, `it answers ${answer.status}`);
  return platformRefused(TITLE, said);
}

const PERMISSIONS = /^(Insufficient permission|Must be an organization|Only administrators can)/;
