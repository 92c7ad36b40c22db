import type { Rendition } from '../../domain/emoji.ts';
import { suffixOf } from './picture-names.ts';

/** The address of an emoji's picture. */
export const emojiUrl = (name: string): string => `/custom-emoji/emojis/${encodeURIComponent(name)}`;

/** The address of another picture of it. */
export const renditionUrl = (name: string, rendition: Rendition): string => `${emojiUrl(name)}${suffixOf(rendition)}`;
