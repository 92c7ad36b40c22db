/** The address of an emoji's picture. */
export const emojiUrl = (name: string): string => `/custom-emoji/emojis/${encodeURIComponent(name)}`;
