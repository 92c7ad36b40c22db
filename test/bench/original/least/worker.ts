/**
 * The least that a Worker can do with R2, D1 and a queue to take a picture, have it made later and serve it by name:
 * nothing is checked, kept twice or rendered, and an upload is served as it came. What this takes is what the stand-ins
 * of a local service take, however the service is written.
 */
interface Bindings {
  PICTURES: R2Bucket;
  DB: D1Database;
  QUEUE: Queue<string>;
}

const EMOJIS = '/custom-emoji/emojis/';

async function upload(request: Request, name: string, { PICTURES, DB, QUEUE }: Bindings): Promise<Response> {
  const id = crypto.randomUUID();
  const file = (await request.formData()).get('file');
  if (!(file instanceof File)) return new Response(null, { status: 400 });
  await PICTURES.put(`sources/${id}`, file);
  await DB.prepare("INSERT INTO emojis (id, name, status) VALUES (?, ?, 'PENDING')").bind(id, name).run();
  await QUEUE.send(id);
  return Response.json({ task_id: id }, { status: 202 });
}

async function picture(request: Request, name: string, context: ExecutionContext, { PICTURES, DB }: Bindings) {
  const kept = await caches.default.match(request);
  if (kept) return kept;
  const id = await DB.prepare('SELECT id FROM emojis WHERE name = ?').bind(name).first<string>('id');
  const file = id === null ? null : await PICTURES.get(`images/${id}`);
  if (file === null) return new Response(null, { status: 404 });
  const answer = new Response(file.body, { headers: { 'Cache-Control': 'public, max-age=60' } });
  context.waitUntil(caches.default.put(request, answer.clone()));
  return answer;
}

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'POST') return upload(request, searchParams.get('name') ?? '', env);
    if (pathname.startsWith(EMOJIS)) return picture(request, pathname.slice(EMOJIS.length), context, env);
    const id = searchParams.get('task_id') ?? '';
    // Who waits asks once, for an upload that nothing else keeps waiting.
    if (searchParams.has('wait')) await scheduler.wait(20);
    const status = await env.DB.prepare('SELECT status FROM emojis WHERE id = ?').bind(id).first<string>('status');
    return Response.json({ id, status });
  },

  async queue({ messages }, { PICTURES, DB }) {
    for (const { body: id } of messages) {
      const source = await PICTURES.get(`sources/${id}`);
      if (source === null) throw new Error(`there is no upload ${id}`);
      await PICTURES.put(`images/${id}`, await source.arrayBuffer());
      await DB.prepare("UPDATE emojis SET status = 'SUCCESS' WHERE id = ?").bind(id).run();
    }
  },
} satisfies ExportedHandler<Bindings, string>;
