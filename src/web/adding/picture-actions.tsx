import { useState } from 'preact/hooks';
import { Icon } from '../shared/icon.tsx';
import { tellNotLoaded } from '../shared/lazily.tsx';
import type { Look } from './look.ts';

/** An emoji as the person sees it. */
export interface ShownEmoji {
  name: string;
  /** Of its `…/info`: it is changed only if it is still so. */
  etag: string;
  /** Of its picture. */
  hash: string;
  /** What its upload was found to be; null where that is not known. */
  source: { format: string } | null;
  /** How its picture was made; null where that is not known. */
  rendering: Look | null;
}

interface Props {
  emoji: ShownEmoji;
  /** Told when it has another picture. */
  onChanged(): void;
}

type Dialogs = typeof import('./picture-dialogs.tsx');

/** What can be done to the picture of an emoji. */
export function PictureActions({ emoji, onChanged }: Props) {
  const [dialogs, setDialogs] = useState<Dialogs | null>(null);
  const [open, setOpen] = useState<'ReplaceDialog' | 'RenderDialog' | null>(null);
  const show = async (dialog: 'ReplaceDialog' | 'RenderDialog') => {
    try {
      setDialogs(await import('./picture-dialogs.tsx'));
      setOpen(dialog);
    } catch {
      tellNotLoaded();
    }
  };
  const Dialog = open && dialogs?.[open];
  return (
    <>
      <button type="button" class="button" onClick={() => void show('ReplaceDialog')}>
        <Icon name="edit" />
        Replace picture
      </button>
      <button type="button" class="button" onClick={() => void show('RenderDialog')}>
        <Icon name="retry" />
        Render anew
      </button>
      {Dialog && <Dialog emoji={emoji} onChanged={onChanged} onClose={() => setOpen(null)} />}
    </>
  );
}
