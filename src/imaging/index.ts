export { ImagingError, type ImagingErrorCode } from './errors.ts';
export { type Budget, type FitOptions, type FittedEmoji, fitEmoji } from './fit/fit-emoji.ts';
export type { Fit } from './geometry.ts';
export type { ImageFormat } from './image.ts';
export { LIMITS } from './limits.ts';
export { type RenderedEmoji, type RenderOptions, renderEmoji } from './render.ts';
