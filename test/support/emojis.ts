import { env } from 'cloudflare:workers';
import { indexStatements, unindexStatements } from '../../src/adapters/d1-emoji-index.ts';

export interface EmojiRow {
  name: string;
  aliases: string[];
  former: string[];
  tags: string[];
  owner: string | null;
  category: string | null;
  description: string;
  hash: string;
  bytes: number;
  frames: number;
  /** By name. */
  renditions: Record<string, { hash: string; bytes: number }>;
  createdAt: number;
  updatedAt: number;
}

/** Writes an emoji that can be seen, as the newest one. @returns its id */
export async function addEmoji({ name, ...given }: Partial<EmojiRow> & { name: string }): Promise<string> {
  const id = `emoji-${name}`;
  const emoji = {
    aliases: [],
    former: [],
    tags: [],
    owner: null,
    category: null,
    description: '',
    hash: `hash-${name}`,
    bytes: 12,
    frames: 1,
    renditions: {},
    createdAt: 1_000,
    updatedAt: 2_000,
    ...given,
  };
  const names = [
    [name, 'primary'],
    ...emoji.aliases.map((a) => [a, 'alias']),
    ...emoji.former.map((f) => [f, 'former']),
  ];
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO emojis (id, number, name, tags, owner, category, description, image_hash, image_bytes, image_frames, renditions,
         created_at, updated_at, version)
       SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1 FROM emojis`,
    ).bind(
      id,
      name,
      JSON.stringify(emoji.tags),
      emoji.owner,
      emoji.category,
      emoji.description,
      emoji.hash,
      emoji.bytes,
      emoji.frames,
      JSON.stringify(emoji.renditions),
      emoji.createdAt,
      emoji.updatedAt,
    ),
    ...names.map(([one, kind]) =>
      env.DB.prepare('INSERT INTO emoji_names (name, emoji_id, kind) VALUES (?, ?, ?)').bind(one, id, kind),
    ),
    ...indexStatements(env.DB, id),
  ]);
  return id;
}

/** Takes away an emoji that `addEmoji` has written, as if it had never been. */
export async function dropEmoji(name: string): Promise<void> {
  const id = `emoji-${name}`;
  await env.DB.batch([
    ...unindexStatements(env.DB, id),
    env.DB.prepare('DELETE FROM emojis WHERE id = ?').bind(id),
    env.DB.prepare("UPDATE counters SET value = value + 1 WHERE name = 'emoji_changes'"),
  ]);
}
