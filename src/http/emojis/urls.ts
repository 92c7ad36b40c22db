/** The address of an emoji's picture. */
export const emojiUrl = (name: string): string => `/custom-emoji/emojis/${encodeURIComponent(name)}`;

/** The addresses of its other pictures. */
export const RENDITION_URLS = {
  png: (name: string): string => `${emojiUrl(name)}.png`,
  gif64: (name: string): string => `${emojiUrl(name)}@64.gif`,
  gif128: (name: string): string => `${emojiUrl(name)}@128.gif`,
};
