import type { Place, Platform, Reply } from './place.ts';

const ok = (data: object = {}): Reply => ({ status: 200, json: { ok: true, ...data } });
const error = (code: string): Reply => ({ status: 200, json: { ok: false, error: code } });

/** As docs.slack.dev has admin.emoji.add, admin.emoji.list, admin.emoji.remove, auth.test, and its rate limits. */
export const slack: Platform = {
  answer(place, { method, path, authorization, contentType, body }) {
    if (method !== 'POST' || !contentType.startsWith('application/x-www-form-urlencoded'))
      return error('invalid_post_type');
    if (authorization !== `Bearer ${place.setup.token}`) return error('invalid_auth');
    const args = new URLSearchParams(body.toString());
    if (path === '/auth.test')
      return ok({
        url: 'https://acme.enterprise.slack.com/',
        team: 'Acme',
        user: place.account.name,
        team_id: 'T12345678',
        user_id: place.account.id,
      });
    if (!place.setup.mayAdd) return error('not_an_admin');
    const name = args.get('name')?.replace(/^:|:$/g, '') ?? '';
    if (path === '/admin.emoji.list') return list(place, Number(args.get('limit') ?? 100), args.get('cursor') ?? '');
    if (path === '/admin.emoji.add') return add(place, name, args.get('url') ?? '');
    if (path !== '/admin.emoji.remove') return error('unknown_method');
    const emoji = place.named(name);
    if (emoji === undefined) return error('emoji_not_found');
    place.remove(emoji.id);
    return ok();
  },

  limited: (seconds) => ({
    ...error('ratelimited'),
    status: 429,
    headers: { 'Retry-After': String(Math.ceil(seconds)) },
  }),

  refusal: (said) => error(said),
};

function list(place: Place, limit: number, cursor: string): Reply {
  const start = cursor === '' ? 0 : Number(Buffer.from(cursor, 'base64'));
  const page = place.emojis.slice(start, start + limit);
  const more = start + limit < place.emojis.length;
  const emoji = page.map(({ id, name, creatorId }) => [
    name,
    {
      url: `https://emoji.slack-edge.com/T12345678/${name}/${id}.gif`,
      date_created: 1_591_720_632,
      uploaded_by: creatorId,
    },
  ]);
  return ok({
    emoji: Object.fromEntries(emoji),
    response_metadata: { next_cursor: more ? Buffer.from(String(start + limit)).toString('base64') : '' },
  });
}

function add(place: Place, name: string, url: string): Reply {
  if (name === '') return error('error_missing_name');
  if (/[A-Z]/.test(name)) return error('error_lower_case_names_only');
  if (/[\s.!?:;,/]/.test(name)) return error('error_bad_name_i18n');
  if (place.named(name) || place.setup.reserved.includes(name)) return error('error_name_taken');
  if (place.emojis.length >= place.setup.slots) return error('emoji_limit_reached');
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') return error('error_bad_upload');
  place.add({ name, creatorId: place.account.id, url, bytes: Buffer.alloc(0) });
  return ok();
}
