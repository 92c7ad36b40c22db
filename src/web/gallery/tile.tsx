import './tile.css';
import type { ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import { copy } from '../shared/clipboard.ts';
import type { ListedEmoji } from '../shared/emojis.ts';
import { Icon } from '../shared/icon.tsx';
import { linkTo } from '../shared/share.ts';
import { Picture, pictureOf } from './picture.tsx';
import type { Settings } from './use-settings.ts';

interface Props {
  emoji: ListedEmoji;
  index: number;
  column: number;
  /** Whether it is the one that Tab leads to. */
  isActive: boolean;
  settings: Settings;
  onOpen(name: string): void;
}

/** An emoji in the grid: to be opened, copied and saved. */
export function Tile({ emoji, index, column, isActive, settings, onOpen }: Props) {
  const [isHot, setHot] = useState(false);
  const { name } = emoji;
  const tabIndex = isActive ? 0 : -1;
  const isMoving = settings.motion === 'always' || (settings.motion === 'hover' && isHot);
  const picture = (size: number) => (
    <Picture picture={pictureOf(emoji)} isMoving={isMoving} size={size} priority="low" />
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: as for the grid.
    <div
      role="gridcell"
      class="tile"
      tabIndex={-1}
      aria-colindex={column}
      data-index={index}
      onMouseEnter={() => setHot(true)}
      onMouseLeave={() => setHot(false)}
      onFocusIn={() => setHot(true)}
      onFocusOut={() => setHot(false)}
    >
      <button type="button" class="open" tabIndex={tabIndex} onClick={() => onOpen(name)}>
        <span class="visually-hidden">Open :{name}:</span>
        {settings.size === 'large' ? picture(64) : <ChatStrips picture={picture} />}
      </button>
      <button
        type="button"
        class="name"
        tabIndex={tabIndex}
        title={`Copy :${name}:`}
        aria-label={`Copy :${name}:`}
        onClick={() => void copy(`:${name}:`)}
      >
        :{name}:
      </button>
      {(isHot || isActive) && <Quick emoji={emoji} tabIndex={tabIndex} />}
    </div>
  );
}

/** What can be done at once. There only where it can be seen: of most tiles it would be most of what they are made of. */
function Quick({ emoji: { name, url }, tabIndex }: { emoji: ListedEmoji; tabIndex: number }) {
  return (
    <div class="quick">
      <button
        type="button"
        tabIndex={tabIndex}
        title="Copy link"
        aria-label={`Copy the link of :${name}:`}
        onClick={() => void copy(linkTo(url))}
      >
        <Icon name="link" />
      </button>
      <a tabIndex={tabIndex} title="Download" aria-label={`Download :${name}:`} href={url} download={`${name}.gif`}>
        <Icon name="download" />
      </a>
    </div>
  );
}

/** As it is in a message and below one, where it is light and where it is dark. */
function ChatStrips({ picture }: { picture(size: number): ComponentChild }) {
  return (
    <>
      {['light', 'dark'].map((theme) => (
        <span key={theme} class="strip" aria-hidden="true" style={{ colorScheme: theme }}>
          <span class="line">gg {picture(22)}</span>
          <span class="reaction">{picture(16)} 3</span>
        </span>
      ))}
    </>
  );
}
