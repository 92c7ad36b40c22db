import { DEFAULT_RENDERING, type Rendering } from '../../domain/rendering.ts';

/** How a picture is to be made into an emoji, as the person chose it. */
export type Look = Rendering;

export const DEFAULT_LOOK: Look = DEFAULT_RENDERING;

/** A white page, and a dark one as chats have it. */
export const MATTES = { light: '#ffffff', dark: '#313338' } as const;

/** The look as the API is asked for it. */
export function queryOf({ fit, size, background, matte }: Look) {
  return {
    fit,
    size: String(size),
    ...(background && { background: background.slice(1) }),
    ...(matte && { matte: matte.slice(1) }),
  };
}
