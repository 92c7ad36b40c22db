import type { Rendition } from '../../domain/emoji.ts';
import type { PlatformId } from '../../domain/platforms/table.ts';
import { suffixOf } from './picture-names.ts';

/** The address of an emoji's picture. */
export const emojiUrl = (name: string): string => `/custom-emoji/emojis/${encodeURIComponent(name)}`;

/** The address of the picture of it that a platform takes. */
export const platformUrl = (name: string, platform: PlatformId): string => `${emojiUrl(name)}/for/${platform}`;

/** The address of another picture of it. */
export const renditionUrl = (name: string, rendition: Rendition): string => `${emojiUrl(name)}${suffixOf(rendition)}`;
