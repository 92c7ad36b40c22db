import './adding.css';
import { useEffect, useState } from 'preact/hooks';
import { isPack } from '../importing/pack-files.ts';
import { Icon } from '../shared/icon.tsx';
import { tellNotLoaded } from '../shared/lazily.tsx';
import { DropTarget } from './drop-target.tsx';
import { useIntake } from './intake.ts';

interface Props {
  /** Told the name of each emoji that has been made, or has another picture. */
  onMade(name: string): void;
  /** Given what was dropped on the page or pasted into it and is a pack. */
  onPack(files: File[]): void;
}

type Sheet = typeof import('./sheet.tsx');

/** Adds pictures: by a button, and by what is dropped on the page or pasted into it. */
export function Adding({ onMade, onPack }: Props) {
  const [sheet, setSheet] = useState<Sheet | null>(null);
  useEffect(() => sheet?.tellMade(onMade), [sheet, onMade]);
  const open = async (files: File[] = []) => {
    try {
      const loaded = await import('./sheet.tsx');
      setSheet(loaded);
      loaded.openWith(files);
    } catch {
      tellNotLoaded();
    }
  };
  useIntake('Drop pictures, folders or packs to add them', (files) => {
    if (isPack(files)) onPack(files);
    else void open(files);
  });
  return (
    <>
      <button type="button" class="button primary add-emoji" onClick={() => void open()}>
        <Icon name="add" />
        <span>Add emoji</span>
      </button>
      <DropTarget />
      {sheet && <sheet.Sheet />}
    </>
  );
}
