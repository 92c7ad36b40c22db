export { Adding } from './adding.tsx';
export { PictureActions, type ShownEmoji } from './picture-actions.tsx';
