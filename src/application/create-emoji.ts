import { parseEmojiName } from '../domain/emoji-name.ts';
import { Refusal } from '../domain/refusal.ts';
import { type Accepted, acceptUpload, type Upload, type UploadPorts } from './accept-upload.ts';
import { purgeEdge } from './purge-edge.ts';

/**
 * Takes a name for an uploaded picture and orders its rendering.
 *
 * @param written the name as a person wrote it
 * @param upload its picture is read only when the name is free
 * @returns the task to follow, and the canonical name
 * @throws Refusal when the name breaks the rules or is in use, the picture is empty, or a quota is exceeded; then
 * nothing of it is kept
 */
export async function createEmoji(ports: UploadPorts, written: string, upload: Upload): Promise<Accepted> {
  const parsed = parseEmojiName(written);
  if (!parsed.ok) throw new Refusal(parsed.rule, parsed.message);
  const { name } = parsed;
  const { catalogue } = ports;
  const emojiId = upload.ids?.emojiId ?? crypto.randomUUID();
  return acceptUpload(ports, upload, {
    adds: { emojis: 1, bytes: 1, tasks: 1 },
    async check() {
      if (await catalogue.isTaken(name)) throw nameTaken(name);
    },
    async enlist(task, charge) {
      const order = { ...task, kind: 'create' as const, emojiId, emojiName: name, version: 1 };
      const takenFrom = await catalogue.take(order, charge);
      if (takenFrom === null) throw nameTaken(name);
      await purgeEdge(ports, ...takenFrom);
      return order;
    },
    // It frees the name of this upload only.
    delist: (taskId) => catalogue.release({ id: taskId, emojiId, actor: upload.by.name }),
  });
}

export function nameTaken(name: string): Refusal {
  return new Refusal('name_taken', `The name "${name}" is in use. Choose another one.`);
}

/** @param names one or more */
export function namesTaken([name = '', ...more]: string[]): Refusal {
  if (more.length === 0) return nameTaken(name);
  const others = more.map((one) => `"${one}"`).join(', ');
  return new Refusal('name_taken', `The names "${name}", ${others} are in use. Choose others.`);
}
