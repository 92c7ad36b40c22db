import { type Emoji, type PictureType, RENDITIONS, type Rendition, type StoredPicture } from '../domain/emoji.ts';
import { Refusal } from '../domain/refusal.ts';

/**
 * One of an emoji's pictures.
 *
 * @param rendition null for the emoji itself
 * @throws Refusal `rendition_not_found`
 */
export function pictureOf({ name, image }: Emoji, rendition: Rendition | null): StoredPicture & { type: PictureType } {
  if (rendition === null) return { ...image, type: 'gif' };
  const picture = image.renditions?.[rendition];
  if (picture) return { ...picture, type: RENDITIONS[rendition].type };
  const { size } = RENDITIONS[rendition];
  // Every emoji that has renditions has the still.
  const isOlder = image.renditions?.png === undefined;
  throw new Refusal(
    'rendition_not_found',
    isOlder
      ? `"${name}" has its main picture only: it was made before there were others. Have it rendered again, with POST ` +
          `/custom-emoji/emojis/${encodeURIComponent(name)}/render.`
      : `"${name}" is too long an animation to be had at ${size}×${size} pixels. Fetch it without a size.`,
  );
}

/**
 * The upload that an emoji's picture was made from.
 *
 * @throws Refusal `original_not_found`
 */
export function originalOf(emoji: Emoji): { sourceKey: string; sourceHash: string | null } {
  const { sourceKey, sourceHash } = emoji;
  if (sourceKey === null) throw originalNotFound(emoji);
  return { sourceKey, sourceHash };
}

export function originalNotFound({ name }: Pick<Emoji, 'name'>): Refusal {
  return new Refusal(
    'original_not_found',
    `The upload that "${name}" was made from is not kept any more. Upload the picture again, with PUT ` +
      `/custom-emoji/emojis/${encodeURIComponent(name)}/image.`,
  );
}
