import { RENDITIONS, type Rendition, type Renditions, type StoredPicture } from '../../src/domain/emoji.ts';

/** The columns of an emoji that tell its pictures. */
export interface PictureColumns {
  image_hash: string | null;
  renditions: string;
}

/** The keys under which storage must have the pictures of an emoji. */
export function pictureKeys({ image_hash, renditions }: PictureColumns): string[] {
  if (image_hash === null) return [];
  const others = Object.entries(JSON.parse(renditions) as Renditions<StoredPicture>);
  return [
    `images/${image_hash}.gif`,
    ...others.map(([name, { hash }]) => `images/${hash}.${RENDITIONS[name as Rendition].type}`),
  ];
}
