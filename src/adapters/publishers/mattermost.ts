import { z } from 'zod';
import { NameInUse, type PlatformClient, PlatformRefusal } from '../../application/publishing-ports.ts';
import type { Failure } from '../../domain/failure.ts';
import {
  customEmojiDisabled,
  forbidden,
  nameReserved,
  notThePlatform,
  pictureRefused,
  platformRefused,
} from '../../domain/publishing/failures.ts';
import { once } from './once.ts';
import type { PlatformAnswer, PlatformHttp } from './platform-http.ts';

const TITLE = 'Mattermost';

const Emoji = z.object({ id: z.string(), creator_id: z.string() });

const User = z.object({ id: z.string(), username: z.string() });

/**
 * Emoji of a server, by the token of a bot or a personal access token.
 *
 * Sources, of mattermost/mattermost: server/channels/api4/emoji.go, server/channels/app/emoji.go, server/public/model/emoji.go;
 * rate limits in server/channels/app/ratelimit.go; api/v4/source/emoji.yaml.
 */
export function mattermostClient(http: PlatformHttp): PlatformClient {
  const whoami = once(async () => {
    const { id, username } = done(http, User, '', await http.ask('GET', '/users/me'));
    return { id, name: username };
  });

  return {
    whoami,

    async find(name) {
      const answer = await http.ask('GET', `/emoji/name/${encodeURIComponent(name)}`);
      if (answer.status === 404 && errorOf(answer) === 'app.emoji.get_by_name.no_result') return [];
      const { id, creator_id: creatorId } = done(http, Emoji, name, answer);
      return [{ id, creatorId }];
    },

    // Kept as it was uploaded, when it has at most 128 × 128 pixels.
    pictureOf: ({ id }) => http.fetchFile(`/emoji/${encodeURIComponent(id)}/image`),

    async add(name, { file, type }) {
      const { id: creatorId } = await whoami();
      const form = new FormData();
      form.append('image', new File([file], `${name}.${type}`, { type: `image/${type}` }));
      form.append('emoji', JSON.stringify({ name, creator_id: creatorId }));
      const answer = await http.ask('POST', '/emoji', form);
      if (errorOf(answer) === 'api.emoji.create.duplicate.app_error') throw new NameInUse();
      return done(http, Emoji, name, answer).id;
    },

    async remove(name, { id }) {
      const answer = await http.ask('DELETE', `/emoji/${encodeURIComponent(id)}`);
      if (answer.status !== 404) done(http, z.unknown(), name, answer);
    },
  };
}

/** The id of an error, which stays the same in all languages. */
const errorOf = ({ status, json }: PlatformAnswer): unknown =>
  status < 300 ? undefined : (json as { id?: unknown } | null)?.id;

/** @throws PlatformRefusal */
function done<T>(http: PlatformHttp, schema: z.ZodType<T>, name: string, answer: PlatformAnswer): T {
  if (answer.status < 300) return http.read(schema, answer);
  throw new PlatformRefusal(failureOf(http, name, answer));
}

function failureOf(http: PlatformHttp, name: string, answer: PlatformAnswer): Failure {
  const said = http.said((answer.json as { message?: unknown } | null)?.message);
  const id = errorOf(answer);
  switch (id) {
    case 'model.emoji.system_emoji_name.app_error':
      return nameReserved(TITLE, name);
    case 'api.emoji.disabled.app_error':
    case 'api.emoji.storage.app_error':
      return customEmojiDisabled(TITLE);
    case 'api.emoji.create.too_large.app_error':
    case 'api.emoji.upload.image.app_error':
    case 'api.emoji.upload.large_image.too_large.app_error':
      return pictureRefused(
        TITLE,
        said,
        'Upload a simpler picture for the emoji: fewer colours, or a shorter animation.',
      );
  }
  if (answer.status === 403) {
    return forbidden(
      TITLE,
      'Have an administrator let that account create custom emoji, and delete those that it is to replace',
      said,
    );
  }
  if (typeof id !== 'string') return notThePlatform(TITLE, `it answers ${answer.status}`);
  return platformRefused(TITLE, said);
}
