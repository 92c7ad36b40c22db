import { z } from 'zod';
import {
  NameInUse,
  PlatformBusy,
  type PlatformClient,
  type PlatformEmoji,
  PlatformFault,
  PlatformRefusal,
} from '../../application/publishing-ports.ts';
import type { Failure } from '../../domain/failure.ts';
import {
  forbidden,
  pictureRefused,
  platformFull,
  platformRefused,
  unauthorized,
} from '../../domain/publishing/failures.ts';
import { once } from './once.ts';
import { DEFAULT_PAUSE_MS, type PlatformHttp } from './platform-http.ts';

const TITLE = 'Slack';
export const SLACK_API = 'https://slack.com/api';

/** The most that it allows. */
const PAGE = 1_000;
const MOST_PAGES = 100;

const Answer = z.object({ ok: z.boolean(), error: z.string().default('') });

const EmojiList = z.object({
  emoji: z.record(z.string(), z.object({ url: z.string(), uploaded_by: z.string().optional() })),
  response_metadata: z.object({ next_cursor: z.string().default('') }).optional(),
});

const Account = z.object({ user_id: z.string(), user: z.string() });

/**
 * Emoji of an Enterprise organisation, by the token of an administrator with `admin.teams:read` and `admin.teams:write`.
 * Errors come with the status 200.
 *
 * Sources: https://docs.slack.dev/reference/methods/admin.emoji.add, …/admin.emoji.list, …/admin.emoji.remove,
 * …/auth.test; https://docs.slack.dev/apis/web-api/rate-limits.
 *
 * @param target what the target is called
 */
export function slackClient(http: PlatformHttp, target: string): PlatformClient {
  /** @param harmless an error that is none */
  async function call<T>(
    schema: z.ZodType<T>,
    method: string,
    args: Record<string, string> = {},
    harmless?: string,
  ): Promise<T> {
    const answer = await http.ask('POST', `/${method}`, new URLSearchParams(args));
    const { ok, error } = http.read(Answer, answer);
    if (ok || error === harmless) return http.read(schema, answer);
    if (error === 'ratelimited') throw new PlatformBusy(TITLE, DEFAULT_PAUSE_MS);
    if (PASSING.has(error)) throw new PlatformFault(`${TITLE} answered ${http.said(error)}`);
    if (NAME_TAKEN.has(error)) throw new NameInUse();
    throw new PlatformRefusal(failureOf(target, http.said(error)));
  }

  async function find(name: string): Promise<PlatformEmoji[]> {
    let cursor = '';
    for (let page = 0; page < MOST_PAGES; page++) {
      const args = { limit: String(PAGE), ...(cursor && { cursor }) };
      const { emoji, response_metadata: next } = await call(EmojiList, 'admin.emoji.list', args);
      const found = Object.hasOwn(emoji, name) ? emoji[name] : undefined;
      // An emoji has no id, but the address of its picture is another one each time.
      if (found) return [{ id: found.url, creatorId: found.uploaded_by ?? null }];
      cursor = next?.next_cursor ?? '';
      if (cursor === '') break;
    }
    return [];
  }

  return {
    whoami: once(async () => {
      const me = await call(Account, 'auth.test');
      return { id: me.user_id, name: me.user };
    }),

    find,

    // Whether it shows what it was given is not documented.
    pictureOf: async () => null,

    async add(name, { url }) {
      await call(Answer, 'admin.emoji.add', { name, url });
      // It is made, whatever comes of the question for its address.
      const [made] = await find(name).catch(() => []);
      return made?.id ?? null;
    },

    async remove(name) {
      await call(Answer, 'admin.emoji.remove', { name }, 'emoji_not_found');
    },
  };
}

const NAME_TAKEN = new Set(['error_name_taken', 'error_name_taken_i18n']);

/** Nothing is to be done about these but to try again. */
const PASSING = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'failed_to_add_emoji',
  'failed_to_remove_emoji',
]);

const TOKEN = new Set(['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired']);

const PERMISSION = new Set([
  'missing_scope',
  'not_an_admin',
  'not_allowed_token_type',
  'access_denied',
  'accesslimited',
  'no_permission',
  'ekm_access_denied',
  'feature_not_enabled',
  'enterprise_is_restricted',
  'org_login_required',
  'team_access_not_granted',
  'two_factor_setup_required',
]);

/** Of the picture itself, or of the address that Slack fetches it from. */
const PICTURE = new Set([
  'error_bad_format',
  'error_bad_upload',
  'error_bad_wide',
  'error_no_image',
  'error_too_big',
  'no_image_uploaded',
  'resized_but_still_too_large',
  'too_many_frames',
]);

function failureOf(target: string, error: string): Failure {
  if (TOKEN.has(error)) return unauthorized(TITLE, target);
  if (PERMISSION.has(error)) {
    return forbidden(
      TITLE,
      'It takes the token of an Org Admin or Owner, of an app that is installed on the whole Enterprise organisation, with ' +
        'the scopes admin.teams:read and admin.teams:write. Make the target again with one',
      error,
    );
  }
  if (error === 'emoji_limit_reached') return platformFull(TITLE, 'Remove an emoji there', error);
  if (PICTURE.has(error)) {
    return pictureRefused(
      TITLE,
      error,
      'Slack fetches it from this service: see to it that its address can be reached from the internet without signing in. ' +
        'If it can, upload a simpler picture for the emoji.',
    );
  }
  return platformRefused(TITLE, error);
}
