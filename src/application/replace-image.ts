import { Refusal } from '../domain/refusal.ts';
import { type Accepted, acceptUpload, type Upload, type UploadPorts } from './accept-upload.ts';
import { emojiNotFound, findEmoji, parseKnownName } from './find-emoji.ts';

/**
 * Orders another picture for an emoji. It shows the one it has until the new one is ready, and keeps it when the new
 * one cannot be rendered. Of several the one that was uploaded last stays.
 *
 * @param written the name as a person wrote it
 * @throws Refusal when there is no such emoji, it has no picture yet, or the new one is empty
 */
export async function replaceImage(ports: UploadPorts, written: string, upload: Upload): Promise<Accepted> {
  const { catalogue } = ports;
  const name = parseKnownName(written);
  return acceptUpload(ports, upload, {
    async check() {
      if ((await catalogue.find(name)) === null && (await catalogue.isTaken(name))) {
        throw new Refusal(
          'emoji_not_ready',
          `The first picture of "${name}" is not ready yet. Wait for its task, then replace it.`,
        );
      }
      await findEmoji(catalogue, written);
    },
    async enlist(task) {
      const { id: emojiId } = await findEmoji(catalogue, written);
      const version = await catalogue.nextVersion(emojiId);
      if (version === null) throw emojiNotFound(written);
      return { ...task, kind: 'replace' as const, emojiId, emojiName: name, version };
    },
    // A version that no picture has harms nobody.
    delist: async () => {},
  });
}
