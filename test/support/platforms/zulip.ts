import { type Place, type Platform, type Received, type Reply, readForm, typeOf } from './place.ts';

const success = (data: object = {}): Reply => ({ status: 200, json: { result: 'success', msg: '', ...data } });
const error = (msg: string, code = 'BAD_REQUEST', status = 400): Reply => ({
  status,
  json: { result: 'error', msg, code },
});

/** As zerver/views/realm_emoji.py, lib/emoji.py and lib/exceptions.py of zulip/zulip have it. */
export const zulip: Platform = {
  answer(place, request) {
    const [email, key] = Buffer.from(request.authorization.replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':');
    if (email !== place.setup.email || key !== place.setup.token)
      return error('Invalid API key', 'INVALID_API_KEY', 401);
    const { method, path } = request;
    if (path === '/users/me')
      return success({ user_id: Number(place.account.id), full_name: place.account.name, email });
    if (path === '/realm/emoji')
      return success({ emoji: Object.fromEntries(place.emojis.map((emoji) => [emoji.id, view(emoji)])) });
    const [, encoded] = /^\/realm\/emoji\/([^/]+)$/.exec(path) ?? [];
    if (encoded === undefined)
      return { status: 404, file: Buffer.from('<h1>Not found'), headers: { 'Content-Type': 'text/html' } };
    const name = decodeURIComponent(encoded);
    if (method === 'POST') return create(place, name, request);
    const emoji = place.named(name);
    if (emoji === undefined) return error(`Emoji '${name}' does not exist`, 'BAD_REQUEST', 404);
    if (emoji.creatorId !== place.account.id && !place.setup.mayRemoveOthers) {
      return error('Must be an organization administrator or emoji author');
    }
    place.remove(emoji.id);
    return success();
  },

  limited: (seconds) => ({
    status: 429,
    json: { result: 'error', msg: 'API usage exceeded rate limit', code: 'RATE_LIMIT_HIT', 'retry-after': seconds },
    headers: { 'Retry-After': String(seconds) },
  }),

  refusal: (said) => error(said),
};

const view = ({ id, name, creatorId }: Place['emojis'][number]) => ({
  id,
  name,
  source_url: `/user_avatars/1/emoji/images/${id}.gif`,
  deactivated: false,
  author_id: /^\d+$/.test(creatorId) ? Number(creatorId) : 99,
});

async function create(place: Place, given: string, request: Received): Promise<Reply> {
  const name = given.trim().replaceAll(' ', '_');
  if (!/^[0-9a-z\-_]+$/.test(name)) {
    return error('Emoji names must contain only lowercase English letters, digits, spaces, dashes, and underscores.');
  }
  if (/[-_]$/.test(name)) return error('Emoji names must end with either a letter or digit.');
  if (!place.setup.mayAdd) return error('Insufficient permission');
  if (place.named(name)) return error('A custom emoji with this name already exists.');
  const files = [...(await readForm(request)).values()].filter((value) => value instanceof File);
  const [file] = files;
  if (file === undefined || files.length !== 1) return error('You must upload exactly one file.');
  if (place.setup.reserved.includes(name)) return error('Only administrators can override default emoji.');
  if (file.size > 5 * 1024 * 1024) return error('Uploaded file is larger than the allowed limit of 5 MiB');
  const bytes = Buffer.from(await file.arrayBuffer());
  if (typeOf(bytes) === null) return error('Invalid image format', 'BAD_IMAGE');
  place.add({ name, creatorId: place.account.id, bytes });
  return success();
}
