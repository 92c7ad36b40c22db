import './pick-files.css';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../shared/icon.tsx';
import { inOrder } from './intake.ts';

interface Props {
  /** With files there already, it is only for some more. */
  isSmall: boolean;
  onFiles(files: File[]): void;
  /** Just one picture, and no folders. */
  isForOne?: boolean;
}

/** Invites to choose, drop or paste pictures. */
export function PickFiles({ isSmall, onFiles, isForOne = false }: Props) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (folder.current) folder.current.webkitdirectory = true;
  }, []);
  const take = ({ currentTarget: input }: { currentTarget: HTMLInputElement }) => {
    const chosen = inOrder([...(input.files ?? [])]);
    // So that the same file can be chosen again.
    input.value = '';
    if (chosen.length > 0) onFiles(chosen);
  };
  return (
    <div class={isSmall ? 'pick-files small' : 'pick-files'}>
      {!isSmall && (
        <p>{isForOne ? 'Drop a picture here, or paste it.' : 'Drop pictures or a whole folder here, or paste them.'}</p>
      )}
      <div class="buttons">
        <button
          type="button"
          class={isSmall ? 'button compact' : 'button primary'}
          onClick={() => files.current?.click()}
        >
          <Icon name="add" />
          {isForOne
            ? isSmall
              ? 'Choose another picture'
              : 'Choose a picture'
            : isSmall
              ? 'More pictures'
              : 'Choose pictures'}
        </button>
        {!isForOne && (
          <button type="button" class={isSmall ? 'button compact' : 'button'} onClick={() => folder.current?.click()}>
            <Icon name="folder" />
            {isSmall ? 'A folder' : 'Choose a folder'}
          </button>
        )}
      </div>
      {!isSmall && (
        <p class="hint">PNG, JPEG, GIF, WebP, AVIF, SVG, TIFF, BMP and ICO, still or animated, up to 50 MB.</p>
      )}
      <input ref={files} type="file" hidden multiple={!isForOne} onChange={take} />
      {!isForOne && <input ref={folder} type="file" hidden onChange={take} />}
    </div>
  );
}
