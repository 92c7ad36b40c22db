import { z } from 'zod';
import { type PlatformClient, PlatformRefusal } from '../../application/publishing-ports.ts';
import type { Failure } from '../../domain/failure.ts';
import {
  forbidden,
  pictureRefused,
  placeNotFound,
  platformFull,
  platformRefused,
} from '../../domain/publishing/failures.ts';
import type { PlatformAnswer, PlatformHttp } from './platform-http.ts';

const TITLE = 'Discord';
export const DISCORD_API = 'https://discord.com/api/v10';

/** As Discord wants it (developers/reference, "User Agent"). */
export const discordUserAgent = (service: string): string => `DiscordBot (${service}, 1)`;

const Emoji = z.object({
  id: z.string(),
  name: z.string().nullable(),
  /** Only for whoever may make emoji. */
  user: z.object({ id: z.string() }).optional(),
});

const User = z.object({ id: z.string(), username: z.string() });

/**
 * Emoji of a server ("guild"), by a bot's token.
 *
 * Sources, of discord/discord-api-docs: developers/resources/emoji.mdx; the codes of errors in
 * developers/topics/opcodes-and-status-codes; rate limits in developers/topics/rate-limits.mdx.
 */
export function discordClient(http: PlatformHttp, guildId: string): PlatformClient {
  const emojis = `/guilds/${encodeURIComponent(guildId)}/emojis`;

  return {
    async whoami() {
      const { id, username } = done(http, User, await http.ask('GET', '/users/@me'));
      return { id, name: username };
    },

    async find(name) {
      const found = done(http, z.array(Emoji), await http.ask('GET', emojis)).filter((emoji) => emoji.name === name);
      return found.map(({ id, user }) => ({ id, creatorId: user?.id ?? null }));
    },

    // What it shows it has made anew.
    pictureOf: async () => null,

    async add(name, { file, type }) {
      const image = `data:image/${type};base64,${file.toBase64()}`;
      return done(http, Emoji, await http.ask('POST', emojis, { json: { name, image } })).id;
    },

    async remove(_, { id }) {
      const answer = await http.ask('DELETE', `${emojis}/${encodeURIComponent(id)}`);
      if (codeOf(answer) !== UNKNOWN_EMOJI) done(http, z.unknown(), answer);
    },
  };
}

const UNKNOWN_EMOJI = 10_014;

const codeOf = ({ json }: PlatformAnswer): unknown => (json as { code?: unknown } | null)?.code;

/** @throws PlatformRefusal */
function done<T>(http: PlatformHttp, schema: z.ZodType<T>, answer: PlatformAnswer): T {
  if (answer.status < 300) return http.read(schema, answer);
  throw new PlatformRefusal(failureOf(http, answer));
}

function failureOf(http: PlatformHttp, answer: PlatformAnswer): Failure {
  const { message, errors } = (answer.json ?? {}) as { message?: unknown; errors?: unknown };
  const said = http.said([message, ...formErrors(errors)].filter((text) => typeof text === 'string').join(' '));
  switch (codeOf(answer)) {
    case 10_004: // Unknown guild
    case 50_001: // Missing access
      return placeNotFound(TITLE, 'Add the bot to the server, and make the target again with the id of that server.');
    case 50_013: // Missing permissions
    case 40_001: // Unauthorized
      return forbidden(
        TITLE,
        'Give the bot the permission "Create Expressions", to replace emoji of others "Manage Expressions" too',
        said,
      );
    case 30_008: // Maximum number of emojis reached
    case 30_018: // Maximum number of animated emojis reached
      return platformFull(
        TITLE,
        'Remove an emoji there, or boost the server: stills and moving ones have places of their own',
        said,
      );
    case 50_045: // File uploaded exceeds the maximum size
    case 50_046: // Invalid file uploaded
    case 50_138: // Failed to resize asset below the maximum size
      return pictureRefused(TITLE, said, OTHER_PICTURE);
  }
  if (answer.status === 403)
    return forbidden(TITLE, 'Have an administrator of the server look at what the bot may do', said);
  // A file of more than 256 KiB is refused without a code.
  if (answer.status === 413 || (answer.status === 400 && codeOf(answer) === undefined))
    return pictureRefused(TITLE, said, OTHER_PICTURE);
  return platformRefused(TITLE, said);
}

const OTHER_PICTURE = 'Upload a simpler picture for the emoji: fewer colours, or a shorter animation.';

/** The messages of a 50035, "Invalid form body": objects by field, with lists of `_errors` at some depth. */
function formErrors(errors: unknown, path: string[] = []): string[] {
  if (typeof errors !== 'object' || errors === null || path.length > 4) return [];
  return Object.entries(errors).flatMap(([key, value]) => {
    if (key !== '_errors' || !Array.isArray(value)) return formErrors(value, [...path, key]);
    return value.map((error: { message?: unknown }) => `${path.join('.')}: ${error?.message}`);
  });
}
