import { accepted, finished, request, requestJson } from './service.ts';

/** Something that is in a pack, and what has become of it. */
export interface Item {
  number: number;
  path: string;
  name: string | null;
  final_name: string | null;
  action: string;
  outcome: string;
  task_id: string | null;
  error: { code: string; message: string; remedy: string } | null;
  left_out: string[];
}

export interface Import {
  id: string;
  state: string;
  format: string | null;
  counts: Record<string, number>;
  error: { code: string; message: string } | null;
}

interface Info {
  name: string;
  aliases: string[];
  tags: string[];
  category: string | null;
  description: string;
}

/** Sends a pack that is to be imported. */
export function order(body: Uint8Array | string | FormData, query = ''): Promise<Response> {
  return request(`/custom-emoji/imports${query}`, { method: 'POST', body: body as BodyInit });
}

/** Imports a pack to its end. */
export async function importPack(
  body: Uint8Array | string | FormData,
  query = '',
): Promise<{ it: Import; items: Item[] }> {
  const { task_id: id } = await accepted(await order(body, query));
  return ended(id);
}

/** Waits for the end of an import. */
export async function ended(id: string): Promise<{ it: Import; items: Item[] }> {
  await finished(id);
  const it = await requestJson<Import>(`/custom-emoji/imports/${id}`);
  const { data } = await requestJson<{ data: Item[] }>(`/custom-emoji/imports/${id}/items?limit=100`);
  return { it, items: data };
}

export const infoOf = (name: string) => requestJson<Info>(`/custom-emoji/emojis/${encodeURIComponent(name)}/info`);
export const pictureOf = async (name: string) =>
  new Uint8Array(await (await request(`/custom-emoji/emojis/${encodeURIComponent(name)}`)).arrayBuffer());

/** Of all emoji that there are. */
export async function names(): Promise<string[]> {
  const { data } = await requestJson<{ data: Info[] }>('/custom-emoji/emojis?image_data=false&limit=100&order=name');
  return data.map(({ name }) => name).sort();
}
