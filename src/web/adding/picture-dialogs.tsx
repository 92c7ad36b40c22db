export { RenderDialog } from './render-dialog.tsx';
export { ReplaceDialog } from './replace-dialog.tsx';
