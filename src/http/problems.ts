import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { jsonLog } from '../adapters/json-log.ts';
import { Refusal, type RefusalCode } from '../domain/refusal.ts';
import { TASK_STATES } from '../domain/task.ts';
import { etagOf } from './preconditions.ts';

type HttpErrorCode =
  | 'invalid_request'
  | 'invalid_cursor'
  | 'file_missing'
  | 'malformed_multipart'
  | 'malformed_json'
  | 'body_too_large'
  | 'upload_interrupted'
  | 'upload_stalled'
  | 'unsupported_media_type'
  | 'invalid_idempotency_key'
  | 'precondition_required'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'database_not_migrated'
  | 'internal_error'
  | 'not_set_up'
  | 'not_signed_in'
  | 'not_allowed'
  | 'cross_site'
  | 'authorization_malformed'
  | 'actor_not_yours'
  | 'rate_limited';

export type ProblemCode = RefusalCode | HttpErrorCode;

/** The one place where an error gets its status; with a sentence as it is answered, for the API page. */
const PROBLEMS = {
  name_empty: { status: 422, example: 'The name is empty: give it 1 to 64 letters or digits.' },
  name_too_long: { status: 422, example: 'The name has 70 characters; the limit is 64.' },
  name_bad_start: {
    status: 422,
    example: 'The name starts with "-" (U+002D); it must start with a letter or a digit.',
  },
  name_bad_character: {
    status: 422,
    example: 'The name has "!" (U+0021) in it; only visible letters, digits, marks, "_", "-" and "+" are allowed.',
  },
  name_taken: { status: 409, example: 'The name "party_parrot" is in use. Choose another one.' },
  invalid_tag: { status: 422, example: 'The tag has 40 characters; the limit is 32.' },
  emoji_changed: {
    status: 412,
    example:
      '"party_parrot" has been changed since you looked at it. Look at it again, and send your change with its new ETag.',
  },
  precondition_required: {
    status: 428,
    example:
      'Send If-Match with the ETag of the emoji as you have seen it, so that you undo nothing that you have not. `GET ' +
      '…/info` tells it.',
  },
  emoji_not_found: { status: 404, example: 'There is no emoji called "party_parrot".' },
  task_not_found: { status: 404, example: 'There is no task with the id "0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1".' },
  not_fittable: {
    status: 422,
    example: 'Nothing of the picture is to be had in 51200 bytes. Allow more bytes.',
  },
  emoji_not_ready: {
    status: 409,
    example: 'The first picture of "party_parrot" is not ready yet. Wait for its task, or cancel it.',
  },
  rendition_not_found: {
    status: 404,
    example:
      '"party_parrot" has its main picture only: it was made before there were others. Have it rendered again, with ' +
      'POST /custom-emoji/emojis/party_parrot/render.',
  },
  original_not_found: {
    status: 404,
    example:
      'The upload that "party_parrot" was made from is not kept any more. Upload the picture again, with PUT ' +
      '/custom-emoji/emojis/party_parrot/image.',
  },
  image_not_found: {
    status: 404,
    example: 'No picture with this hash is kept. Ask for the emoji by its name: that leads to the one it shows now.',
  },
  picture_pending: {
    status: 409,
    example:
      'Another picture was uploaded for "party_parrot" and is not ready yet. Send this again when its task ' +
      '0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1 has ended.',
  },
  picture_replaced: {
    status: 409,
    example:
      '"party_parrot" has been made from another upload since: this would bring the one before back. If that is what you ' +
      'want, upload it again, with PUT /custom-emoji/emojis/party_parrot/image; have the present one made anew with POST ' +
      '/custom-emoji/emojis/party_parrot/render.',
  },
  task_state: {
    status: 409,
    example: 'The task is SUCCESS; only a task that is PENDING, STARTED or RETRY can be cancelled.',
  },
  invalid_idempotency_key: {
    status: 400,
    example: 'The Idempotency-Key has 300 characters; the limit is 255. A UUID is a good one.',
  },
  idempotency_key_reused: {
    status: 422,
    example:
      'The Idempotency-Key "k1" was used for another request within 24 hours. Give each request a key of its own.',
  },
  idempotency_key_in_use: {
    status: 409,
    example:
      'A request with the Idempotency-Key "k1" is being carried out. Send this one again when that one is answered.',
  },
  pack_unreadable: {
    status: 422,
    example: 'The archive cannot be read: it is no whole gzip. Make the archive anew, and send that.',
  },
  pack_too_large: {
    status: 413,
    example:
      'The archive has 524,288,001 bytes or more; the limit is 524,288,000. Make several archives of it, and import one ' +
      'after the other.',
  },
  import_not_found: { status: 404, example: 'There is no import with the id "0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1".' },
  import_not_planned: {
    status: 409,
    example: 'The import is STARTED; only a dry run that has ended with SUCCESS can be carried out.',
  },
  empty_file: { status: 422, example: 'The picture is empty (0 bytes). Choose a file with a picture.' },
  file_too_large: {
    status: 413,
    example:
      'The upload has 61,000,000 bytes or more; the limit is 50 MB (52,428,800 bytes). ' +
      'Scale the picture down or shorten the animation first.',
  },
  url_not_allowed: {
    status: 422,
    example: 'The URL is that of the IP address 127.0.0.1. Give one with the name of a server.',
  },
  url_failed: {
    status: 422,
    example:
      'The picture cannot be fetched: "www.example.com" answered 404. Check the URL, or upload the picture itself.',
  },
  invalid_request: { status: 422, example: 'The request breaks a rule. limit: Too big: expected number to be <=100.' },
  invalid_cursor: {
    status: 422,
    example: '"abc" is not a cursor of this list. Leave it out for the first page, then send back each next_cursor.',
  },
  file_missing: {
    status: 422,
    example: 'The form has no field "file". Put the picture into a field of that name.',
  },
  malformed_multipart: {
    status: 400,
    example: 'The multipart body cannot be read (Unexpected end of multipart data). Send it again, whole.',
  },
  malformed_json: {
    status: 400,
    example: 'The body is not JSON, though the request says so. Send it again, whole.',
  },
  body_too_large: {
    status: 413,
    example: 'The body has 70,000 bytes or more; the limit is 65,536. Ask for less at once.',
  },
  upload_interrupted: {
    status: 400,
    example: 'The connection broke off after 1,048,576 bytes of the upload. Send it again.',
  },
  unsupported_media_type: {
    status: 415,
    example: 'The body is "text/plain". Send multipart/form-data with the picture in the field "file".',
  },
  route_not_found: { status: 404, example: 'There is nothing at /emoji. The API is described at /docs.' },
  method_not_allowed: { status: 405, example: 'PUT is not possible here; GET, HEAD are.' },
  not_set_up: {
    status: 503,
    example:
      'This service is not set up yet, and does nothing but show emoji. It has no ADMIN_TOKEN. Whoever runs it sets a ' +
      'secret of 32 characters or more: `openssl rand -base64 32 | npx wrangler secret put ADMIN_TOKEN`.',
  },
  not_signed_in: {
    status: 401,
    example:
      'This needs the scope emoji:write. Send a token that has it, as "Authorization: Bearer cemoji_…", or sign in to ' +
      'the pages.',
  },
  authorization_malformed: {
    status: 401,
    example: 'The Authorization header is not "Bearer" and a token: write "Authorization: Bearer cemoji_…".',
  },
  token_invalid: {
    status: 401,
    example:
      'The token is not valid. It was revoked on 2026-11-25T08:00:00.000Z. Whoever runs the service can make another one.',
  },
  not_allowed: { status: 403, example: '"slack-bot" has emoji:read; this needs the scope emoji:write.' },
  cross_site: {
    status: 403,
    example:
      'Another site has sent this request with your browser. That is for the pages of this service, or takes a token.',
  },
  actor_not_yours: {
    status: 403,
    example:
      'You are "slack-bot" and cannot act as "ada@example.org": that takes a token with the scope emoji:admin. Leave ' +
      'X-Actor out.',
  },
  emoji_not_yours: {
    status: 403,
    example: '"party_parrot" belongs to somebody else. Whoever has the scope emoji:admin can change it.',
  },
  task_not_yours: {
    status: 403,
    example: "The task is somebody else's. Whoever has the scope task:write can move it.",
  },
  token_not_found: { status: 404, example: 'There is no token with the id "0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1".' },
  token_name_taken: {
    status: 409,
    example:
      'A token that is not revoked is called "slack-bot". Choose another name, or revoke that one first: the new one ' +
      'owns what it made.',
  },
  expiry_not_yours: {
    status: 403,
    example: 'Your own token ends on 2027-01-01T00:00:00.000Z. Give the new one an end that is no later.',
  },
  scope_not_yours: {
    status: 403,
    example: 'You have no "emoji:admin" yourself, and cannot give it to a token.',
  },
  rate_limited: {
    status: 429,
    example: 'You have sent more than 120 changes within 60 seconds. Send this again in 60 seconds.',
  },
  quota_exceeded: {
    status: 403,
    example:
      '"slack-bot" has 2,000 emoji; the limit is 2,000. Delete some, or ask whoever runs the service for a token with more.',
  },
  too_many_uploads: {
    status: 429,
    example: 'So many uploads are coming in that there is no room for this one. Send it again in 5 seconds.',
  },
  upload_stalled: {
    status: 408,
    example: 'Nothing came of the upload for 30 seconds, after 1,048,576 bytes. Send it again.',
  },
  too_many_tasks: {
    status: 429,
    example:
      '"slack-bot" has 100 tasks that have not ended; the limit is 100. Send this again when one has: that seldom takes ' +
      'more than 5 seconds.',
  },
  target_not_found: {
    status: 404,
    example: 'There is no target called "our-discord". GET /custom-emoji/targets lists them.',
  },
  target_name_taken: {
    status: 409,
    example: 'A target is called "our-discord". Choose another name, or delete that one.',
  },
  name_not_fit: {
    status: 422,
    example:
      'Discord takes no emoji called "party-parrot": names are 2 to 32 letters of English, digits and underscores.',
  },
  service_not_public: {
    status: 409,
    example:
      'Slack fetches the picture itself, and cannot reach this service: it shows emoji to nobody who is not signed in, ' +
      'or https://localhost is no address on the internet. Export a pack for Slack instead.',
  },
  target_not_allowed: {
    status: 422,
    example:
      '"www.example.com" is not a server of slack. Give the address of an incoming webhook: it starts with ' +
      'https://hooks.slack.com/services/.',
  },
  email_not_possible: {
    status: 422,
    example: 'This service sends no e-mail. The variable MAIL_FROM says from which address it is to.',
  },
  too_many_subscriptions: {
    status: 403,
    example: 'You have 20 subscriptions, and may have no more. Delete one, or add events to one.',
  },
  subscription_not_found: {
    status: 404,
    example: 'You have no subscription with the id "0a4f6d3e-3a4e-4a52-9d1f-7c1df3f6f6c1".',
  },
  subscription_not_active: {
    status: 409,
    example:
      'The subscription is paused. It was paused by a person. Resume it first; by the API that is {"paused":false}.',
  },
  subscription_not_signed: {
    status: 409,
    example:
      'It is of the kind slack, which is not signed: the secret is its address. Make a new one there, and subscribe anew.',
  },
  delivery_not_found: { status: 404, example: 'You have no delivery with the id "msg_0a4f6d3e".' },
  database_not_migrated: {
    status: 503,
    example:
      'The database does not have the tables of this release. Run `npx wrangler d1 migrations apply DB --local`.',
  },
  internal_error: {
    status: 500,
    example: 'Something went wrong on our side. The log has it under 5f0c4f0e-6d0b-4c58-9c57-0f6f6d2f3f55.',
  },
} as const satisfies Record<ProblemCode, { status: ContentfulStatusCode; example: string }>;

const STATUS_TITLE = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const satisfies Record<(typeof PROBLEMS)[ProblemCode]['status'], string>;

/** RFC 9457. With no `type`, the title is that of the status. */
export const ProblemSchema = z
  .object({
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: 'What is wrong and what to do, as a sentence to a person.' }),
    code: z.string().openapi({ description: 'Stable, for programs.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'For `invalid_request`: each field that breaks a rule.' }),
    etag: z.string().optional().openapi({ description: 'For `emoji_changed`: that of the emoji now; also as header.' }),
    id: z.string().optional().openapi({ description: 'For `internal_error`: names the log line.' }),
    quota: z
      .object({ of: z.enum(['emojis', 'bytes', 'tasks']), used: z.int(), limit: z.int() })
      .optional()
      .openapi({
        description: 'For `quota_exceeded` and `too_many_tasks`: which, how much of it there is, and may be.',
      }),
    state: z.enum(TASK_STATES).optional().openapi({ description: 'For `task_state`: the state of the task now.' }),
    task_id: z.string().optional().openapi({ description: 'For `picture_pending`: the task to wait for.' }),
  })
  .openapi('Problem');

type Problem = z.infer<typeof ProblemSchema>;

/** A request that HTTP itself does not allow; what the application does not allow is a Refusal. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly code: HttpErrorCode;
  readonly errors: Problem['errors'];

  /** @param errors for `invalid_request`: each field that breaks a rule */
  constructor(code: HttpErrorCode, message: string, errors?: Problem['errors']) {
    super(message);
    this.code = code;
    this.errors = errors;
  }
}

/** What any route may answer with. */
const ANYWHERE: ProblemCode[] = [
  'invalid_request',
  'not_set_up',
  'not_signed_in',
  'authorization_malformed',
  'token_invalid',
  'not_allowed',
  'actor_not_yours',
  'cross_site',
  'rate_limited',
  'internal_error',
  'database_not_migrated',
];

const RETRY_AFTER = {
  'Retry-After': {
    required: true,
    schema: { type: 'integer' },
    description: 'Seconds after which it is worth sending again.',
  },
};

/** OpenAPI responses for the codes a route may answer with beside those that any may, one entry a status. */
export function problemResponses(...codes: ProblemCode[]): Record<number, object> {
  const byStatus = Object.groupBy(new Set([...codes, ...ANYWHERE]), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group = []]) => [
      status,
      {
        description: `Problem: ${group.map((code) => `\`${code}\``).join(', ')}`,
        ...(status === '429' && { headers: RETRY_AFTER }),
        content: {
          'application/problem+json': {
            schema: ProblemSchema,
            examples: Object.fromEntries(
              group.map((code) => [code, { value: { ...head(code), detail: PROBLEMS[code].example, code } }]),
            ),
          },
        },
      },
    ]),
  );
}

/** Answers any error of a route or a middleware. */
export function onError(error: Error, c: Context): Response {
  if (error instanceof Refusal) return refusalProblem(c, error);
  if (error instanceof HttpError) return problem(c, error.code, error.message, { errors: error.errors });
  if (error instanceof HTTPException && (error.status === 400 || error.status === 415))
    return bodyProblem(c, error.status);
  const id = crypto.randomUUID();
  jsonLog.error('request failed', error, { id, method: c.req.method, path: c.req.path });
  if (/no such (table|column|index)|has no column named/.test(error.message)) {
    return problem(
      c,
      'database_not_migrated',
      'The database does not have the tables of this release. Run `npx wrangler d1 migrations apply DB --local` (or ' +
        'start with `npm start`, which does so); for a deployed service, `npx wrangler d1 migrations apply DB --remote`.',
    );
  }
  return problem(c, 'internal_error', `Something went wrong on our side. The log has it under ${id}.`, { id });
}

/** What the validator of JSON bodies throws, and nothing else does. */
function bodyProblem(c: Context, status: 400 | 415): Response {
  if (status === 400) return problem(c, 'malformed_json', PROBLEMS.malformed_json.example);
  const type = c.req.header('Content-Type') ?? '';
  return problem(c, 'unsupported_media_type', `The body is "${type}". Send JSON, as application/json.`);
}

function refusalProblem(c: Context, { code, message, facts }: Refusal): Response {
  const { state, present, taskId, quota, retryAfter } = facts;
  if (present) c.header('ETag', etagOf(present));
  if (retryAfter !== undefined) c.header('Retry-After', `${retryAfter}`);
  return problem(c, code, message, {
    ...(state && { state }),
    ...(present && { etag: etagOf(present) }),
    ...(taskId && { task_id: taskId }),
    ...(quota && { quota }),
  });
}

export function problem(
  c: Context,
  code: ProblemCode,
  detail: string,
  extension: Pick<Problem, 'errors' | 'id' | 'state' | 'etag' | 'task_id' | 'quota'> = {},
): Response {
  const { status } = PROBLEMS[code];
  return c.json({ ...head(code), detail, code, ...extension }, status, {
    'Content-Type': 'application/problem+json',
    // RFC 9110, section 11.6.1, asks for it.
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer realm="custom-emoji"' }),
  });
}

function head(code: ProblemCode): { title: string; status: ContentfulStatusCode } {
  const { status } = PROBLEMS[code];
  return { title: STATUS_TITLE[status], status };
}
