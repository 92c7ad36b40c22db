import { type EmojiInfo, type ListedEmoji, pictureUrl } from '../shared/emojis.ts';

/** What is shown of an emoji, of a list or by itself. */
export interface Shown {
  gif: string;
  /** The first frame; null where there is none, and of what does not move anyway. */
  still: string | null;
}

export function pictureOf({ hash, animated, png_url }: ListedEmoji): Shown {
  return shown(hash, animated ? png_url : null);
}

export function pictureOfInfo({ hash, animated, renditions }: EmojiInfo): Shown {
  return shown(hash, animated ? (renditions.png?.url ?? null) : null);
}

function shown(hash: string, png: string | null): Shown {
  return { gif: pictureUrl(hash), still: png && `${png}?of=${hash}` };
}

interface Props {
  picture: Shown;
  isMoving: boolean;
  /** Pixels a side. */
  size: number;
  /** `low` where what is known of emoji comes before what they look like. */
  priority: 'low' | 'high';
}

/** Says nothing to those who do not see it: its name is beside it. */
export function Picture({ picture: { gif, still }, isMoving, size, priority }: Props) {
  const src = isMoving ? gif : (still ?? gif);
  return <img class="picture" src={src} alt="" width={size} height={size} decoding="async" fetchpriority={priority} />;
}
