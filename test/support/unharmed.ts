import { env } from 'cloudflare:workers';

/** All that is kept of emoji and tasks, to be the same after requests that were refused. */
export async function allThatIsKept() {
  const rowsOf = async (table: string) =>
    (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results.map((row) => JSON.stringify(row)).sort();
  const { objects } = await env.PICTURES.list();
  return {
    emojis: await rowsOf('emojis'),
    names: await rowsOf('emoji_names'),
    tasks: await rowsOf('tasks'),
    events: await rowsOf('emoji_events'),
    objects: objects.map(({ key, etag }) => `${key} ${etag}`),
  };
}
