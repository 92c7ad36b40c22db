import { type Place, type Platform, type Received, type Reply, readForm, typeOf } from './place.ts';

const error = (status: number, id: string, message: string): Reply => ({
  status,
  json: { id, message, detailed_error: '', request_id: 'yxq8dmk1wtbz5cmrxe8sgwi8ph', status_code: status },
});

/** As server/channels/api4/emoji.go, …/app/emoji.go and public/model/emoji.go of mattermost/mattermost have it. */
export const mattermost: Platform = {
  answer(place, request) {
    const { method, path } = request;
    if (request.authorization !== `Bearer ${place.setup.token}`) {
      return error(401, 'api.context.session_expired.app_error', 'Invalid or expired session, please login again.');
    }
    if (path === '/users/me') return { status: 200, json: { id: place.account.id, username: place.account.name } };
    if (place.setup.disabled)
      return error(501, 'api.emoji.disabled.app_error', 'Custom emoji have been disabled by the system admin.');
    if (method === 'POST' && path === '/emoji') return create(place, request);
    const [, name] = /^\/emoji\/name\/([^/]+)$/.exec(path) ?? [];
    if (name !== undefined) {
      const emoji = place.named(decodeURIComponent(name));
      return emoji
        ? { status: 200, json: view(emoji) }
        : error(404, 'app.emoji.get_by_name.no_result', 'We couldn’t find the emoji.');
    }
    const [, id, image] = /^\/emoji\/(\w+)(\/image)?$/.exec(path) ?? [];
    const emoji = place.emojis.find((one) => one.id === id);
    if (emoji === undefined) return error(404, 'app.emoji.get.no_result', 'We couldn’t find the emoji.');
    if (image !== undefined)
      return { status: 200, file: emoji.bytes, headers: { 'Content-Type': `image/${typeOf(emoji.bytes)}` } };
    if (method !== 'DELETE') return { status: 200, json: view(emoji) };
    if (emoji.creatorId !== place.account.id && !place.setup.mayRemoveOthers) return noPermission();
    place.remove(emoji.id);
    return { status: 200, json: { status: 'OK' } };
  },

  // Of net/http's Error: text.
  limited: (seconds) => ({
    status: 429,
    file: Buffer.from('limit exceeded\n'),
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'X-RateLimit-Limit': '101',
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Reset': String(Math.ceil(seconds)),
      'Retry-After': String(Math.ceil(seconds)),
    },
  }),

  refusal: (said) => error(400, 'api.context.invalid_body_param.app_error', said),
};

const noPermission = () =>
  error(403, 'api.context.permissions.app_error', 'You do not have the appropriate permissions.');

const view = ({ id, name, creatorId }: Place['emojis'][number]) => ({
  id,
  create_at: 1_600_000_000_000,
  update_at: 1_600_000_000_000,
  delete_at: 0,
  creator_id: creatorId,
  name,
});

async function create(place: Place, request: Received): Promise<Reply> {
  // Of the form, not of the file.
  if (request.body.length > 512 * 1024) {
    return error(
      413,
      'api.emoji.create.too_large.app_error',
      'Unable to create emoji. Image must be less than 1 MB in size.',
    );
  }
  if (!place.setup.mayAdd) return noPermission();
  const form = await readForm(request);
  const emoji = JSON.parse(String(form.get('emoji'))) as { name: string; creator_id: string };
  if (!/^[a-zA-Z0-9+_-]{1,64}$/.test(emoji.name))
    return error(400, 'model.emoji.name.app_error', 'Name must be 1 to 64 lowercase alphanumeric characters.');
  if (place.setup.reserved.includes(emoji.name)) {
    return error(400, 'model.emoji.system_emoji_name.app_error', 'Name is in use by a system emoji.');
  }
  if (emoji.creator_id !== place.account.id)
    return error(403, 'api.emoji.create.other_user.app_error', 'Invalid user id.');
  if (place.named(emoji.name))
    return error(
      400,
      'api.emoji.create.duplicate.app_error',
      'Unable to create emoji. Another emoji with the same name already exists.',
    );
  const image = form.get('image');
  if (!(image instanceof File))
    return error(400, 'api.context.invalid_body_param.app_error', 'Invalid or missing image.');
  const bytes = Buffer.from(await image.arrayBuffer());
  if (typeOf(bytes) === null)
    return error(400, 'api.emoji.upload.image.app_error', 'Unable to create emoji. File must be a PNG, JPEG, or GIF.');
  return { status: 201, json: view(place.add({ name: emoji.name, creatorId: place.account.id, bytes })) };
}
