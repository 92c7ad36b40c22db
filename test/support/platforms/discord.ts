import { type Place, type Platform, type Received, type Reply, typeOf } from './place.ts';

const error = (status: number, code: number, message: string, errors?: object): Reply => ({
  status,
  json: { message, code, ...(errors && { errors }) },
});

const formError = (field: string, code: string, message: string): Reply =>
  error(400, 50_035, 'Invalid Form Body', { [field]: { _errors: [{ code, message }] } });

/** As developers/resources/emoji.mdx, …/topics/opcodes-and-status-codes and …/topics/rate-limits.mdx have it. */
export const discord: Platform = {
  answer(place, request) {
    if (request.authorization !== `Bot ${place.setup.token}`)
      return { status: 401, json: { message: '401: Unauthorized', code: 0 } };
    const { method, path } = request;
    if (path === '/users/@me')
      return { status: 200, json: { id: place.account.id, username: place.account.name, bot: true } };
    const [, guild, id] = /^\/guilds\/(\d+)\/emojis(?:\/(\w+))?$/.exec(path) ?? [];
    if (guild === undefined) return error(404, 0, '404: Not Found');
    if (method === 'GET') return { status: 200, json: place.emojis.map((emoji) => view(place, emoji)) };
    if (method === 'POST') return create(place, request);
    if (method === 'DELETE' && id !== undefined) return remove(place, id);
    return error(405, 0, '405: Method Not Allowed');
  },

  limited: (seconds, global) => ({
    status: 429,
    json: { message: 'You are being rate limited.', retry_after: seconds, global },
    headers: {
      'Retry-After': String(Math.ceil(seconds)),
      'X-RateLimit-Scope': global ? 'global' : 'shared',
      ...(global
        ? { 'X-RateLimit-Global': 'true' }
        : { 'X-RateLimit-Remaining': '9', 'X-RateLimit-Bucket': 'abcd1234' }),
    },
  }),

  refusal: (said) => error(400, 50_035, said),
};

function view(place: Place, { id, name, creatorId, bytes }: Place['emojis'][number]) {
  const user = place.setup.mayAdd ? { user: { id: creatorId, username: 'somebody' } } : {};
  return {
    id,
    name,
    roles: [],
    ...user,
    require_colons: true,
    managed: false,
    animated: typeOf(bytes) === 'gif',
    available: true,
  };
}

function create(place: Place, { body }: Received): Reply {
  if (!place.setup.mayAdd) return error(403, 50_013, 'Missing Permissions');
  const { name, image } = JSON.parse(body.toString()) as { name: string; image: string };
  if (name.length < 2 || name.length > 32) {
    return formError('name', 'BASE_TYPE_BAD_LENGTH', 'Must be between 2 and 32 in length.');
  }
  if (!/^\w+$/.test(name))
    return formError('name', 'STRING_TYPE_REGEX', 'String value did not match validation regex.');
  const [, type, base64 = ''] = /^data:image\/(\w+);base64,([A-Za-z0-9+/]+=*)$/.exec(image) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  // Discord decodes it; here it must be what it says.
  if (type === undefined || typeOf(bytes) !== type) return formError('image', 'IMAGE_INVALID', 'Invalid image data');
  // "…will fail and return 400 Bad Request and an error message, but not a JSON status code"
  if (bytes.length > 256 * 1024) return { status: 400, json: { image: ['File cannot be larger than 256.0 kb.'] } };
  const animated = type === 'gif';
  const taken = place.emojis.filter((emoji) => (typeOf(emoji.bytes) === 'gif') === animated).length;
  if (taken >= place.setup.slots) {
    return animated
      ? error(400, 30_018, `Maximum number of animated emojis reached (${place.setup.slots})`)
      : error(400, 30_008, `Maximum number of emojis reached (${place.setup.slots})`);
  }
  return { status: 201, json: view(place, place.add({ name, creatorId: place.account.id, bytes })) };
}

function remove(place: Place, id: string): Reply {
  const emoji = place.emojis.find((one) => one.id === id);
  if (emoji === undefined) return error(404, 10_014, 'Unknown Emoji');
  if (emoji.creatorId !== place.account.id && !place.setup.mayRemoveOthers)
    return error(403, 50_013, 'Missing Permissions');
  place.remove(id);
  return { status: 204 };
}
